// Types of tables and memories, own or imported: their limits, and how many there may be.
import { REWRITE_LIMITS } from "../limits.ts";
import type { Draft } from "./draft.ts";
import { OUTSIDE } from "./features.ts";
import type { Reader } from "./reader.ts";
import type { Limits } from "./types.ts";
import { readReferenceType } from "./valuetypes.ts";

/** Pages of 64 KiB that 32-bit and 64-bit addresses reach. */
const PAGES_32 = 65536;
const PAGES_64 = 0x1_0000_0000_0000;

/** Reads the limits of `what`, e.g. "memory 0". */
function readLimits(reader: Reader, what: string): Limits {
  const at = reader.offset;
  const flags = reader.byte();
  if (flags > 15) reader.refuse("malformed", `${what} has unknown limits flags 0x${flags.toString(16)}`, at);
  if (flags & 8) reader.refuseFeature(OUTSIDE.pageSizes, what, at);
  if (flags & 2) reader.refuseFeature(OUTSIDE.threads, `${what} is shared`, at);
  const wide = (flags & 4) !== 0;
  if (wide) reader.require("memory64", `${what} has 64-bit addresses`, at);
  const initial = wide ? reader.u64() : reader.u32();
  const maximum = (flags & 1) === 0 ? null : wide ? reader.u64() : reader.u32();
  if (maximum !== null && maximum < initial) reader.refuse("invalid", `${what} has a maximum below its start`, at);
  return { initial, maximum, wide };
}

/** Reads a table's type and adds it. */
export function readTable(reader: Reader, draft: Draft, imported: boolean): void {
  const start = reader.offset;
  if (reader.bytes[start] === 0x40) reader.refuseFeature(OUTSIDE.references, "a table with an initialiser", start);
  const element = readReferenceType(reader);
  const limits = readLimits(reader, `table ${draft.tables.length}`);
  draft.tables.push({ ...limits, element, imported, type: { start, end: reader.offset } });
  draft.tableElements += limits.initial;
  const limit = REWRITE_LIMITS.tableElements;
  if (draft.tableElements > limit) {
    reader.refuse("limit", `has tables of ${draft.tableElements} elements; the profile takes at most ${limit}`, start);
  }
}

/** Reads a memory's type and adds it. */
export function readMemory(reader: Reader, draft: Draft, imported: boolean): void {
  const start = reader.offset;
  const index = draft.memories.length;
  if (index > 0) reader.require("multi-memory", `memory ${index}`, start);
  const limits = readLimits(reader, `memory ${index}`);
  const most = limits.wide ? PAGES_64 : PAGES_32;
  if (limits.initial > most || (limits.maximum ?? 0) > most) {
    reader.refuse("invalid", `memory ${index} is larger than its addresses reach`, start);
  }
  if (limits.initial > PAGES_32) {
    reader.refuse("limit", `memory ${index} begins with ${limits.initial} pages; at most ${PAGES_32}`, start);
  }
  const { widePages } = REWRITE_LIMITS;
  if (limits.wide && (limits.maximum ?? 0) > widePages) {
    reader.refuse("limit", `memory ${index} may grow to more than ${widePages} pages; declare a lower maximum`, start);
  }
  draft.memories.push({ ...limits, imported, type: { start, end: reader.offset } });
}
