// What is known of a float constant: most are numbers, and a canonical NaN is as good as one.
import { RAW } from "./graph.ts";

const F32_CONST = 0x43;
const F64_CONST = 0x44;
/** The trait of two lanes of f64. */
const F64X2 = 16;

/** The traits of the constant whose bytes end at `end`: 0 for numbers in every shape, RAW for others. */
export function constantTraits(bytes: Uint8Array, end: number, opcode: number): number {
  if (opcode === F32_CONST) return plain32(bytes, end - 4) ? 0 : RAW;
  if (opcode === F64_CONST) return plain64(bytes, end - 8) ? 0 : RAW;
  let all = true;
  for (let lane = end - 16; lane < end; lane += 4) all &&= plain32(bytes, lane);
  // A vector whose f32 lanes are numbers has numbers for f64 lanes: those have an exponent three bits longer.
  if (all) return 0;
  return plain64(bytes, end - 16) && plain64(bytes, end - 8) ? F64X2 : RAW;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Whether an f32 is a number, an infinity or the canonical NaN. */
function plain32(bytes: Uint8Array, at: number): boolean {
  const bits = word(bytes, at);
  return (bits & 0x7fffffff) <= 0x7f800000 || bits === 0x7fc00000;
}

/** The same of an f64. */
function plain64(bytes: Uint8Array, at: number): boolean {
  const low = word(bytes, at);
  const high = word(bytes, at + 4);
  const magnitude = high & 0x7fffffff;
  return magnitude < 0x7ff00000 || (magnitude === 0x7ff00000 && low === 0) || (high === 0x7ff80000 && low === 0);
}
