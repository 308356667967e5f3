// `quickstart`: the whole road once, on this machine alone: a ledger and a provider (one process, two keys, joined only
// by HTTP), a function from source, a job on a real file, its receipt verified offline and the function run again.
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { amount, cidOf, type Json, LockstepError } from "../../../chain/protocol/index.ts";
import { ANSWERED, deploy, order, waitForJob } from "../../client/index.ts";
import { credits } from "../../credits.ts";
import { DEFAULT_LIMITS, DEFAULT_PRICES } from "../../defaults.ts";
import { HOST_LIMITS, ownTrust, readBounded } from "../../node/data.ts";
import { startNode } from "../../node/index.ts";
import { DEFAULT_KEY, walletFor } from "../accounts.ts";
import { callableAt, termsOf } from "../functions.ts";
import { keepJob } from "../job-files.ts";
import type { Output } from "../output.ts";
import { shown } from "../output.ts";
import { serve } from "../provide.ts";
import type { Session } from "../session.ts";
import { creditsOption } from "../values.ts";
import { verify } from "../verifying.ts";
import { onStop } from "../wait.ts";

const EXAMPLE = fileURLToPath(new URL("../../../guest-examples/assemblyscript-csv", import.meta.url));
const INPUT = fileURLToPath(new URL("../../../guest-examples/assemblyscript-csv/sales.csv", import.meta.url));
const OFFER = {
  providerKey: "provider",
  stake: creditsOption("500"),
  ...DEFAULT_PRICES,
};
const ANSWER_MS = 60_000;

/** Adds the command. */
export function define(command: Command, session: Session): void {
  command
    .addHelpText("after", "\nExample:\n  lockstep quickstart")
    .action(async () => quickstart(session, session.output));
}

async function quickstart(session: Session, output: Output): Promise<void> {
  const { home, crypto } = session;
  onStop(session);
  const say = (step: string, text: string) => output.line(`${step.padEnd(11)}${text}`);

  // The compiler takes the longest, in a process of its own: it starts first and is waited for when it is needed.
  const compiling = callableAt(session, EXAMPLE);
  compiling.catch(() => undefined);
  const node = await startNode({ home, crypto, listen: { host: "127.0.0.1", port: 0 } });
  session.atEnd(() => node.close());
  say("ledger", `${node.genesis.name} at ${node.address}, data in ${shown(home.root)}`);
  const provider = await serve(session, node.address, OFFER, () => undefined);
  say("provider", `${provider} with ${credits(OFFER.stake)} credits at stake`);

  const callable = await compiling;
  const module = cidOf(callable.manifest.module.sha256);
  say("build", `${shown(EXAMPLE)} to ${callable.module.length} bytes of WebAssembly, ${module}`);

  const client = await session.client(node.address);
  const wallet = await walletFor(session, client, DEFAULT_KEY);
  const terms = { ...termsOf(callable), limits: DEFAULT_LIMITS, price: amount(0n) };
  const { id: deployment, existed } = await deploy(client, wallet, crypto, callable.module, terms);
  say("deploy", `deployment ${deployment}${existed ? " (was there already)" : ""}`);

  const input = readBounded(INPUT, HOST_LIMITS.blobBytes);
  const id = await order(client, wallet, deployment, input, {});
  say("job", `${id} on ${shown(INPUT)} (${input.length} bytes)`);
  const job = await waitForJob(client, id, { timeoutMs: ANSWER_MS, until: ANSWERED });
  const { pay } = job.record.accepted!;
  say("accepted", `by the ledger; the provider gets ${credits(pay.provider)} credits`);

  const { paths: files } = await keepJob(client, home, job, home.job(id));
  const read = (path: string) => readBounded(path, HOST_LIMITS.blobBytes);
  const report = await verify(session, {
    receipt: read(files.receipt),
    trust: ownTrust(home),
    module: callable.module,
    input,
    output: read(files.output),
    requireLedger: true,
    reexecute: true,
  });
  const held = report.checks.filter(({ outcome }) => outcome === "pass").length;
  say(
    "verify",
    `${report.verdict} offline, ${held} checks: signature, log, job record, files, and run again to compare`,
  );
  const { logs: _empty, ...named } = files;
  for (const [name, path] of Object.entries(named)) say(name, shown(path));
  if (report.verdict !== "ACCEPT")
    throw new LockstepError("RECEIPT_REFUSED", `the receipt verifies as ${report.verdict}`);
  const document: Json = {
    node: node.address,
    deployment,
    job: id,
    module,
    verdict: report.verdict,
    files: { ...files },
  };
  output.result("next       npm run -s lockstep -- init my-function", document);
}
