// Keeping what belongs to an answered job: its receipt and everything that the receipt names, as files in one folder.
import { dirname, join } from "node:path";
import {
  type Answer,
  contextRequest,
  type Digest,
  encodeDocument,
  readReceiptFile,
  readStatement,
  type Sre,
  utf8Encode,
} from "../../chain/protocol/index.ts";
import type { Client } from "../client/index.ts";
import { type Home, writeWhole } from "../node/data.ts";
import type { Job } from "../wire.ts";

/** An answered job, kept: what its receipt says, and where the files lie. */
export interface KeptJob {
  readonly answer: Answer;
  readonly paths: JobFiles;
}

/** How a guest ended, for people. */
export function exitText({ exit, fuel }: Answer): string {
  const code = exit.kind === "code" ? ` ${exit.code}` : "";
  return `exit ${exit.kind}${code}, ${fuel} fuel`;
}

/** The files of an answered job in a folder. */
export interface JobFiles {
  readonly receipt: string;
  readonly checkpoint: string;
  readonly module: string;
  readonly input: string;
  readonly output: string;
  readonly logs: string;
  /** The order's context, where it has one of its own: arguments, environment, and its files by path and digest. */
  readonly context?: string;
}

/** What a module's file is called. */
const MODULE_NAMES: Readonly<Record<Sre, string>> = {
  wasm: "module.wasm",
  quickjs: "module.js",
  container: "image.json",
  gpu: "module.kernel",
};
/** Folder of the context's files, each at its path. */
const FILES = "files";

/** Fetches everything about an answered job and keeps it in a folder; every digest is checked on the way. */
export async function keepJob(client: Client, home: Home, job: Job, folder: string): Promise<KeptJob> {
  const bytes = await client.receipt(job.id);
  const { bundle } = readReceiptFile(bytes);
  const { call, answer } = readStatement(bundle.dsseEnvelope.payload).predicate.result;
  const { deployment } = (await client.deployment(job.record.deployment)).record;
  home.ensure(folder);
  const write = (name: string, content: Uint8Array): string => {
    const path = join(folder, name);
    writeWhole(path, content, 0o600);
    return path;
  };
  const fetch = (ref: { sha256: Digest; size: number }) => (ref.size === 0 ? new Uint8Array() : client.blob(ref));
  const checkpoint = bundle.verificationMaterial.tlogEntries[0]?.inclusionProof.checkpoint.envelope ?? "";
  const paths = {
    receipt: write("receipt.json", bytes),
    checkpoint: write("checkpoint.txt", utf8Encode(checkpoint)),
    module: write(MODULE_NAMES[call.sre], await fetch(deployment.module)),
    input: write("input", await fetch(call.input)),
    output: write("output", await fetch(answer.output)),
    logs: write("logs", await fetch(answer.logs)),
  };
  const { body } = job.order;
  const context = body.type === "job" ? body.context : {};
  if (Object.keys(context).length === 0) return { answer, paths };
  for (const [path, ref] of Object.entries(context.files ?? {})) {
    home.ensure(join(folder, FILES, dirname(path)));
    write(join(FILES, path), await fetch(ref));
  }
  const told = JSON.stringify(encodeDocument(contextRequest, context), null, 2);
  return { answer, paths: { ...paths, context: write("context.json", utf8Encode(`${told}\n`)) } };
}
