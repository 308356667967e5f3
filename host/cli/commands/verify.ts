// `verify`: what a receipt proves, offline.
import type { Command } from "commander";
import type { ReceiptContent, Report, TrustedKey, Verdict } from "../../../chain/light/index.ts";
import type { Grade, Json } from "../../../chain/protocol/index.ts";
import { assuranceOf, DOCUMENT_LIMITS } from "../../../chain/protocol/index.ts";
import { HOST_LIMITS, ownTrust, readBounded, readTrust } from "../../node/data.ts";
import { type ContextOptions, readContext, withContextOptions } from "../context.ts";
import { extractReceipt } from "../extract.ts";
import { isolationOption } from "../options.ts";
import { type Output, shown } from "../output.ts";
import type { Session } from "../session.ts";
import { reportLines, verify } from "../verifying.ts";
import { onStop } from "../wait.ts";

interface Options extends ContextOptions {
  readonly module?: string;
  readonly input?: string;
  readonly output?: string;
  readonly trust?: string[];
  readonly requireLedger?: boolean;
  readonly requireFinal?: boolean;
  readonly requireOk?: boolean;
  readonly isolation?: Grade;
  readonly reexecute?: boolean;
  readonly extract?: string;
}

const STATUS: Readonly<Record<Verdict, number>> = { ACCEPT: 0, REJECT: 1, MALFORMED: 2, UNVERIFIABLE: 3 };

/** Adds the command. */
export function define(command: Command, session: Session): void {
  withContextOptions(command)
    .argument("<receipt>", "a receipt file")
    .option("--module <file>", "the module that you expect")
    .option("--input <file>", "the input that you expect")
    .option("--output <file>", "the output that you were given")
    .option("--trust <file>", "keys to trust; may be repeated; by default the data directory's", collect)
    .option("--require-ledger", "refuse local receipts")
    .option("--require-final", "only a receipt whose challenge window is over will do")
    .option("--require-ok", "exit with 1 where the guest did not end well, whatever holds of its receipt")
    .addOption(isolationOption("refuse a receipt whose guest was isolated by less, as its provider says"))
    .option(
      "--reexecute",
      "run it again in a sandbox and compare; needs --module and --input, and the context where it has one",
    )
    .option("--extract <folder>", "also write the parts that other people's tools check")
    .addHelpText("after", "\nExample:\n  lockstep verify receipt.json --module module.wasm --input input --reexecute")
    .action(async (path: string, options: Options) => {
      const { output } = session;
      onStop(session);
      const read = (file: string | undefined) =>
        file === undefined ? undefined : readBounded(file, HOST_LIMITS.blobBytes);
      const { requireLedger = false, requireFinal = false, reexecute = false } = options;
      const receipt = readBounded(path, DOCUMENT_LIMITS.receiptBytes);
      const report = await verify(session, {
        receipt,
        trust: trustFor(session, options.trust ?? [], output),
        module: read(options.module),
        input: read(options.input),
        output: read(options.output),
        context: readContext(session, options),
        ...{ requireLedger, requireFinal, reexecute, isolation: options.isolation },
      });
      if (options.extract !== undefined && report.receipt !== null) {
        const names = extractReceipt(session.home, receipt, options.extract);
        output.note(`wrote ${names.join(", ")} to ${shown(options.extract)}`);
      }
      output.result(reportLines(report).join("\n"), reportDocument(report));
      session.status = STATUS[report.verdict];
      const exit = report.receipt?.statement.predicate.result.answer.exit.kind;
      if (options.requireOk && session.status === 0 && exit !== "ok") {
        output.note(`the receipt holds, but it says that the guest did not end well: exit ${exit}`);
        session.status = 1;
      }
    });
}

const collect = (file: string, before: string[] = []): string[] => [...before, file];

function trustFor({ home }: Session, files: readonly string[], output: Output): TrustedKey[] {
  if (files.length > 0) return files.flatMap(readTrust);
  const keys = ownTrust(home);
  output.note(
    keys.length === 0
      ? `no keys trusted: ${home.trust} is not there, name others with --trust`
      : `keys trusted by ${home.trust}`,
  );
  return keys;
}

function reportDocument({ verdict, checks, receipt }: Report): Json {
  return {
    verdict,
    checks: checks.map((check) => ({ ...check })),
    receipt: receipt === null ? null : receipt.id,
    says: receipt === null ? null : saysDocument(receipt),
  };
}

/** What the receipt says, whether or not it is true. */
function saysDocument({ statement }: ReceiptContent): Json {
  const { call, answer } = statement.predicate.result;
  const { abi, entry, module, profile, sre } = call;
  const assurance = assuranceOf(sre);
  return { sre, abi, profile, module, entry, assurance, exit: { ...answer.exit }, fuel: String(answer.fuel) };
}
