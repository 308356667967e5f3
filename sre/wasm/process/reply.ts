// Checks every word of a worker process. A guest that broke out of the engine speaks with the worker's voice, so
// a reply is hostile: a closed form with one spelling, bounded sizes, and nothing that the rules could not have produced.

import type { Limits } from "../../../chain/protocol/index.ts";
import {
  type Digest,
  EXIT_KINDS,
  type ExitKind,
  fuel,
  hexEncode,
  INT64_MAX,
  mayHaveOutput,
} from "../../../chain/protocol/index.ts";
import type { Ending } from "../engine.ts";
import { REPLY, WIRE_LIMITS } from "../wire.ts";
import { TRY_NAMES, type Try } from "./walls/index.ts";

/** What a worker can say. */
export type Reply =
  | { readonly type: "ready"; readonly refused: readonly Try[] }
  | { readonly type: "trace"; readonly line: string }
  | { readonly type: "ending"; readonly ending: Ending }
  | { readonly type: "form"; readonly form: Uint8Array }
  | { readonly type: "spent" };

const EXITS: ReadonlySet<string> = new Set(EXIT_KINDS);
const CALLS_BYTES = 32;
/** Bytes of the longest text: three of UTF-8 for each UTF-16 unit. */
const TEXT_BYTES = 3 * WIRE_LIMITS.textChars;

class Lie extends Error {}

/** Reads a reply under the limits of the job that runs (null: none does); null when it is a lie. */
export function readReply(payload: Uint8Array, limits: Limits | null): Reply | null {
  try {
    const reader = new ReplyReader(payload);
    const reply = read(reader, limits);
    reader.end();
    return reply;
  } catch (error) {
    if (error instanceof Lie) return null;
    throw error;
  }
}

function read(reader: ReplyReader, limits: Limits | null): Reply {
  switch (reader.u8()) {
    case REPLY.ready:
      return { type: "ready", refused: readTries(reader) };
    case REPLY.trace:
      return { type: "trace", line: reader.text() };
    case REPLY.fault:
      return { type: "ending", ending: { kind: "fault", message: reader.text() } };
    case REPLY.exit:
      if (limits === null) throw new Lie();
      return { type: "ending", ending: readExit(reader, limits) };
    case REPLY.form:
      return { type: "form", form: reader.bytes(reader.left) };
    case REPLY.spent:
      return { type: "spent" };
    default:
      throw new Lie();
  }
}

function readTries(reader: ReplyReader): readonly Try[] {
  const count = reader.u8();
  if (count > TRY_NAMES.length) throw new Lie();
  return Array.from({ length: count }, () => {
    const text = reader.text();
    const name = TRY_NAMES.find((candidate) => candidate === text);
    if (name === undefined) throw new Lie();
    return name;
  });
}

function readExit(reader: ReplyReader, limits: Limits): Ending {
  const exit = reader.text();
  const code = reader.u32() | 0;
  const used = reader.u64();
  const count = reader.u64();
  const sha256 = hexEncode(reader.bytes(CALLS_BYTES)) as Digest;
  const note = reader.text();
  const truncated = reader.u8();
  const outputSize = reader.u32();
  const logsSize = reader.u32();
  if (!EXITS.has(exit) || used > limits.fuel || count > INT64_MAX || truncated > 1) throw new Lie();
  if (outputSize > limits.output || logsSize > limits.logs) throw new Lie();
  if (outputSize > 0 && !mayHaveOutput(exit as ExitKind)) throw new Lie();
  if (exit === "ok" && note !== "") throw new Lie();
  if ((exit === "code") !== (code !== 0)) throw new Lie();
  return {
    kind: "exit",
    exit: { kind: exit as ExitKind, code },
    fuel: fuel(used),
    output: reader.bytes(outputSize),
    logs: reader.bytes(logsSize),
    truncated: truncated === 1,
    calls: { sha256, count },
    note,
  };
}

/** Takes a payload apart; throws `Lie` where it ends too early or too late. */
class ReplyReader {
  private readonly payload: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(payload: Uint8Array) {
    this.payload = payload;
    this.view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  }

  get left(): number {
    return this.payload.length - this.at;
  }

  end(): void {
    if (this.left > 0) throw new Lie();
  }

  u8(): number {
    return this.payload[this.take(1)]!;
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8), true);
  }

  text(): string {
    const size = this.view.getUint16(this.take(2), true);
    if (size > TEXT_BYTES) throw new Lie();
    const start = this.take(size);
    if (size === 0) return "";
    const text = decodeUtf8(this.payload.subarray(start, this.at));
    if (text.length > WIRE_LIMITS.textChars) throw new Lie();
    return text;
  }

  /** A copy, so that nothing holds the chunk that it came in. */
  bytes(size: number): Uint8Array {
    const start = this.take(size);
    return new Uint8Array(this.payload.subarray(start, this.at));
  }

  private take(size: number): number {
    if (size > this.left) throw new Lie();
    const start = this.at;
    this.at += size;
    return start;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Lie();
  }
}
