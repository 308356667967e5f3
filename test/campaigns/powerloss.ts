// Power cuts: a writer's every write and sync is recorded, a cut is chosen, what was not synced is lost, kept or torn,
// and the ledger is opened from what is left. With synchronous=FULL nothing acknowledged may be missing. With NORMAL
// it must be: a method that does not see that loss could not see any.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ErrorCode, LockstepError } from "../../chain/protocol/index.ts";
import { ended, startWriter } from "../crash/child.ts";
import { afterPowerCut, buildShim, type Operation, readOperations } from "../crash/disk.ts";
import { type Judgement, judge, readAcks } from "../crash/judge.ts";
import { random } from "../support/state-tree.ts";

export const name = "power cuts under a writing ledger";
export const whole = 300;

/** Transactions that the recorded writer sends. */
const TRANSACTIONS = 150;
const LEDGER = "ledger.db";
const ACKS = "acks";

/** Runs a writer to its end and returns everything that it did to the disk. */
export async function record(folder: string, shim: string, synchronous: "FULL" | "NORMAL"): Promise<Operation[]> {
  const live = join(folder, `live-${synchronous}`);
  mkdirSync(live);
  const log = join(folder, `log-${synchronous}`);
  const writer = startWriter({
    file: join(live, LEDGER),
    acks: join(live, ACKS),
    synchronous,
    transactions: TRANSACTIONS,
    env: { LD_PRELOAD: shim, SHIM_DIR: live, SHIM_LOG: log },
  });
  if ((await ended(writer)) !== 0) throw new Error("the recorded writer did not end well");
  return readOperations(log);
}

/** Opens what a cut left. A file that was never whole has acknowledged nothing, and is refused as cut off. */
function judgeCut(folder: string, said: string): Judgement {
  const acks = readAcks(said);
  try {
    return judge(join(folder, LEDGER), acks);
  } catch (error) {
    const code: ErrorCode | null = error instanceof LockstepError ? error.code : null;
    if (code === "STORAGE_CORRUPT" && !said.includes("ready")) return { lost: 0, transactions: 0, wrong: [] };
    return { lost: 0, transactions: 0, wrong: [String(error)] };
  }
}

/** What the ledger did: acknowledgements are the world's, they have left the machine. */
const onDisk = (operations: readonly Operation[]) => operations.filter(({ name: file }) => file !== ACKS);

/** Cuts the power `count` times at seeded moments of one record; how many cuts lost something acknowledged. */
export function cutOften(folder: string, operations: readonly Operation[], count: number, seed: number): number {
  const next = random(seed);
  let losses = 0;
  for (let done = 0; done < count; done++) {
    const at = 1 + next(operations.length);
    const survive = [0, next(100), 90][done % 3]!;
    const left = join(folder, "left");
    afterPowerCut(onDisk(operations.slice(0, at)), { survive, random: next }, left);
    const said = operations
      .slice(0, at)
      .filter(({ kind, name: file }) => kind === "A" && file === ACKS)
      .map(({ data }) => new TextDecoder().decode(data))
      .join("");
    const { lost, wrong } = judgeCut(left, said);
    if (wrong.length > 0) throw new Error(`cut ${done} (seed ${seed}) at ${at}: ${wrong.join("; ")}`);
    losses += Number(lost > 0);
  }
  return losses;
}

/** See `Campaign`. */
export async function run(plan: { seed: number; count: number; log: (line: string) => void }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-power-"));
  try {
    const shim = buildShim(folder);
    const full = cutOften(folder, await record(folder, shim, "FULL"), plan.count, plan.seed);
    const normal = cutOften(folder, await record(folder, shim, "NORMAL"), plan.count, plan.seed);
    plan.log(
      `seed ${plan.seed}: ${plan.count} power cuts each: ${full} lost something under FULL, ${normal} under NORMAL`,
    );
    if (full > 0) throw new Error(`${full} of ${plan.count} power cuts lost acknowledged transactions`);
    if (normal === 0) throw new Error("the method sees no loss where there must be some: it proves nothing");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
