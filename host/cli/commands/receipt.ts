// `receipt`: fetches an answered job's receipt, with proofs as of now, and its files.
import type { Command } from "commander";
import { type Digest, LockstepError } from "../../../chain/protocol/index.ts";
import { ANSWERED } from "../../client/index.ts";
import { writeWhole } from "../../node/data.ts";
import { keepJob } from "../job-files.ts";
import type { Session } from "../session.ts";
import { idOption } from "../values.ts";
import { filesText } from "./submit.ts";

interface Options {
  readonly output?: string;
  readonly out?: string;
  readonly url?: string;
}

/** Adds the command. */
export function define(command: Command, session: Session): void {
  command
    .argument("<id>", "a job's id", idOption)
    .option("-o, --output <file>", "write the receipt alone, to this file")
    .option("--out <folder>", "keep receipt, checkpoint, module, input, output and logs in this folder")
    .option("--url <address>", "the node, by default LOCKSTEP_URL or this machine's")
    .addHelpText("after", "\nExample:\n  lockstep receipt 5f1c… -o receipt.json")
    .action(async (id: Digest, options: Options) => {
      const { output } = session;
      const client = await session.client(options.url);
      const job = await client.job(id);
      const { status } = job.record;
      if (!ANSWERED.includes(status)) {
        throw new LockstepError("NOT_FOUND", `job ${id} has no receipt: it is ${status}`, { status });
      }
      if (options.output !== undefined) {
        writeWhole(options.output, await client.receipt(job.id), 0o644);
        return output.result(`receipt     ${options.output}`, { job: id, status, files: { receipt: options.output } });
      }
      const files = await keepJob(client, session.home, job, options.out ?? session.home.job(job.id));
      output.result(filesText(job, files), { job: id, status, exit: files.answer.exit, files: { ...files.paths } });
    });
}
