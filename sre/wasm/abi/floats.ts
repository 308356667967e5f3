// Floats at the boundary: they cross as the integers of their bits, because JavaScript may change a NaN's.

const view = new DataView(new ArrayBuffer(8));

/** The f64 of these bits. */
export function floatOf(bits: bigint): number {
  view.setBigInt64(0, bits);
  return view.getFloat64(0);
}

/** The bits of an f64; of a NaN, the canonical ones. */
export function bitsOf(value: number): bigint {
  if (Number.isNaN(value)) return 0x7ff8000000000000n;
  view.setFloat64(0, value);
  return view.getBigInt64(0);
}
