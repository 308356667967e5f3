// The frames between the sandbox and its worker processes: a length, then that many bytes. What the sandbox says is
// trusted and carries a header in JSON; what a worker says is hostile, because a guest may have taken it, and has one
// closed binary form (`process/reply.ts` reads it).
import type { Context } from "../../chain/protocol/index.ts";

/** Limits of a frame. */
export const WIRE_LIMITS = {
  /** Bytes of a reply besides the bytes that it carries: at most sixteen texts, some numbers. */
  replyBytes: 64 * 1024,
  /** Lines of a trace that are passed on per run. */
  traceLines: 100_000,
  /** Characters of a note (`NOTE_CHARS`) or of a line of a trace. */
  textChars: 1_000,
  /** Bytes in front: the length of what follows, little-endian as every number in a frame. */
  prefixBytes: 4,
} as const;

/** What a reply is, by its first byte. */
export const REPLY = {
  /** The worker waits for its first job. A list of texts: what it was refused. */
  ready: 1,
  /** A line of the trace: a text. */
  trace: 2,
  /** What was asked for has no answer: a text says why. */
  fault: 3,
  /** The job's end: exit and its code, fuel, calls, note, output, logs. */
  exit: 4,
  /** The rewriting's end: a form, up to the end of the frame. */
  form: 5,
  /** The worker holds memory that it can't give back: it asks for its end once its job is done. */
  spent: 6,
} as const;

/** A job; the first one that a worker gets comes with its program, the module's form and source. */
export interface RunHeader {
  readonly do: "run";
  readonly abi: string;
  readonly entry: string;
  readonly limits: {
    readonly fuel: string;
    readonly memory: number;
    readonly stack: number;
    readonly output: number;
    readonly logs: number;
  };
  readonly context: Omit<Context, "clock"> & { readonly clock: string };
  readonly trace: boolean;
  /** Bytes of the body that are the input. */
  readonly input: number;
  /** Digests and sizes of the files, whose bytes follow the input. */
  readonly files: readonly (readonly [digest: string, bytes: number])[];
  /** Bytes of the body after the files that are what an interpreter runs; null where a module runs by itself. */
  readonly program: number | null;
  /** Bytes of the body after all that which are the form; the rest is the source. Null: the worker has them. */
  readonly form: number | null;
}

/** What a module is rewritten for, by name. */
export interface Target {
  readonly abi: string;
  readonly profile: string;
}

/** A module to be rewritten; the body is its source. */
export interface RewriteHeader extends Target {
  readonly do: "rewrite";
  /** Sizes of the transpiler's files, which come before the source; null where the process needs none or has them. */
  readonly transpiler: readonly number[] | null;
}

/** What the sandbox asks of a worker. */
export type JobHeader = RunHeader | RewriteHeader;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A frame of these pieces. */
export function encodeFrame(pieces: readonly Uint8Array[]): Uint8Array {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const frame = new Uint8Array(WIRE_LIMITS.prefixBytes + size);
  new DataView(frame.buffer).setUint32(0, size, true);
  let at: number = WIRE_LIMITS.prefixBytes;
  for (const piece of pieces) {
    frame.set(piece, at);
    at += piece.length;
  }
  return frame;
}

/** Reads the length in front of a frame. */
export function decodePrefix(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
}

/** A job's frame: the length of its header, the header, the body. */
export function encodeJob(header: JobHeader, body: readonly Uint8Array[]): Uint8Array {
  const text = encoder.encode(`    ${JSON.stringify(header)}`);
  new DataView(text.buffer).setUint32(0, text.length - 4, true);
  return encodeFrame([text, ...body]);
}

/** Reads what a job's frame holds. Trusts it: the sandbox wrote it. */
export function decodeJob(payload: Uint8Array): { readonly header: JobHeader; readonly body: Uint8Array } {
  const start = 4 + decodePrefix(payload);
  const header = JSON.parse(decoder.decode(payload.subarray(4, start))) as JobHeader;
  return { header, body: payload.subarray(start) };
}

/** Puts a reply together. */
export class ReplyWriter {
  private readonly pieces: Uint8Array[] = [];
  private readonly numbers = new Uint8Array(WIRE_LIMITS.replyBytes);
  private readonly view = new DataView(this.numbers.buffer);
  private begun = 0;
  private at = 0;

  /** Begins a reply. */
  begin(type: number): this {
    this.pieces.length = 0;
    this.begun = 0;
    this.at = 0;
    return this.u8(type);
  }

  u8(value: number): this {
    this.numbers[this.at++] = value;
    return this;
  }

  u32(value: number): this {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
    return this;
  }

  u64(value: bigint): this {
    this.view.setBigUint64(this.at, value, true);
    this.at += 8;
    return this;
  }

  /** A text: its bytes' number (2 bytes), then its UTF-8; cut where it is longer than a reply's text may be. */
  text(text: string): this {
    const { written } = encoder.encodeInto(text.slice(0, WIRE_LIMITS.textChars), this.numbers.subarray(this.at + 2));
    this.view.setUint16(this.at, written, true);
    this.at += 2 + written;
    return this;
  }

  /** Bytes without a length: the reader knows it. They are not copied until the frame is made. */
  bytes(bytes: Uint8Array): this {
    this.pieces.push(this.numbers.subarray(this.begun, this.at), bytes);
    this.begun = this.at;
    return this;
  }

  /** The frame. */
  frame(): Uint8Array {
    return encodeFrame([...this.pieces, this.numbers.subarray(this.begun, this.at)]);
  }
}
