// The instructions that a random body may draw from, by the features in use, with their immediates.
import { FC, FD, instruction, known } from "../oracle/instructions.ts";
import { chance, type Next } from "./plan.ts";

/** Opcodes of numeric instructions without immediates, each as often as it is listed. */
export interface Palette {
  readonly integers: readonly number[];
  readonly floats: readonly number[];
  readonly vectors: readonly number[];
  readonly loads: readonly number[];
  readonly stores: readonly number[];
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index).filter(known);

const plain = (codes: readonly number[]): number[] =>
  codes.filter((code) => instruction(code).immediates === "none" && instruction(code).pops !== "");

const isFloat = (code: number): boolean => /[fd]/.test(instruction(code).pops + instruction(code).pushes);

const scalars = plain([...range(0x45, 0xc4), ...range(FC, FC + 7)]);
const lanes = [...range(FD, FD + 0xff)];
const float = new Set(["f", "d"]);

/** The palette of what the profile has. */
export const PALETTE: Palette = {
  integers: scalars.filter((code) => !isFloat(code)),
  floats: scalars.filter(isFloat),
  vectors: lanes.filter((code) => /^(none|lane|16 bytes)$/.test(instruction(code).immediates)),
  loads: range(0x28, 0x35),
  stores: range(0x36, 0x3e),
};

/** Loads and stores of vectors. */
export const VECTOR_MEMORY = lanes.filter((code) => instruction(code).immediates.startsWith("memory"));

/** Whether a load or store is of floats. */
export const touchesFloats = (code: number): boolean =>
  [...(instruction(code).pops + instruction(code).pushes)].some((letter) => float.has(letter));

const ALIGN: Readonly<Record<number, number>> = {
  ...{ 40: 2, 41: 3, 42: 2, 43: 3, 44: 0, 45: 0, 46: 1, 47: 1, 48: 0, 49: 0, 50: 1, 51: 1 },
  ...{ 52: 2, 53: 2, 54: 2, 55: 3, 56: 2, 57: 3, 58: 0, 59: 1, 60: 0, 61: 1, 62: 2 },
};
const VECTOR_ALIGN = [4, 3, 3, 3, 3, 3, 3, 0, 1, 2, 3, 4];

/** The largest alignment of a load or store, as a power of two. */
export function natural(code: number): number {
  if (code < FC) return ALIGN[code]!;
  const vector = code - FD;
  if (vector < 12) return VECTOR_ALIGN[vector]!;
  if (vector >= 0x5c) return vector - 0x5a;
  return (vector - 0x54) % 4;
}

/** How many lanes a lane index may name. */
export function laneCount(code: number): number {
  const vector = code - FD;
  if (vector >= 0x54) return 16 >> ((vector - 0x54) % 4);
  if (vector <= 0x17) return 16;
  if (vector <= 0x1a) return 8;
  if (vector <= 0x1c || vector === 0x1f || vector === 0x20) return 4;
  return 2;
}

const INTERESTING = [0n, 1n, -1n, 2n, 7n, 8n, 255n, 256n, 65535n, 65536n, 0x7fffffffn, -0x80000000n];
const WIDE = [...INTERESTING, 0x100000000n, 0x7fffffffffffffffn, -0x8000000000000000n];

/** An integer: often small, often at an edge. */
export function integer(next: Next, bits: 32 | 64): bigint {
  if (chance(next, 40)) return BigInt(next(10));
  const edges = bits === 32 ? INTERESTING : WIDE;
  if (chance(next, 60)) return edges[next(edges.length)]!;
  const low = BigInt(next(2 ** 32));
  return BigInt.asIntN(bits, bits === 32 ? low : (BigInt(next(2 ** 32)) << 32n) | low);
}

/** Bits of a float: NaNs of many kinds, denormals, infinities, small numbers. */
export function floatBits(next: Next, bits: 32 | 64): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (chance(next, 50)) {
    const value = (next(2001) - 1000) / (1 << next(4));
    if (bits === 32) view.setFloat32(0, value);
    else view.setFloat64(0, value);
    return bits === 32 ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
  }
  const [exponent, mantissa] = bits === 32 ? [0xffn, 23n] : [0x7ffn, 52n];
  const low = (BigInt(next(2 ** 32)) << 20n) ^ BigInt(next(2 ** 32));
  const fraction = chance(next, 40) ? 1n << BigInt(next(Number(mantissa))) : BigInt.asUintN(Number(mantissa), low);
  const powers = [0n, exponent, exponent, exponent >> 1n, BigInt(next(Number(exponent)))];
  const power = powers[next(powers.length)]!;
  return (BigInt(next(2)) << (bits === 32 ? 31n : 63n)) | (power << mantissa) | (chance(next, 20) ? 0n : fraction);
}
