// kill -9 at random moments: at work, while starting, while taking up a killed one's file. After each: everything
// acknowledged is there, the log has no gap and leads to its state roots again, the file is sound.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../../chain/protocol/index.ts";
import { ended, startWriter } from "../crash/child.ts";
import { integrity, judge, readAcks } from "../crash/judge.ts";
import { random } from "../support/state-tree.ts";

export const name = "kill -9 of a writing ledger";
export const whole = 500;

/** Kills on one file before a new one is begun: replaying a longer log takes longer and shows nothing more. */
const KILLS_PER_FILE = 6;
/** Milliseconds after the first acknowledgement, and after the start, within which a kill falls. */
const AT_WORK = 300;
const AT_START = 900;
/** Length of the line that says the writer has opened its file; what is longer has acknowledgements. */
const READY = "ready\n".length;

/** Runs a writer and kills it: within `ms` after it begins to work, or after its start. What it acknowledged. */
async function kill(file: string, ms: number, atStart: boolean): Promise<Map<Digest, number>> {
  const child = startWriter({ file, acks: "-", transactions: 0 });
  const end = ended(child);
  let said = "";
  const arm = () => setTimeout(() => child.kill("SIGKILL"), ms);
  if (atStart) arm();
  child.stdout!.on("data", (chunk: Buffer) => {
    const worked = said.length > READY;
    said += chunk.toString();
    if (!atStart && !worked && said.length > READY) arm();
  });
  const status = await end;
  if (status !== null) throw new Error(`the writer ended by itself with status ${status}: ${said.slice(-200)}`);
  if (said.includes("failed")) throw new Error(`the writer failed before it was killed: ${said.slice(-200)}`);
  return readAcks(said);
}

/** See `Campaign`. */
export async function run(plan: { seed: number; count: number; log: (line: string) => void }): Promise<void> {
  const next = random(plan.seed);
  let [acknowledged, unheard] = [0, 0];
  for (let done = 0; done < plan.count; ) {
    const folder = mkdtempSync(join(tmpdir(), "lockstep-kill-"));
    const file = join(folder, "ledger.db");
    const acks = new Map<Digest, number>();
    for (let round = 0; round < KILLS_PER_FILE && done < plan.count; round++, done++) {
      const atStart = next(4) === 0;
      for (const [id, index] of await kill(file, next(atStart ? AT_START : AT_WORK), atStart)) acks.set(id, index);
      const { lost, transactions, wrong } = judge(file, acks);
      const sound = integrity(file);
      if (lost > 0 || wrong.length > 0 || sound !== "ok") {
        throw new Error(`kill ${done} (seed ${plan.seed}): ${lost} acknowledged lost; ${[...wrong, sound].join("; ")}`);
      }
      unheard += Number(transactions > acks.size);
    }
    acknowledged += acks.size;
    rmSync(folder, { recursive: true });
  }
  plan.log(
    `seed ${plan.seed}: ${plan.count} kills, ${acknowledged} acknowledged transactions, none lost; ` +
      `${unheard} kills fell between commit and acknowledgement`,
  );
}
