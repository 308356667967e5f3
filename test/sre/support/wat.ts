// WebAssembly text to its binary form, by wabt.
import initWabt from "wabt";

const wabt = await initWabt();
/** Everything that a profile may take or must refuse by name. */
const FEATURES = {
  ...{ multi_value: true, bulk_memory: true, reference_types: true, simd: true, tail_call: true, extended_const: true },
  ...{ exceptions: true, memory64: true, multi_memory: true, threads: true },
};

/** Parses WebAssembly text; throws with wabt's message when it is wrong. */
export const wat = (source: string): Uint8Array => binaryOf(source, {});

/** The same with a section that names the functions. */
export const namedWat = (source: string): Uint8Array => binaryOf(source, { write_debug_names: true });

function binaryOf(source: string, options: { write_debug_names?: boolean }): Uint8Array {
  const parsed = wabt.parseWat("guest.wat", source, FEATURES);
  try {
    return new Uint8Array(parsed.toBinary(options).buffer);
  } finally {
    parsed.destroy();
  }
}
