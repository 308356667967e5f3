// The whole state as a stream of documents, and back: how a new node can begin without every block. The stream has one
// form for one state, and whoever reads it trusts none of it before the ledger has rebuilt the state root.

import { z } from "zod";
import {
  base64Bytes,
  type Crypto,
  canonicalize,
  compareBytes,
  type Digest,
  digestText,
  document,
  encodeDocument,
  Frontier,
  heightText,
  LockstepError,
  PATHS,
  type Path,
  parseCanonical,
  TREE_LIMITS,
  timeText,
  utf8Encode,
} from "../protocol/index.ts";
import { STATE_PREFIXES, scanAll } from "./committed.ts";
import type { Head, StateChange, StateView } from "./view.ts";

const headDocument = z.strictObject({
  kind: z.literal("snapshot"),
  version: z.literal(1),
  chain: digestText,
  height: heightText,
  time: timeText,
  stateRoot: digestText,
  log: base64Bytes,
});

const entryDocument = z.strictObject({
  path: z.array(z.string()).min(1).max(TREE_LIMITS.segments),
  value: base64Bytes,
});

/** Bytes of one document of a snapshot: the largest value in base64, and its path. */
const DOCUMENT_BYTES = 2 * TREE_LIMITS.valueBytes;

/** What a snapshot says. */
export interface Snapshot {
  readonly chain: Digest;
  readonly head: Head;
  readonly entries: readonly StateChange[];
}

function* entriesOf(view: StateView): Generator<readonly [Path, Uint8Array]> {
  for (const prefix of STATE_PREFIXES) {
    // The chain's record is the only value that lies at the top, between accounts and deployments.
    if (prefix === "deployments") yield [PATHS.chain(), view.get(PATHS.chain())!];
    for (const [segment, value] of scanAll(view, [prefix])) yield [[prefix, segment], value];
  }
}

/** Writes committed state: a head, then every entry in the order of its path, each document in its own chunk. */
export function* writeSnapshot(chain: Digest, head: Head, view: StateView): Generator<Uint8Array> {
  const { height, time, stateRoot, log } = head;
  const opening = { kind: "snapshot", version: 1, chain, height, time, stateRoot, log: log.serialize() } as const;
  yield canonicalize(encodeDocument(headDocument, opening));
  for (const [path, value] of entriesOf(view)) {
    yield canonicalize(encodeDocument(entryDocument, { path: [...path], value }));
  }
}

function comparePaths(a: Path, b: Path): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const difference = compareBytes(utf8Encode(a[at]!), utf8Encode(b[at]!));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Whether something lies at such a path. What the ledger never reads must not slip in beside the root. */
function isKnown([first, ...rest]: Path): boolean {
  return first === "chain" ? rest.length === 0 : rest.length === 1 && STATE_PREFIXES.some((prefix) => prefix === first);
}

/**
 * Reads a snapshot's documents. MALFORMED when they are not the one form of what they say; whether they are the
 * state of their head shows when a ledger is opened over them.
 */
export function readSnapshot(crypto: Crypto, documents: Iterable<Uint8Array>): Snapshot {
  let opening: z.output<typeof headDocument> | null = null;
  const entries: StateChange[] = [];
  for (const bytes of documents) {
    const json = parseCanonical(bytes, DOCUMENT_BYTES, "snapshot document");
    if (opening === null) {
      opening = document(headDocument, json, "snapshot head");
      continue;
    }
    const { path, value } = document(entryDocument, json, "snapshot entry");
    const last = entries.at(-1);
    if (last !== undefined && comparePaths(last[0], path) >= 0) {
      throw new LockstepError("MALFORMED", `the snapshot's entry ${entries.length} is not after the one before it`);
    }
    if (!isKnown(path))
      throw new LockstepError("MALFORMED", `the snapshot's entry ${entries.length} is no place of the state`);
    entries.push([path, value]);
  }
  if (opening === null) throw new LockstepError("MALFORMED", "the snapshot is empty");
  const { chain, height, time, stateRoot, log } = opening;
  return { chain, head: { height, time, stateRoot, log: Frontier.parse(crypto, log) }, entries };
}
