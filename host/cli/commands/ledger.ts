// `ledger`: looks at a ledger through a node, and works on the log itself, its own or an exported one.
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { replay } from "../../../chain/consensus/index.ts";
import {
  Admission,
  chainId,
  type Digest,
  encodeDocument,
  isoTime,
  LockstepError,
} from "../../../chain/protocol/index.ts";
import { diskError } from "../../node/data.ts";
import { statusAnswer, transactionAnswer } from "../../wire.ts";
import { defineListings } from "../listings.ts";
import { exportLines, type Log, logOfFile, logOfNode, ownLog } from "../log-files.ts";
import { withCommon } from "../options.ts";
import type { Output } from "../output.ts";
import type { Session } from "../session.ts";
import { idOption } from "../values.ts";

interface ExportOptions {
  readonly output?: string;
  readonly url?: string;
}
interface UrlOptions {
  readonly url?: string;
}

/** Adds the command. */
export function define(command: Command, session: Session): void {
  command.addHelpText("after", "\nExample:\n  lockstep ledger info");
  defineListings(command, session);
  const url = ["--url <address>", "the node, by default LOCKSTEP_URL or this machine's"] as const;
  withCommon(command.command("info").description("where the ledger stands"))
    .option(...url)
    .addHelpText("after", "\nExample:\n  lockstep ledger info")
    .action(async (options: UrlOptions) => {
      const status = await (await session.client(options.url)).status();
      const lines = [
        `chain     ${status.chain}`,
        `name      ${status.name}${status.development ? " (development: faucet, short windows, nothing of worth)" : ""}`,
        `height    ${status.height}, ${isoTime(status.time)}`,
        `state     ${status.stateRoot}`,
        `log       ${status.logSize} leaves, key ${status.logKey}`,
        `orderer   ${status.orderer}`,
        `software  ${status.software}`,
      ];
      session.output.result(lines.join("\n"), encodeDocument(statusAnswer, status));
    });
  withCommon(command.command("tx").description("show a transaction of the log"))
    .argument("<id>", "a transaction's id", idOption)
    .option(...url)
    .addHelpText("after", "\nExample:\n  lockstep ledger tx 5f1c…")
    .action(async (id: Digest, options: UrlOptions) => {
      const client = await session.client(options.url);
      const found = encodeDocument(transactionAnswer, await client.transaction(id));
      session.output.result(JSON.stringify(found, null, 2), found);
    });
  withCommon(command.command("replay").description("derive every state root again from the log"))
    .argument("[file]", "an exported log; without it this data directory's own")
    .option("--url <address>", "replay the log of a node")
    .addHelpText("after", "\nExample:\n  lockstep ledger replay log.jsonl")
    .action(async (file: string | undefined, options: UrlOptions) => {
      await replayLog(session, await logFrom(session, file, options.url), session.output);
    });
  withCommon(command.command("export").description("write genesis and log, one JSON document a line"))
    .option("-o, --output <file>", "where to write; without it to stdout")
    .option("--url <address>", "export the log of a node; without it this data directory's own")
    .addHelpText("after", "\nExample:\n  lockstep ledger export -o log.jsonl")
    .action(async (options: ExportOptions) => {
      const { output } = session;
      if (options.output === undefined && output.json) {
        throw new LockstepError("USAGE", "a log is many JSON documents; with --json name a file for it with -o");
      }
      const log = await logFrom(session, undefined, options.url);
      const lines = Readable.from(exportLines(log));
      if (options.output === undefined) return void (await pipeline(lines, output.stdout, { end: false }));
      await pipeline(lines, createWriteStream(options.output)).catch((error: unknown) => {
        throw diskError(error, options.output!);
      });
      output.result(`exported  ${options.output}`, { file: options.output });
    });
}

async function logFrom(session: Session, file: string | undefined, url: string | undefined): Promise<Log> {
  if (file !== undefined && url !== undefined) throw new LockstepError("USAGE", "name a file or --url, not both");
  if (file !== undefined) return logOfFile(file);
  return url === undefined ? ownLog(session) : logOfNode(await session.client(url));
}

/** The replay is synchronous, so leaves that arrive over time are gathered first. */
async function collected(arriving: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const leaves: Uint8Array[] = [];
  for await (const leaf of arriving) leaves.push(leaf);
  return leaves;
}

async function replayLog({ crypto }: Session, log: Log, output: Output): Promise<void> {
  const leaves = Symbol.iterator in log.leaves ? log.leaves : await collected(log.leaves);
  const report = replay({ crypto, admission: new Admission(), genesis: log.genesis }, leaves);
  const { blocks, transactions, head, difference } = report;
  if (difference !== null) {
    const { height, leaf, what } = difference;
    throw new LockstepError("STORAGE_CORRUPT", `the log differs first at block ${height}, leaf ${leaf}: ${what}`, {
      height: String(height),
      leaf,
    });
  }
  const lines = [
    `replayed  ${blocks} blocks with ${transactions} transactions; every state root is the log's`,
    `chain     ${chainId(crypto, log.genesis)}`,
    `head      block ${head!.height}, state root ${head!.stateRoot}`,
    `log       ${head!.log.size} leaves, root ${Buffer.from(head!.log.root()).toString("base64")}`,
  ];
  const document = {
    blocks,
    transactions,
    height: String(head!.height),
    stateRoot: head!.stateRoot,
    logSize: head!.log.size,
  };
  output.result(lines.join("\n"), document);
}
