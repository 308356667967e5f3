// `run`: a function on an input, here and now, in a sandbox process, without a ledger. The output goes to stdout, what
// the guest logged to stderr, and on request a local receipt into a file.
import type { Command } from "commander";
import {
  blockTime,
  buildReceiptFile,
  type Fuel,
  type Grade,
  type Json,
  keyId,
  sealReceipt,
} from "../../../chain/protocol/index.ts";
import type { Places } from "../../build/index.ts";
import { DEFAULT_LIMITS } from "../../defaults.ts";
import { addTrust, writeWhole } from "../../node/data.ts";
import { SOFTWARE_NAME, SOFTWARE_VERSION } from "../../software.ts";
import { DEFAULT_KEY, keyFor } from "../accounts.ts";
import { type ContextOptions, readContext, withContextOptions } from "../context.ts";
import {
  callableNamed,
  type FunctionOptions,
  type InputOptions,
  readInput,
  withFunction,
  withInput,
} from "../functions.ts";
import { exitText } from "../job-files.ts";
import { isolationOption, withDefault } from "../options.ts";
import type { Output } from "../output.ts";
import { inSource } from "../places.ts";
import { type LocalRun, runLocally } from "../sandbox.ts";
import type { Session } from "../session.ts";
import { refOf, wholeOption } from "../values.ts";
import { onStop } from "../wait.ts";

const decoder = new TextDecoder();

interface Options extends FunctionOptions, InputOptions, ContextOptions {
  readonly fuel?: bigint;
  readonly receipt?: string;
  readonly key: string;
  readonly isolation?: Grade;
  readonly trace?: boolean;
}

/** Adds the command. */
export function define(command: Command, session: Session): void {
  withContextOptions(withInput(withFunction(command, "the engine that runs containers")))
    .addOption(withDefault("--fuel <units>", "fuel limit", wholeOption, String(DEFAULT_LIMITS.fuel)))
    .option("--receipt <file>", "write a local receipt, signed by a key of yours")
    .option("--key <name>", "key that signs the receipt; the default one is made when it is not there", DEFAULT_KEY)
    .addOption(isolationOption("refuse to run where this machine isolates the guest by less"))
    .option("--trace", "show every host call on stderr")
    .addHelpText(
      "after",
      "\nWith --json, output and logs are base64.\n\nExamples:\n  lockstep run guest-examples/assemblyscript-csv --input guest-examples/assemblyscript-csv/sales.csv\n  lockstep run add.wasm --entry add --input-json '[2, 3]'",
    )
    .action(async (path: string | undefined, options: Options) => run(session, path, options));
}

async function run(session: Session, path: string | undefined, options: Options): Promise<void> {
  onStop(session);
  const { output } = session;
  const input = await readInput(session, options);
  const callable = await callableNamed(session, path, options);
  const { abi, profile, module, sre } = callable.manifest;
  const code = { sre, abi, profile, entry: callable.entry, module } as const;
  const limits = { ...DEFAULT_LIMITS, fuel: options.fuel as Fuel };
  const context = readContext(session, options, callable.carried);
  const request = { input: refOf(session.crypto, input), limits, context: context.request };
  const trace = options.trace ? (line: string) => output.note(line) : undefined;
  const bytes = { module: callable.module, parts: callable.parts, input, files: context.files };
  const manner = { trace, isolation: options.isolation, engine: options };
  const ran = await runLocally(session, code, request, bytes, manner);
  if (options.receipt !== undefined) writeReceipt(session, ran, options.receipt, options.key);
  tell(output, ran, callable.places, options.receipt);
  session.status = ran.outcome.answer.exit.kind === "ok" ? 0 : 1;
}

function writeReceipt(session: Session, ran: LocalRun, path: string, key: string): void {
  const signer = keyFor(session, key);
  // A verification on this machine takes its own key's word; elsewhere the receipt is one stranger's claim.
  const own = { role: "provider", key: keyId(signer.publicKey), note: `this installation's own key "${key}"` } as const;
  addTrust(session.home, session.crypto, own);
  const { envelope } = sealReceipt(
    session.crypto,
    signer,
    { call: ran.call, answer: ran.outcome.answer },
    {
      engine: { ...ran.surroundings.engine },
      host: { name: SOFTWARE_NAME, version: SOFTWARE_VERSION },
      isolation: [...ran.surroundings.isolation],
      started: blockTime(BigInt(ran.started)),
      elapsedUs: ran.elapsedUs,
      ...(ran.outcome.usage === undefined ? {} : { usage: ran.outcome.usage }),
    },
  );
  writeWhole(path, buildReceiptFile(envelope, null), 0o644);
}

function tell(
  output: Output,
  { outcome, elapsedUs }: LocalRun,
  places: Places | null,
  receipt: string | undefined,
): void {
  const { answer } = outcome;
  if (outcome.logs.length > 0)
    output.note(places === null ? outcome.logs : Buffer.from(inSource(decoder.decode(outcome.logs), places)));
  const why = outcome.note === "" ? "" : ` (${inSource(outcome.note, places)})`;
  output.note(
    `${exitText(answer)}${why}, ${Number(elapsedUs / 100n) / 10} ms${receipt === undefined ? "" : `, local receipt in ${receipt}`}`,
  );
  if (!output.json) return void output.stdout.write(outcome.output);
  const document: Json = {
    exit: answer.exit,
    fuel: String(answer.fuel),
    output: Buffer.from(outcome.output).toString("base64"),
    logs: Buffer.from(outcome.logs).toString("base64"),
    receipt: receipt ?? null,
  };
  output.result("", document);
}
