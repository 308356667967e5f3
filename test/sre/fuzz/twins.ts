// The three twins of a module: as it was drawn, rewritten, and instrumented by the oracle. Each is called in the same
// way and tells how a call ended, in the SPEC's words and order of precedence.

import { WHY } from "../oracle/code.ts";
import type { Letters } from "../oracle/instructions.ts";
import { type Crossing, GuestHost, type Imported, into, outOf } from "./host.ts";

/**
 * How a call ended. `overflow` is the engine's own stack, `uncrossable` a vector on its way to JavaScript: only a raw
 * module may end so.
 */
export interface End {
  readonly kind: "ok" | "trap" | "out-of-fuel" | "stack" | "host" | "fault" | "overflow" | "uncrossable";
  readonly results: readonly Crossing[];
  readonly used: bigint;
}

/** Something to call. */
export interface Entry {
  readonly name: string;
  readonly params: Letters;
  readonly results: Letters;
}

/** Limits of an imported memory or table. */
export interface Given {
  readonly min: number;
  readonly max: number | null;
  readonly wide: boolean;
}

/** What stands behind an imported memory and table of a raw module. */
function standIns({ memory, table }: Subject["given"]): Record<string, unknown> {
  const api = WebAssembly as unknown as Record<"Memory" | "Table", new (descriptor: object) => object>;
  const limits = ({ min, max, wide }: Given) => {
    const number = (value: number) => (wide ? BigInt(value) : value);
    const most = max === null ? {} : { maximum: number(Math.max(min, max)) };
    return { initial: number(min), ...most, ...(wide ? { address: "i64" } : {}) };
  };
  return {
    ...(memory === null ? {} : { memory: new api.Memory(limits(memory)) }),
    ...(table === null ? {} : { table: new api.Table({ ...limits(table), element: "anyfunc" }) }),
  };
}

/** A module under test. */
export interface Subject {
  readonly bytes: Uint8Array;
  readonly imports: readonly Imported[];
  /** A memory and a table that it imports from "host", which only the raw module is given. */
  readonly given: { readonly memory: Given | null; readonly table: (Given & { readonly type: string }) | null };
  /** Exported functions that the host can call. */
  readonly entries: readonly Entry[];
  /** Exported mutable integer globals and memories, by name. */
  readonly globals: readonly string[];
  readonly memories: readonly string[];
}

/** What a run may use. */
export interface Allowance {
  readonly fuel: bigint;
  readonly stack: number;
  readonly pages: number;
}

type Exports = Record<string, unknown>;
type Callable = (...args: unknown[]) => unknown;
const ENGINE_FAILED = -(2n ** 63n);

/** What every twin has. */
abstract class Twin {
  readonly host = new GuestHost();
  protected readonly drawn: Subject;
  protected exports: Exports = {};
  protected readonly prefix: string = ".";

  constructor(drawn: Subject) {
    this.drawn = drawn;
  }

  protected global<T = Crossing>(name: string): { value: T } {
    return this.exports[name] as { value: T };
  }

  memories(): Uint8Array[] {
    return this.drawn.memories.map((name) => {
      return new Uint8Array((this.exports[this.prefix + name] as WebAssembly.Memory).buffer);
    });
  }

  globals(): Crossing[] {
    return this.drawn.globals.map((name) => this.global(this.prefix + name).value);
  }

  /** What a call threw, if it is an end that WebAssembly knows. */
  protected thrown(error: unknown): "trap" | "overflow" {
    if (error instanceof RangeError) return "overflow";
    const exception = (WebAssembly as unknown as { Exception?: new () => object }).Exception;
    if (error instanceof WebAssembly.RuntimeError) return "trap";
    if (exception !== undefined && error instanceof exception) return "trap";
    throw error;
  }
}

const asList = (value: unknown): Crossing[] => {
  if (value === undefined) return [];
  const all = (Array.isArray(value) ? value : [value]) as unknown[];
  return all.map((one) => (typeof one === "function" ? "function" : one)) as Crossing[];
};

/** The module as it was drawn. Its NaNs are the engine's. */
export class RawTwin extends Twin {
  protected override readonly prefix = "";

  constructor(drawn: Subject, module: WebAssembly.Module) {
    super(drawn);
    const imports = this.host.raw(drawn.imports);
    imports["host"] = { ...imports["host"], ...standIns(drawn.given) };
    this.exports = new WebAssembly.Instance(module, imports).exports as Exports;
  }

  call({ name, params, results }: Entry, args: readonly Crossing[]): End {
    try {
      const given = outOf(params, args);
      const list = args.length > 1 ? (given as unknown[]) : args.length === 1 ? [given] : [];
      const result = (this.exports[name] as Callable)(...list);
      return { kind: "ok", results: into(results, asList(result)), used: 0n };
    } catch (error) {
      if (error instanceof TypeError) return { kind: "uncrossable", results: [], used: 0n };
      return { kind: this.thrown(error), results: [], used: 0n };
    }
  }
}

/** A twin that is metered: its fuel and its ends are read off its globals. */
abstract class MeteredTwin extends Twin {
  start(): End {
    return this.run("start", []);
  }

  call({ name }: Entry, args: readonly Crossing[]): End {
    return this.run(`.${name}`, args);
  }

  protected abstract run(name: string, args: readonly Crossing[]): End;

  protected outcome(name: string, args: readonly Crossing[]) {
    try {
      return { results: asList((this.exports[name] as Callable)(...args)), thrown: null };
    } catch (error) {
      return { results: [], thrown: this.thrown(error) };
    }
  }
}

/** Names as the oracle has them: the guest's behind a dot, ours without. */
function renamed(exports: Exports): Exports {
  return Object.fromEntries(
    Object.entries(exports).map(([name, value]) => [
      /^\.(?!\.)/.test(name) ? name.slice(1) : `.${name.replace(/^\./, "")}`,
      value,
    ]),
  );
}

/** The rewritten module. */
export class RewrittenTwin extends MeteredTwin {
  private limit = 0n;
  private ended = false;

  constructor(drawn: Subject, module: WebAssembly.Module, allowance: Allowance) {
    super(drawn);
    this.exports = renamed(new WebAssembly.Instance(module, this.host.integers(drawn.imports)).exports as Exports);
    this.host.charge = (amount) => {
      const fuel = this.global<bigint>("fuel");
      fuel.value -= amount;
      if (fuel.value < 0n) this.global("end").value = 1;
      return fuel.value >= 0n;
    };
    this.host.end = () => {
      this.ended = true;
      this.global("end").value = 1;
    };
    this.allow(allowance);
  }

  allow({ fuel, stack, pages }: Allowance): void {
    this.limit = fuel;
    this.ended = false;
    this.global("fuel").value = fuel;
    this.global("stack").value = stack;
    this.global("pages").value = pages;
    this.global("end").value = 0;
  }

  protected run(name: string, args: readonly Crossing[]): End {
    const { results, thrown } = this.outcome(name, args);
    const fuel = this.global<bigint>("fuel").value;
    const end = (kind: End["kind"], used = this.limit - fuel): End => ({
      kind,
      results: kind === "ok" ? results : [],
      used,
    });
    if (thrown === "overflow") return end("overflow");
    if (fuel === ENGINE_FAILED) return end("fault", 0n);
    if (fuel < 0n) return end("out-of-fuel", this.limit);
    if (this.global<number>("stack").value < 0) return end("stack");
    if (this.ended) return end("host");
    return end(thrown ?? "ok");
  }
}

/** The oracle. */
export class OracleTwin extends MeteredTwin {
  private ended = false;
  private limit = 0n;

  constructor(drawn: Subject, module: WebAssembly.Module, allowance: Allowance) {
    super(drawn);
    this.exports = new WebAssembly.Instance(module, this.host.integers(drawn.imports)).exports as Exports;
    this.host.charge = (amount) => {
      const used = this.global<bigint>("used");
      used.value += amount;
      this.global<bigint>("naive").value += amount;
      this.global("synced").value = used.value;
      const fits = used.value <= this.limit;
      if (!fits) this.global("end").value = 1;
      return fits;
    };
    this.host.end = () => {
      this.ended = true;
      this.global("end").value = 1;
    };
    this.allow(allowance);
  }

  allow({ fuel, stack, pages }: Allowance): void {
    this.limit = fuel;
    this.ended = false;
    for (const name of ["used", "synced", "naive", "throws"]) this.global(name).value = 0n;
    for (const name of ["why", "end"]) this.global(name).value = 0;
    this.global("limit").value = fuel;
    this.global("stack").value = stack;
    this.global("pages").value = pages;
  }

  /** Whether so far nothing happened in which a raw module may differ: a NaN, growth refused by a cap of ours. */
  get plain(): boolean {
    return this.global("loose").value === 0;
  }

  /** Exceptions thrown since the fuel was set. */
  get throws(): bigint {
    return this.global<bigint>("throws").value;
  }

  /** Fuel by the naive count of instructions. */
  get naive(): bigint {
    return this.global<bigint>("naive").value;
  }

  protected run(name: string, args: readonly Crossing[]): End {
    const { results, thrown } = this.outcome(name, args);
    const used = this.global<bigint>(thrown === null ? "used" : "synced").value;
    const why = this.global("why").value;
    const end = (kind: End["kind"], fuel = used): End => ({ kind, results: kind === "ok" ? results : [], used: fuel });
    if (thrown !== null) this.global("used").value = used;
    if (thrown === "overflow") return end("overflow");
    if (why === WHY.growth) return end("fault", 0n);
    if (used > this.limit) return end("out-of-fuel", this.limit);
    if (why === WHY.stack) return end("stack");
    if (this.ended) return end("host");
    return end(thrown ?? "ok");
  }
}
