// Faults by counting: the n-th write to the disk fails for want of room, or the n-th sync with an error, for rising n
// until a run has no n-th one. A full disk must cost an answer and nothing else; after a failed sync the ledger must stop
// rather than guess; in both cases everything acknowledged is there at the next start.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended, startWriter } from "../crash/child.ts";
import { buildShim } from "../crash/disk.ts";
import { integrity, judge, readAcks } from "../crash/judge.ts";

export const name = "the n-th write or sync fails";
/** Operations of the kind with more writes, stepped through one by one; above what a run makes, so that each is met. */
export const whole = 400;

const TRANSACTIONS = 12;
type Fault = "write" | "sync";

/** What one run with a failing operation came to. */
interface Run {
  /** Whether the fault happened: false once the run has fewer operations than that. */
  readonly met: boolean;
  readonly acknowledged: number;
}

/** Runs a writer whose n-th operation fails and holds what it leaves against what it acknowledged. */
async function runWithFault(folder: string, shim: string, fault: Fault, nth: number): Promise<Run> {
  const live = join(folder, `${fault}-${nth}`);
  mkdirSync(live);
  const acksFile = join(folder, `acks-${fault}-${nth}`);
  const env = { LD_PRELOAD: shim, SHIM_DIR: live, SHIM_FAIL_AT: String(nth), SHIM_FAIL_KIND: fault };
  const file = join(live, "ledger.db");
  const writer = startWriter({ file, acks: acksFile, transactions: TRANSACTIONS, env });
  const status = await ended(writer);
  const said = readFileSync(acksFile, { encoding: "utf8", flag: "a+" });
  const fail = (what: string): never => {
    throw new Error(`${fault} ${nth}: ${what}; the writer ended with ${status} and said ${JSON.stringify(said)}`);
  };
  const acks = readAcks(said);
  if (acks.size > 0 || said.includes("ready")) {
    const { lost, wrong } = judge(file, acks);
    const sound = integrity(file);
    if (lost > 0 || wrong.length > 0 || sound !== "ok") fail(`${lost} lost; ${[...wrong, sound].join("; ")}`);
  }
  const codes = new Set([...said.matchAll(/failed (\S+)/g)].map(([, code]) => code));
  if (fault === "write" && said.includes("ready") && acks.size < TRANSACTIONS) fail("room came back and work did not");
  for (const code of codes) {
    const allowed = fault === "write" ? ["STORAGE_FULL", "WRONG_NONCE"] : ["FAULT"];
    if (!allowed.includes(code!)) fail(`a submission failed with ${code}`);
  }
  rmSync(live, { recursive: true });
  return { met: codes.size > 0 || status !== 0, acknowledged: acks.size };
}

/** Lets every `step`-th operation fail, one run each, until runs are long past their last one. */
async function count(folder: string, shim: string, fault: Fault, step: number): Promise<{ runs: number; met: number }> {
  let [runs, met, quiet] = [0, 0, 0];
  for (let nth = 1; quiet < 3; nth += step) {
    const run = await runWithFault(folder, shim, fault, nth);
    runs++;
    met += Number(run.met);
    quiet = run.met ? 0 : quiet + 1;
  }
  return { runs, met };
}

/** See `Campaign`; `count` says how finely the operations are stepped through, `whole` being one by one. */
export async function run(plan: { seed: number; count: number; log: (line: string) => void }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-faults-"));
  try {
    const shim = buildShim(folder);
    const step = Math.max(1, Math.round(whole / plan.count));
    for (const fault of ["write", "sync"] as const) {
      // A run has about a tenth as many syncs as writes.
      const { runs, met } = await count(folder, shim, fault, fault === "sync" ? Math.ceil(step / 10) : step);
      if (met === 0) throw new Error(`no ${fault} failed: the method proves nothing`);
      plan.log(`${fault}s: ${runs} runs, ${met} met their fault, nothing acknowledged was lost`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
