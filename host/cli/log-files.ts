// A whole log as a stream of leaves, from wherever it lies: this data directory, a node, or an exported file. The file
// has one JSON document a line: the genesis, then every leaf byte for byte (canonical JSON never holds a line end).
import { createReadStream } from "node:fs";
import { allLeaves } from "../../chain/consensus/index.ts";
import {
  DOCUMENT_LIMITS,
  encodeGenesis,
  type Genesis,
  LockstepError,
  readGenesis,
} from "../../chain/protocol/index.ts";
import { SqliteStore } from "../../chain/store/sqlite.ts";
import type { Client } from "../client/index.ts";
import { diskError, readBounded } from "../node/data.ts";
import type { Session } from "./session.ts";

/** A log with the genesis that it begins with. */
export interface Log {
  readonly genesis: Genesis;
  readonly leaves: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const LINE_FEED = 0x0a;

/** The log in this data directory; STORAGE_LOCKED while a node uses it, NOT_FOUND when there is none. */
export function ownLog(session: Session): Log {
  const genesis = readGenesis(readBounded(session.home.genesis, DOCUMENT_LIMITS.genesisBytes));
  const store = new SqliteStore({ crypto: session.crypto, file: session.home.ledger });
  session.atEnd(async () => store.close());
  return { genesis, leaves: allLeaves(store) };
}

async function* pages(client: Client): AsyncGenerator<Uint8Array> {
  const { logSize } = await client.status();
  for (let from = 0n; from < logSize; ) {
    const { leaves } = await client.leaves(from, 64);
    if (leaves.length === 0)
      throw new LockstepError("NOT_FOUND", `${client.address} has no leaf ${from}, although its log has ${logSize}`);
    for (const leaf of leaves) if (from++ < logSize) yield leaf;
  }
}

/** The log of a node as it is now. */
export async function logOfNode(client: Client): Promise<Log> {
  return { genesis: await client.genesis(), leaves: pages(client) };
}

/** The lines of a file without their ends; TOO_LARGE for one that no leaf could be. */
async function* fileLines(path: string): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  try {
    for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, part]);
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
        yield new Uint8Array(rest.subarray(0, end));
        rest = rest.subarray(end + 1);
      }
      if (rest.length > DOCUMENT_LIMITS.genesisBytes)
        throw new LockstepError("TOO_LARGE", `${path} has a line that is too long`);
    }
  } catch (error) {
    throw diskError(error, path);
  }
  if (rest.length > 0) throw new LockstepError("MALFORMED", `${path} is cut off: its last line has no end`);
}

/** The log in an exported file. */
export async function logOfFile(path: string): Promise<Log> {
  const lines = fileLines(path);
  const first = await lines.next();
  if (first.done) throw new LockstepError("MALFORMED", `${path} is empty; an exported log begins with its genesis`);
  return { genesis: readGenesis(first.value), leaves: lines };
}

/** The lines of an exported file. */
export async function* exportLines({ genesis, leaves }: Log): AsyncGenerator<Uint8Array> {
  const end = Buffer.from("\n");
  yield Buffer.concat([encodeGenesis(genesis), end]);
  for await (const leaf of leaves) yield Buffer.concat([leaf, end]);
}
