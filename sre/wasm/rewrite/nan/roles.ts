// What every simple instruction means to a NaN's bits, as tables by opcode. The default is the careful one: an
// instruction that is not listed looks at its operands' bits and gives bits that are what they are.
import { HANDLER, HANDLERS, NAMES, NANS, SIGNATURES } from "../module/index.ts";

/** What an instruction does with the bits of NaNs in its operands. */
export const ROLE = {
  /** Looks at all bits of its operands; its result is fixed by them. */
  observe: 0,
  /** Takes every NaN for the same; its result has no NaN of its own: comparisons, truncations, drop. */
  blind: 1,
  /** Takes every NaN for the same and gives a NaN of the processor's choice. */
  choose: 2,
  /** Gives a float that is no NaN. */
  number: 3,
  /** Passes a NaN on with the other sign: neg. That of a canonical one is not canonical. */
  sign: 4,
  /** The same with the sign of the second operand, whose bits therefore count. */
  copysign: 5,
  /** Gives one of its two operands, lane by lane; which one does not depend on a NaN's bits: pmin, pmax. */
  pick: 6,
  /** A scalar to all lanes, out of one lane, into one lane: bits pass unchanged. */
  splat: 7,
  extract: 8,
  replace: 9,
  /** Moves bytes; if it moves whole lanes, bits pass unchanged. */
  shuffle: 10,
  constant: 11,
  /** Passes a NaN on without its sign: abs. That of a canonical one is canonical. */
  magnitude: 12,
} as const;

/**
 * Point shapes besides `NAN_CLASS`: before each copysign its second operand is pinned in a local. JavaScriptCore's
 * baseline compiler takes a constant one with its sign set for a subtraction, which is wrong for -0 and NaNs.
 */
export const PIN = { f32: 5, f64: 6 } as const;
const F32_COPYSIGN = NAMES.indexOf("f32.copysign");
const F64_COPYSIGN = NAMES.indexOf("f64.copysign");

/** The pin that goes before an instruction; 0 for none. */
export function pinBefore(opcode: number): number {
  if (opcode === F32_COPYSIGN) return PIN.f32;
  return opcode === F64_COPYSIGN ? PIN.f64 : 0;
}

/** `ROLE` by opcode. */
export const ROLES = new Uint8Array(NAMES.length);
/** The float shape (`NAN_CLASS`) as which an instruction reads its operands; 0 where that is no question. */
export const READS = new Uint8Array(NAMES.length);
/** The float shape (`NAN_CLASS`) that an instruction gives; 0 for none. */
export const GIVES = new Uint8Array(NAMES.length);
/** How many operands it takes, and how many results it gives. */
export const POPS = new Uint8Array(NAMES.length);
export const PUSHES = new Uint8Array(NAMES.length);

/** Operands and results of instructions that the validator handles one by one, and this pass doesn't. */
const COUNTS: readonly (readonly [handler: number, pops: number, pushes: number])[] = [
  [HANDLER.globalGet, 0, 1],
  [HANDLER.globalSet, 1, 0],
  [HANDLER.tableGet, 1, 1],
  [HANDLER.tableSet, 2, 0],
  [HANDLER.refNull, 0, 1],
  [HANDLER.refIsNull, 1, 1],
  [HANDLER.refFunc, 0, 1],
  [HANDLER.memorySize, 0, 1],
  [HANDLER.memoryGrow, 1, 1],
  [HANDLER.memoryInit, 3, 0],
  [HANDLER.memoryCopy, 3, 0],
  [HANDLER.memoryFill, 3, 0],
  [HANDLER.tableInit, 3, 0],
  [HANDLER.tableCopy, 3, 0],
  [HANDLER.tableFill, 3, 0],
  [HANDLER.tableGrow, 2, 1],
  [HANDLER.tableSize, 0, 1],
];

const SHAPES: readonly string[] = ["", "f32", "f64", "f32x4", "f64x2"];

/** The shape in the name of an instruction before its point: what it gives. */
const shapeOf = (text: string | undefined): number => Math.max(0, SHAPES.indexOf(text ?? ""));

/** Instructions whose names say their operands' shape behind the point. */
const READS_ELSE = /^(f\d+|i\d+|f\d+x\d|i\d+x\d)\.(?:trunc_(?:sat_)?|demote_|promote_(?:low_)?)(f\d+(?:x\d)?)/;
const PATTERNS: readonly (readonly [role: number, pattern: RegExp])[] = [
  [ROLE.blind, /^(f\d+(?:x\d)?)\.(?:eq|ne|lt|gt|le|ge)$/],
  [ROLE.number, /^(f\d+(?:x\d)?)\.convert_/],
  [ROLE.sign, /^(f\d+(?:x\d)?)\.neg$/],
  [ROLE.magnitude, /^(f\d+(?:x\d)?)\.abs$/],
  [ROLE.copysign, /^(f\d+)\.copysign$/],
  [ROLE.pick, /^(f\d+x\d)\.(?:pmin|pmax)$/],
  [ROLE.splat, /^(f\d+x\d)\.splat$/],
  [ROLE.extract, /^(f\d+x\d)\.extract_lane$/],
  [ROLE.replace, /^(f\d+x\d)\.replace_lane$/],
  [ROLE.shuffle, /^i8x16\.shuffle$/],
  [ROLE.constant, /^(?:(f\d+)|v128)\.const$/],
];

NAMES.forEach((name, opcode) => {
  const signature = SIGNATURES[opcode]!;
  PUSHES[opcode] = (signature & 15) === 0 ? 0 : 1;
  for (let rest = signature >> 4; rest !== 0; rest >>= 4) POPS[opcode]!++;
  for (const [handler, pops, pushes] of COUNTS) {
    if (HANDLERS[opcode] !== handler) continue;
    POPS[opcode] = pops;
    PUSHES[opcode] = pushes;
  }
  const other = READS_ELSE.exec(name);
  if (NANS[opcode] !== 0) {
    ROLES[opcode] = ROLE.choose;
    GIVES[opcode] = NANS[opcode]!;
    READS[opcode] = other === null ? NANS[opcode]! : shapeOf(other[2]);
    return;
  }
  if (other !== null) {
    ROLES[opcode] = ROLE.blind;
    READS[opcode] = shapeOf(other[2]);
    return;
  }
  for (const [role, pattern] of PATTERNS) {
    const match = pattern.exec(name);
    if (match === null) continue;
    ROLES[opcode] = role;
    READS[opcode] = shapeOf(match[1]);
    GIVES[opcode] = role === ROLE.blind ? 0 : READS[opcode]!;
  }
});
