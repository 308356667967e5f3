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

/** The f32 of these bits. */
export function float32Of(bits: number): number {
  view.setInt32(0, bits);
  return view.getFloat32(0);
}

/** The bits of an f32; of a NaN, the canonical ones. */
export function bits32Of(value: number): number {
  view.setFloat32(0, value);
  return Number.isNaN(value) ? 0x7fc00000 : view.getInt32(0);
}
