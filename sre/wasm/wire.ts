// The frames between the sandbox and its worker processes: a header in JSON, then bytes. Each side checks sizes
// before it holds anything; the sandbox besides checks every word of a worker, because a guest may have taken it.

/** Limits of a frame. */
export const WIRE_LIMITS = {
  /** Bytes of a header: an entry of 128 characters, limits, a seed; a note of 1,000 characters. */
  headerBytes: 16 * 1024,
  /** Lines of a trace that are passed on per run. */
  traceLines: 100_000,
  /** Characters of a note (`NOTE_CHARS`) or of a line of a trace. */
  textChars: 1_000,
  /** Bytes in front: the header's length and the body's, 4 each, little-endian. */
  prefixBytes: 8,
} as const;

/** What the sandbox sends: a job, with the module when it thinks that the worker lacks it. */
export interface JobHeader {
  readonly module: string;
  readonly abi: string;
  readonly entry: string;
  readonly limits: {
    readonly fuel: string;
    readonly memory: number;
    readonly stack: number;
    readonly output: number;
    readonly logs: number;
  };
  readonly clock: string;
  readonly seed: string;
  readonly trace: boolean;
  /** Bytes of the body that are the input; the rest is the module, if it is sent along. */
  readonly input: number;
  readonly withModule: boolean;
}

/** A frame: its header's JSON and the pieces of its body. */
export function encodeFrame(header: object, body: readonly Uint8Array[]): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const size = body.reduce((sum, piece) => sum + piece.length, 0);
  const frame = new Uint8Array(WIRE_LIMITS.prefixBytes + text.length + size);
  const view = new DataView(frame.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, size, true);
  frame.set(text, WIRE_LIMITS.prefixBytes);
  let at = WIRE_LIMITS.prefixBytes + text.length;
  for (const piece of body) {
    frame.set(piece, at);
    at += piece.length;
  }
  return frame;
}

/** Reads the lengths in front of a frame. */
export function decodePrefix(prefix: Uint8Array): { readonly header: number; readonly body: number } {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  return { header: view.getUint32(0, true), body: view.getUint32(4, true) };
}
