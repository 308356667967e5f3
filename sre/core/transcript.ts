// The transcript of a guest's host calls as a running digest, so that two runs can be compared call by call
// without keeping them. Specified in sre/SPEC.md, rules T1 to T4. Runs in worker processes, which start fast and may
// read little: it takes types alone from other rooms.
import type { Crypto, Digest } from "../../chain/protocol/index.ts";

/** A value that crosses between guest and host: an integer, a float, or bytes that a pointer named. */
export type CallValue =
  | { readonly kind: "i32"; readonly value: number }
  | { readonly kind: "i64"; readonly value: bigint }
  | { readonly kind: "f64"; readonly value: number }
  | { readonly kind: "bytes"; readonly value: Uint8Array };

/** SHA-256 alone, the only cryptography that a sandbox needs. */
export type Sha256 = Crypto["sha256"];

const DIGITS = "0123456789abcdef";
const TAGS = { i32: 0x01, f64: 0x02, bytes: 0x03, i64: 0x04 } as const;
/** The bits of the one NaN that is ever written, whatever bits an engine gives it. */
const CANONICAL_NAN_HIGH = 0x7ff80000;

/**
 * The running digest: D(0) is 32 zero bytes; D(n) is SHA-256 over D(n-1) and record n. A record is the call's name,
 * its number of arguments and of results in a byte each, then each argument and result with its tag.
 */
export class Transcript {
  private state = new Uint8Array(32);
  private calls = 0;
  private readonly sha256: Sha256;

  constructor(sha256: Sha256) {
    this.sha256 = sha256;
  }

  /** Appends a call. `name` is ASCII of at most 255 characters. */
  record(name: string, args: readonly CallValue[], results: readonly CallValue[]): void {
    const values = [...args, ...results];
    let size = 32 + 1 + name.length + 2;
    for (const value of values) size += sizeOf(value);
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    bytes.set(this.state);
    let at = 32;
    bytes[at++] = name.length;
    for (let index = 0; index < name.length; index++) bytes[at++] = name.charCodeAt(index);
    bytes[at++] = args.length;
    bytes[at++] = results.length;
    for (const value of values) at = write(bytes, view, at, value);
    this.state = new Uint8Array(this.sha256(bytes));
    this.calls++;
  }

  /** The digest so far and the number of calls. */
  finish(): { readonly sha256: Digest; readonly count: bigint } {
    let hex = "";
    for (let index = 0; index < 32; index++) hex += DIGITS[this.state[index]! >> 4]! + DIGITS[this.state[index]! & 15]!;
    return { sha256: hex as Digest, count: BigInt(this.calls) };
  }
}

function sizeOf(value: CallValue): number {
  if (value.kind === "i32") return 5;
  return value.kind === "bytes" ? 5 + value.value.length : 9;
}

function write(bytes: Uint8Array, view: DataView, at: number, value: CallValue): number {
  bytes[at] = TAGS[value.kind];
  if (value.kind === "i32") {
    view.setInt32(at + 1, value.value);
    return at + 5;
  }
  if (value.kind === "i64") {
    view.setBigInt64(at + 1, value.value);
    return at + 9;
  }
  if (value.kind === "f64") {
    if (Number.isNaN(value.value)) view.setUint32(at + 1, CANONICAL_NAN_HIGH);
    else view.setFloat64(at + 1, value.value);
    return at + 9;
  }
  view.setUint32(at + 1, value.value.length);
  bytes.set(value.value, at + 5);
  return at + 5 + value.value.length;
}
