// One case of the differential campaign: a module of a seed, its three twins, a row of calls, and every way in which
// they must agree. It throws at the first difference, with what is needed to see it again.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FEATURES, type RewriteResult } from "../../../sre/wasm/rewrite/index.ts";
import { readModule } from "../../../sre/wasm/rewrite/module/index.ts";
import { random } from "../../support/state-tree.ts";
import { instrument } from "../oracle/instrument.ts";
import { sizesOf } from "../oracle/sizes.ts";
import type { Crossing } from "./host.ts";
import { drawModule } from "./module.ts";
import { floatBits, integer } from "./operations.ts";
import { chance, type Next, type Options, pick } from "./plan.ts";
import { type Allowance, type End, type Entry, OracleTwin, RawTwin, RewrittenTwin, type Subject } from "./twins.ts";

/** What the cases came to, by kind of end and of comparison. */
export class Tally {
  readonly counts: Record<string, number> = {};

  add(what: string, amount = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + amount;
  }

  of(what: string): number {
    return this.counts[what] ?? 0;
  }
}

const CALLS = 16;
const FUEL = 50_000n;
const PAGES = 64;

/** The rewriter under test. */
export type Rewriter = (source: Uint8Array) => RewriteResult;

/** Runs the case of a seed: a module of our own generator. */
export function runCase(seed: number, options: Options, rewrite: Rewriter, tally: Tally): void {
  compare(drawModule(seed, options), `case ${seed} ${JSON.stringify(options)}`, seed, rewrite, tally);
}

/** Compares the twins of a module over calls drawn from a seed. */
export function compare(subject: Subject, what: string, seed: number, rewrite: Rewriter, tally: Tally): void {
  try {
    new Case(subject, random(seed ^ 0x5bd1e995), rewrite, tally).run();
  } catch (error) {
    const hex = Buffer.from(subject.bytes).toString("hex");
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`${what}: ${text}\nmodule ${hex}`, { cause: error });
  }
}

interface Call {
  readonly entry: Entry;
  readonly args: readonly Crossing[];
}

interface Trio {
  readonly oracle: OracleTwin;
  readonly rewritten: RewrittenTwin;
  readonly raw: RawTwin | null;
}

/** What `make` makes, or null when it traps. */
function trapped<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return null;
    throw error;
  }
}

/** What the rewriter counts of a module for its caps. */
function measured(bytes: Uint8Array) {
  const { tape, size, listed } = readModule(bytes, new Set(FEATURES));
  const bodies = tape.bodies.map((body) => body.size);
  return { size, bodies, places: tape.length, listed, states: tape.bodies.reduce((sum, body) => sum + body.states, 0) };
}

class Case {
  private readonly drawn: Subject;
  private readonly next: Next;
  private readonly tally: Tally;
  private readonly raw: WebAssembly.Module;
  private readonly oracle: WebAssembly.Module;
  private readonly rewritten: WebAssembly.Module;
  private readonly hasStart: boolean;
  /** False where a raw guest could catch JavaScript's complaint about a vector. */
  private readonly crosses: boolean;

  constructor(drawn: Subject, next: Next, rewrite: Rewriter, tally: Tally) {
    this.drawn = drawn;
    this.next = next;
    this.tally = tally;
    this.raw = new WebAssembly.Module(drawn.bytes);
    const { bytes, module, known } = instrument(drawn.bytes);
    this.oracle = new WebAssembly.Module(bytes);
    this.hasStart = module.start !== null;
    const vectors = module.imports.some(({ type }) =>
      /v/.test(module.types[type]!.params + module.types[type]!.results),
    );
    this.crosses = !vectors || module.tags.length === 0;
    const result = rewrite(drawn.bytes);
    if (result.kind === "refused") throw new Error(`refused: ${result.refusal.message}`);
    this.rewritten = new WebAssembly.Module(result.module.bytes);
    const { instance, ...counted } = sizesOf(module, known);
    strictEqual(result.module.instanceCost, instance, "the price of the instance");
    deepStrictEqual(measured(drawn.bytes), counted, "what the caps count");
  }

  run(): void {
    const stack = chance(this.next, 80) ? 262_144 : 200 + this.next(4000);
    const allowance = { fuel: FUEL, stack, pages: PAGES };
    const calls = Array.from({ length: CALLS }, () => this.drawCall());
    const whole = this.freely(calls, allowance);
    this.tally.add("modules");
    this.toTheUnit(calls.slice(0, whole.length), whole, allowance);
  }

  private drawCall(): Call {
    const { entries } = this.drawn;
    const raw = entries.filter(({ params, results }) => !`${params}${results}`.includes("v"));
    const entry = pick(this.next, raw.length > 0 && chance(this.next, 80) ? raw : entries);
    const letters = entry.params.replaceAll("v", "ll");
    const args = [...letters].map((type): Crossing => {
      if (type === "i") return Number(integer(this.next, 32));
      if (type === "l") return integer(this.next, 64);
      if (type === "c" || type === "e") return null as unknown as Crossing;
      return type === "f"
        ? Number(BigInt.asIntN(32, floatBits(this.next, 32)))
        : BigInt.asIntN(64, floatBits(this.next, 64));
    });
    return { entry, args };
  }

  /** The twins anew, their start functions run; null where the module traps as it is instantiated, in all of them. */
  private trio(allowance: Allowance): Trio | null {
    const rewritten = trapped(() => new RewrittenTwin(this.drawn, this.rewritten, allowance));
    const oracle = trapped(() => new OracleTwin(this.drawn, this.oracle, allowance));
    strictEqual(rewritten === null, oracle === null, "instantiation");
    if (rewritten === null || oracle === null) return null;
    // A raw module runs its start function as it is instantiated, in another order.
    const raw = this.hasStart || !this.crosses ? null : new RawTwin(this.drawn, this.raw);
    if (this.hasStart) this.agree("start", oracle.start(), rewritten.start(), oracle, rewritten);
    return { oracle, rewritten, raw };
  }

  /** Calls with fuel anew for each; gives the fuel of those at the beginning that ended well. */
  private freely(calls: readonly Call[], allowance: Allowance): bigint[] {
    const whole: bigint[] = [];
    let trio = this.trio(allowance);
    let good = !this.hasStart;
    for (const { entry, args } of calls) {
      if (trio === null) return whole;
      const { oracle, rewritten, raw } = trio;
      oracle.allow(allowance);
      rewritten.allow(allowance);
      const end = oracle.call(entry, args);
      if (end.kind === "overflow") return whole;
      this.agree(`${entry.name}(${args.join(", ")})`, end, rewritten.call(entry, args), oracle, rewritten);
      if (end.kind === "ok") {
        strictEqual(oracle.naive, end.used, `${entry.name}: the rules' count against the naive one`);
      }
      good &&= end.kind === "ok";
      if (good) whole.push(end.used);
      if (raw === null || this.asDrawn(raw, { entry, args }, end, oracle)) continue;
      // The raw twin could not follow: all begin anew.
      trio = this.trio(allowance);
      good = false;
    }
    return whole;
  }

  /** Calls the raw module too and compares; false where it can't be: it has no limits, and its NaNs are not ours. */
  private asDrawn(raw: RawTwin, { entry, args }: Call, end: End, oracle: OracleTwin): boolean {
    if (end.kind !== "ok" && end.kind !== "trap") return false;
    if (!oracle.plain || `${entry.params}${entry.results}`.includes("v")) return false;
    // A NaN's bits don't pass through JavaScript.
    if (args.some((value, at) => isNan(entry.params[at]!, value))) return false;
    const own = raw.call(entry, args);
    if (own.kind === "overflow" || own.kind === "uncrossable") return false;
    strictEqual(own.kind, end.kind, `${entry.name}: the module as drawn ends otherwise`);
    deepStrictEqual(
      own.results,
      quiet(entry.results, end.results),
      `${entry.name}: the module as drawn answers otherwise`,
    );
    this.sameState("as drawn", oracle, raw);
    this.tally.add("calls compared with the module as drawn");
    return true;
  }

  private agree(what: string, end: End, other: End, oracle: OracleTwin, rewritten: RewrittenTwin): void {
    deepStrictEqual(other, end, `${what}: rewritten against the oracle`);
    this.sameState(what, oracle, rewritten);
    this.tally.add("calls");
    this.tally.add(end.kind);
    if (end.kind === "ok" && oracle.throws > 0n) this.tally.add("with exceptions caught");
    if (end.kind === "out-of-fuel" && oracle.throws > 0n) this.tally.add("out of fuel after a throw");
  }

  private sameState(what: string, one: OracleTwin, other: RewrittenTwin | RawTwin): void {
    deepStrictEqual(other.globals(), one.globals(), `${what}: globals`);
    deepStrictEqual(other.host.log, one.host.log, `${what}: host calls`);
    const memories = other.memories();
    one.memories().forEach((memory, index) => {
      ok(Buffer.compare(memory, memories[index]!) === 0, `${what}: memory ${index}`);
    });
  }

  /** The same calls with fuel for all together: what they use, one less, and something in between. */
  private toTheUnit(calls: readonly Call[], whole: readonly bigint[], allowance: Allowance): void {
    const sum = whole.reduce((total, used) => total + used, 0n);
    if (sum === 0n) return;
    strictEqual(this.together(calls, { ...allowance, fuel: sum }), "ok", "with exactly the fuel used");
    strictEqual(
      this.together(calls, { ...allowance, fuel: sum - 1n }),
      "out-of-fuel",
      "with one less than the fuel used",
    );
    this.together(calls, { ...allowance, fuel: BigInt(this.next(Number(sum))) });
    this.tally.add("limits met to the unit");
  }

  private together(calls: readonly Call[], allowance: Allowance): End["kind"] {
    const oracle = new OracleTwin(this.drawn, this.oracle, allowance);
    const rewritten = new RewrittenTwin(this.drawn, this.rewritten, allowance);
    for (const { entry, args } of calls) {
      const end = oracle.call(entry, args);
      if (end.kind === "overflow") return "overflow";
      this.agree(`${entry.name} with ${allowance.fuel}`, end, rewritten.call(entry, args), oracle, rewritten);
      if (end.kind !== "ok") return end.kind;
    }
    return "ok";
  }
}

function isNan(type: string, value: Crossing): boolean {
  if (type === "f") return (Number(value) & 0x7fffffff) > 0x7f800000;
  return type === "d" && BigInt.asUintN(63, value as bigint) > 0x7ff0000000000000n;
}

/** Results with every NaN as the canonical one: a raw module's floats come through JavaScript. */
function quiet(types: string, results: readonly Crossing[]): Crossing[] {
  return results.map((value, at) => {
    if (!isNan(types[at]!, value)) return value;
    return types[at] === "f" ? 0x7fc00000 : 0x7ff8000000000000n;
  });
}
