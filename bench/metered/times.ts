// Times each operation in one engine configuration: `node [V8 flags] bench/metered/times.ts PLAN`, PLAN as JSON; prints
// one Timing as JSON a line.
import { wat } from "../../test/sre/support/wat.ts";
import { median } from "../cpu.ts";
import { threadClock } from "./clock.ts";
import { type Guest, meteredGuest, rawGuest } from "./guest.ts";
import { moduleText, OPERATIONS, type Operation } from "./operations.ts";
import { ours } from "./rewriter.ts";

/** What to time. */
export interface TimingPlan {
  /** Parts of operations' names; empty for all. */
  readonly only: readonly string[];
  readonly small: boolean;
}

/** An operation's time. */
export interface Timing {
  readonly name: string;
  readonly price: string;
  /** Nanoseconds per step, raw. */
  readonly ns: number;
  /** Fuel per step, as metered; 0 when our rewriter refuses the module. */
  readonly fuel: number;
  /** Nanoseconds per step, metered. */
  readonly meteredNs: number;
}

/** The modules neither import nor export a memory. */
const NO_MEMORY = {};

function time(operation: Operation, small: boolean): Timing {
  const clock = threadClock();
  const { name, price, unrolled = 16 } = operation;
  const turns = small ? 2 : (operation.turns ?? 50_000);
  const rounds = small ? 2 : 5;
  const source = wat(moduleText(operation));
  const nsOf = (guest: Guest) => {
    guest.call("run", turns);
    const times = Array.from({ length: rounds }, () => {
      const begin = clock();
      guest.call("run", turns);
      return (clock() - begin) / (turns * unrolled);
    });
    return median(times);
  };
  const raw = rawGuest(source, NO_MEMORY);
  raw.call("prepare");
  const ns = nsOf(raw);
  try {
    const metered = meteredGuest(source, ours.rewrite(source), NO_MEMORY);
    metered.call("prepare");
    const before = metered.used();
    metered.call("run", turns);
    const fuel = Number(metered.used() - before) / (turns * unrolled);
    return { name, price, ns, fuel, meteredNs: nsOf(metered) };
  } catch {
    return { name, price, ns, fuel: 0, meteredNs: 0 };
  }
}

if (import.meta.main) {
  const plan = JSON.parse(process.argv[2]!) as TimingPlan;
  // Small runs stand beside other tests: they leave the large memories alone.
  for (const operation of OPERATIONS.filter(({ pages = 0 }) => !plan.small || pages <= 1024))
    if (plan.only.length === 0 || plan.only.some((part) => operation.name.includes(part)))
      console.log(JSON.stringify(time(operation, plan.small)));
}
