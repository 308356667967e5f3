// `submit`: orders a job on a deployed function, or on a program that it deploys first, with all that the program's jobs
// bring; and on request waits for its receipt.
import type { Command } from "commander";
import {
  amount,
  type Digest,
  type Fuel,
  isDigest,
  isoTime,
  type JobStatus,
  LockstepError,
} from "../../../chain/protocol/index.ts";
import { ANSWERED, type Client, deploy, ENDED, order, type Wallet, waitForJob } from "../../client/index.ts";
import { credits } from "../../credits.ts";
import { DEFAULT_LIMITS } from "../../defaults.ts";
import type { Job } from "../../wire.ts";
import { DEFAULT_KEY, mustBeThere, walletFor } from "../accounts.ts";
import { type ContextOptions, readContext, withContextOptions } from "../context.ts";
import {
  type Callable,
  callableAt,
  type GuessOptions,
  type InputOptions,
  readInput,
  termsOf,
  withGuessOptions,
  withInput,
} from "../functions.ts";
import { exitText, type KeptJob, keepJob } from "../job-files.ts";
import { withDefault } from "../options.ts";
import { type Output, shown } from "../output.ts";
import type { Session } from "../session.ts";
import { creditsOption, secondsOption, wholeOption } from "../values.ts";
import { onStop } from "../wait.ts";

interface Options extends GuessOptions, InputOptions, ContextOptions {
  readonly fuel?: bigint;
  readonly ceiling?: bigint;
  readonly deadline?: bigint;
  readonly wait?: boolean;
  readonly timeout: bigint;
  readonly out?: string;
  readonly key: string;
  readonly url?: string;
}

/** Adds the command. */
export function define(command: Command, session: Session): void {
  const what =
    "a name or the id of a deployment; or a path with a dot or slash in it, which is built and deployed first";
  withContextOptions(withGuessOptions(withInput(command.argument("<function>", what))))
    .option("--fuel <units>", "fuel limit, at most the deployment's", wholeOption)
    .option(
      "--ceiling <credits>",
      "the most it may cost; by default what the dearest provider could ask",
      creditsOption,
    )
    .option("--deadline <seconds>", "time until the job expires unanswered", secondsOption)
    .option("--wait", "wait for the accepted result and keep its files")
    .addOption(withDefault("--timeout <seconds>", "how long to wait at most", secondsOption, "600"))
    .option("--out <folder>", "where to keep the files, by default the data directory's jobs/ID")
    .option(
      "--key <name>",
      "key that pays, funded by a faucet; the default one is made when it is not there",
      DEFAULT_KEY,
    )
    .option("--url <address>", "the node, by default LOCKSTEP_URL or this machine's")
    .addHelpText(
      "after",
      "\nExample:\n  lockstep submit csv --input guest-examples/assemblyscript-csv/sales.csv --wait\n  lockstep submit ./script.py --input-json '[1, 2]' --wait",
    )
    .action(async (named: string, options: Options) => submit(session, named, options));
}

/** The deployment that a person means by a name or an id. */
export async function deploymentOf(client: Client, named: string): Promise<Digest> {
  return isDigest(named) ? named : (await client.name(named)).deployment;
}

/** Whether a person means a program on this machine: no name or id has such characters. */
const isPath = (named: string): boolean => /[./\\]/.test(named);

async function submit(session: Session, named: string, options: Options): Promise<void> {
  const { output } = session;
  mustBeThere(session, options.key);
  const client = await session.client(options.url);
  const input = await readInput(session, options);
  const program = isPath(named) ? await callableAt(session, named, options) : null;
  const known = program === null ? await deploymentOf(client, named) : null;
  const wallet = await walletFor(session, client, options.key);
  const { fuel, ceiling, deadline: deadlineMs } = options;
  const { request: context, files } = readContext(session, options, program?.carried);
  const deployment = known ?? (await deployProgram(session, client, wallet, program!, fuel));
  const id = await order(client, wallet, deployment, input, { fuel, ceiling, deadlineMs, context, files });
  await tellIfNobodyTakesIt(client, id, output);
  if (!options.wait) return output.result(`job       ${id}`, { job: id });
  onStop(session, `job ${id} goes on without this command; look at it with: lockstep job ${id}`);
  const job = await waitForAnswer(client, id, Number(options.timeout), output);
  const kept = await keepJob(client, session.home, job, options.out ?? session.home.job(id));
  const { exit } = kept.answer;
  output.result(filesText(job, kept), { job: id, status: job.record.status, exit, files: { ...kept.paths } });
  session.status = exit.kind === "ok" ? 0 : 1;
}

/** Deploys a program for anyone to call, at no price of its own; with more fuel than usual where a job is to have it. */
async function deployProgram(
  { crypto, output }: Session,
  client: Client,
  wallet: Wallet,
  program: Callable,
  wanted = 0n,
): Promise<Digest> {
  const fuel = (wanted > DEFAULT_LIMITS.fuel ? wanted : DEFAULT_LIMITS.fuel) as Fuel;
  const terms = { ...termsOf(program), limits: { ...DEFAULT_LIMITS, fuel }, price: amount(0n) };
  const { id, existed } = await deploy(client, wallet, crypto, program.module, terms, program.parts);
  if (!existed) output.note(`deployed  ${id}`);
  return id;
}

/** A job that no provider was drawn for when it was ordered may wait in vain: better told now than at its deadline. */
async function tellIfNobodyTakesIt(client: Client, id: Digest, output: Output): Promise<void> {
  const { record } = await client.job(id);
  if (record.status !== "waiting") return;
  output.note(
    `no provider on this ledger takes the job for ${credits(record.ceiling)} credits now; it waits for one until ${isoTime(record.deadline)}`,
  );
}

/** Waits until a job is answered; JOB_STATE when it ended without an answer. */
export async function waitForAnswer(client: Client, id: Digest, timeoutMs: number, output: Output): Promise<Job> {
  const until: readonly JobStatus[] = [...new Set([...ANSWERED, ...ENDED])];
  const onStatus = ({ record }: Job) => output.progress(`job ${id}: ${record.status}`);
  const job = await waitForJob(client, id, { timeoutMs, until, onStatus });
  output.progressDone();
  const { status } = job.record;
  if (!ANSWERED.includes(status))
    throw new LockstepError("JOB_STATE", `job ${id} is ${status}, it has no result`, { status });
  return job;
}

/** A job and its files, for people. */
export function filesText({ id, record }: Job, files: KeptJob): string {
  const lines = Object.entries(files.paths).map(([name, path]) => `${name.padEnd(12)}${shown(path)}`);
  return [`job         ${id}`, `status      ${record.status}, ${exitText(files.answer)}`, ...lines].join("\n");
}
