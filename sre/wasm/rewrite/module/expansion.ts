// How much longer rewriting makes a module at most, counted on the source alone (SPEC rule M10), so that whoever reads
// the module can count it, whatever bytes they write. The numbers are sums of the pieces that the emitter puts in, each
// with the longest numbers that the caps allow: three bytes for an index, five for a charge.
import { NAMES, NAN_CLASS, NANS } from "./opcodes.ts";
import { MARK } from "./tape.ts";
import type { Module } from "./types.ts";

/** An access to a local or a global; the hidden parameters of a call. */
const ACCESS = 4;
const HIDDEN = 2 * ACCESS;
/** The fuel from its local to its global, or back. */
const STORE = 2 * ACCESS;
/** The fuel less a cost, left on the stack: an access, a constant, a subtraction. */
const TAKE = ACCESS + 6 + 1;
/** A charge of a region. */
const CHARGE = TAKE + ACCESS;
/** The store of the fuel on the stack, and the check of it. */
const SETTLE = 3 * ACCESS;
const CHECK = 7;
/** By so much an index grows at most. */
const INDEX = 2;
/** A frame taken from the stack metric before a call, or given back before a tail call. */
const FRAME = 7;
/** By so much a charge with the check of both counters is longer: a late function's, where it calls. */
const LATE = SETTLE + 2 * FRAME + 2 * ACCESS + 9;

/** Bytes that rewriting adds at most at a mark, by `MARK`. */
export const EXPANSION = new Uint8Array(256);
EXPANSION[MARK.loop] = 2 * STORE + TAKE + SETTLE + CHECK;
EXPANSION[MARK.if] = STORE + CHARGE;
EXPANSION[MARK.else] = STORE + CHARGE;
EXPANSION[MARK.end] = 2 * STORE + CHARGE;
EXPANSION[MARK.finish] = 2 * STORE + CHARGE;
EXPANSION[MARK.br] = STORE + ACCESS;
EXPANSION[MARK.brIf] = STORE + CHARGE;
EXPANSION[MARK.brTable] = STORE;
EXPANSION[MARK.return] = ACCESS;
EXPANSION[MARK.call] = HIDDEN + FRAME + INDEX + ACCESS + CHARGE;
// Cold regions may call the host, and each that does checks in a late function.
EXPANSION[MARK.callImport] = EXPANSION[MARK.call]! + LATE;
EXPANSION[MARK.callIndirect] = 2 * ACCESS + EXPANSION[MARK.call]!;
EXPANSION[MARK.returnCall] = HIDDEN + FRAME + INDEX;
EXPANSION[MARK.returnCallImport] = EXPANSION[MARK.returnCall]! + LATE;
EXPANSION[MARK.returnCallIndirect] = 2 * ACCESS + HIDDEN + FRAME + INDEX;
EXPANSION[MARK.unreachable] = STORE;
EXPANSION[MARK.throw] = STORE;
EXPANSION[MARK.throwRef] = STORE;
EXPANSION[MARK.bulkBytes] = 4 * ACCESS + 5 + SETTLE + CHECK;
EXPANSION[MARK.bulkElements] = 5 * ACCESS + 26 + SETTLE + CHECK;
EXPANSION[MARK.memoryGrow] = 2 * ACCESS + INDEX;
EXPANSION[MARK.tableGrow] = 2 * ACCESS + INDEX;
EXPANSION[MARK.refImport] = INDEX;
EXPANSION[MARK.localGet] = INDEX;
EXPANSION[MARK.localSet] = INDEX;
EXPANSION[MARK.localTee] = INDEX;
EXPANSION[MARK.globalGet] = INDEX;
EXPANSION[MARK.globalSet] = INDEX;

/** Bytes of a canonical NaN by `NAN_CLASS`: three accesses, the NaN itself, a comparison and a selection. */
export const NAN_SIZE: readonly number[] = [0, 3 * ACCESS + 7, 3 * ACCESS + 11, 3 * ACCESS + 22, 3 * ACCESS + 22];
/** Bytes that pin an operand of `copysign`. */
export const PIN_SIZE = ACCESS;

/** Bytes that rewriting adds at most for an instruction whose result may be a NaN, and before a `copysign`; by opcode. */
export const NAN_EXPANSION = Uint8Array.from(NANS, (shape, opcode) =>
  shape === NAN_CLASS.none && NAMES[opcode]!.endsWith(".copysign") ? PIN_SIZE : NAN_SIZE[shape]!,
);

/** Bytes of a function besides its code: its length, scratch locals, entry, a late check, its place in sections. */
export const FUNCTION_SIZE = 192;
/** Of what every module gets: globals, growth functions, our exports. */
const MODULE_SIZE = 16_384;
/** Of a thunk or a door, and for each parameter and result. */
const CROSSING_SIZE = 128;
const CROSSING_VALUE = 32;
/** Of the types made from one, and for each parameter and result. */
const TYPE_SIZE = 48;
const TYPE_VALUE = 4;
/** Of an element or instruction of a constant expression. */
const CONSTANT_SIZE = 2;

/** All numbers of rule M10. */
export const SIZES = {
  places: Array.from(EXPANSION.subarray(0, MARK.globalSet + 1)),
  nans: [...NAN_SIZE, PIN_SIZE],
  function: FUNCTION_SIZE,
  module: MODULE_SIZE,
  crossing: [CROSSING_SIZE, CROSSING_VALUE],
  type: [TYPE_SIZE, TYPE_VALUE],
  constant: CONSTANT_SIZE,
} as const;

/** The size of a module of so many bytes (SPEC rule M10) before what its function bodies add. */
export function frameSize(bytes: number, module: Module): number {
  const { types, functions, imports, exports, start, constants } = module;
  const values = (type: number) => types[type]!.params.length + types[type]!.results.length;
  let size = MODULE_SIZE + bytes + CONSTANT_SIZE * constants;
  for (let type = 0; type < types.length; type++) size += TYPE_SIZE + TYPE_VALUE * values(type);
  const crosses = (type: number) => {
    size += CROSSING_SIZE + CROSSING_VALUE * values(type);
  };
  for (let index = 0; index < imports.length; index++) crosses(functions[index]!);
  for (const { kind, index } of exports) {
    if (kind === "function") crosses(functions[index]!);
    else size += CROSSING_SIZE;
  }
  if (start !== null) crosses(functions[start]!);
  return size;
}
