// `job`: where a job stands; or takes it back.
import type { Command } from "commander";
import { type Digest, encodeDocument, isoTime, type JobRecord, jobRecord } from "../../../chain/protocol/index.ts";
import { credits } from "../../credits.ts";
import { DEFAULT_KEY, walletFor } from "../accounts.ts";
import type { Session } from "../session.ts";
import { idOption } from "../values.ts";

interface Options {
  readonly cancel?: boolean;
  readonly key: string;
  readonly url?: string;
}

/** Adds the command. */
export function define(command: Command, session: Session): void {
  command
    .argument("<id>", "a job's id", idOption)
    .option("--cancel", "take the job back, possible until a provider has accepted it")
    .option("--key <name>", "key that ordered it", DEFAULT_KEY)
    .option("--url <address>", "the node, by default LOCKSTEP_URL or this machine's")
    .addHelpText("after", "\nExample:\n  lockstep job 5f1c…")
    .action(async (id: Digest, options: Options) => {
      const { output } = session;
      const client = await session.client(options.url);
      if (options.cancel) await (await walletFor(session, client, options.key)).submit("cancel", { job: id });
      const { record } = await client.job(id);
      output.result(jobLines(id, record).join("\n"), { job: id, record: encodeDocument(jobRecord, record) });
    });
}

function jobLines(id: string, { accepted, assignment, attempt, ceiling, deadline, status }: JobRecord): string[] {
  const lines = [
    `job       ${id}`,
    `status    ${status}`,
    `attempt   ${attempt}`,
    `ceiling   ${credits(ceiling)} credits`,
  ];
  if (accepted === null) lines.push(`deadline  ${isoTime(deadline)}`);
  if (assignment !== null) lines.push(`provider  ${assignment.provider}`);
  if (accepted === null) return lines;
  const { provider, owner } = accepted.pay;
  lines.push(
    `accepted  ${isoTime(accepted.time)}, final ${status === "final" ? "since" : "from"} ${isoTime(accepted.finalAt)}`,
  );
  lines.push(`paid      ${credits(provider)} credits to the provider, ${credits(owner)} to the function's owner`);
  return [...lines, `receipt   ${accepted.receipt}`];
}
