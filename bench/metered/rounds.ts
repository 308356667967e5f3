// One engine configuration's measurement, in a process of its own because V8 takes its tiers from the command line:
// `node [V8 flags] bench/metered/rounds.ts PLAN`, PLAN as JSON; prints one Result as JSON a line.
// All variants of a workload live in this one process and take turns in shuffled order, so that a slow moment of the
// machine meets them alike. Times are the thread's processor time.
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { threadClock } from "./clock.ts";
import { type Guest, meteredGuest, rawGuest } from "./guest.ts";
import { ours, type Rewriter } from "./rewriter.ts";
import { SCRIPTS } from "./scripts.ts";
import type { Workload } from "./workload.ts";
import { applications, OWN } from "./workloads.ts";

/** What to measure. */
export interface Plan {
  /** Names of workloads; empty for all but the scripts. */
  readonly only: readonly string[];
  /** Files of rewriters besides ours. */
  readonly rewriters: readonly string[];
  readonly rounds: number;
  /** Seed of the shuffling. */
  readonly seed: number;
  /** Small sizes, that only prove that it works. */
  readonly small: boolean;
}

/** Milliseconds of each round by variant: `raw`, `control` (the raw module compiled again) and each rewriter. */
export interface Result {
  readonly workload: string;
  readonly times: Readonly<Record<string, readonly number[]>>;
  /** Bytes by variant, and fuel of one round of the full size by our count. */
  readonly bytes: Readonly<Record<string, number>>;
  readonly fuel: number;
  /** Why a variant is missing. */
  readonly missing: Readonly<Record<string, string>>;
}

interface Variant {
  readonly name: string;
  readonly guest: Guest;
  readonly run: (size: number) => number;
  readonly bytes: number;
}

/** Milliseconds that each variant runs before its rounds: V8 moves to its optimising compiler meanwhile. */
const WARM_MS = 250;
const WARM_RUNS = 5;

/** A custom section in front makes other bytes, hence another compilation in V8, of the same program. */
function again(source: Uint8Array): Uint8Array {
  const marked = new Uint8Array(source.length + 4);
  marked.set(source.subarray(0, 8));
  marked.set([0, 2, 1, 0x78], 8);
  marked.set(source.subarray(8), 12);
  return marked;
}

function variantsOf(workload: Workload, rewriters: readonly Rewriter[], missing: Record<string, string>): Variant[] {
  const source = workload.source();
  const makers: [name: string, make: () => [Guest, number]][] = [
    ["raw", () => [rawGuest(source, workload.memory), source.length]],
    ["control", () => [rawGuest(again(source), workload.memory), source.length]],
    ...rewriters.map((rewriter): [string, () => [Guest, number]] => [
      rewriter.name,
      () => {
        const metered = rewriter.rewrite(source);
        return [meteredGuest(source, metered, workload.memory), metered.bytes.length];
      },
    ]),
  ];
  const variants: Variant[] = [];
  for (const [name, make] of makers) {
    try {
      const [guest, bytes] = make();
      const run = workload.prepare(guest);
      const [size, answer] = workload.small;
      const got = run(size);
      if (got !== answer) throw new Error(`answers ${got} instead of ${answer}`);
      variants.push({ name, guest, run, bytes });
    } catch (error) {
      if (name === "raw" || name === "control")
        throw new Error(`${workload.name}, ${name}: ${error}`, { cause: error });
      missing[name] = error instanceof Error ? error.message : String(error);
    }
  }
  return variants;
}

async function measure(workload: Workload, rewriters: readonly Rewriter[], plan: Plan): Promise<Result> {
  const clock = threadClock();
  const missing: Record<string, string> = {};
  const variants = variantsOf(workload, rewriters, missing);
  const size = plan.small ? workload.small[0] : workload.size;
  const answer = variants[0]!.run(size);
  const timed = ({ name, run }: Variant) => {
    const begin = clock();
    const got = run(size);
    const ms = (clock() - begin) / 1e6;
    if (got !== answer) throw new Error(`${workload.name}: ${name} answers ${got}, raw ${answer}`);
    return ms;
  };
  for (const variant of variants)
    for (let runs = 0, spent = 0; !plan.small && (runs < WARM_RUNS || spent < WARM_MS); runs++) spent += timed(variant);
  // Compilers in other threads end what they have begun.
  await sleep(plan.small ? 0 : 100);
  const times: Record<string, number[]> = Object.fromEntries(variants.map(({ name }) => [name, []]));
  let random = plan.seed;
  for (let round = 0; round < plan.rounds; round++) {
    const order = [...variants];
    for (let i = order.length - 1; i > 0; i--) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      const j = Math.floor((random / 2 ** 32) * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    for (const variant of order) times[variant.name]!.push(timed(variant));
  }
  const mine = variants.find(({ name }) => name === ours.name)?.guest;
  const before = mine?.used() ?? 0n;
  if (mine !== undefined) timed(variants.find(({ name }) => name === ours.name)!);
  const fuel = Number((mine?.used() ?? 0n) - before);
  return {
    workload: workload.name,
    times,
    bytes: Object.fromEntries(variants.map((v) => [v.name, v.bytes])),
    fuel,
    missing,
  };
}

if (import.meta.main) {
  const plan = JSON.parse(process.argv[2]!) as Plan;
  const others = plan.rewriters.map(async (file) => (await import(pathToFileURL(file).href)) as { rewriter: Rewriter });
  const rewriters = [ours, ...(await Promise.all(others)).map(({ rewriter }) => rewriter)];
  const usual = [...OWN, ...applications()];
  for (const workload of plan.only.length === 0 ? usual : [...usual, ...SCRIPTS])
    if (plan.only.length === 0 || plan.only.includes(workload.name))
      console.log(JSON.stringify(await measure(workload, rewriters, plan)));
}
