// One run's instances: made when the glue asks for them, with counters that all share (SPEC rules K1 to K8). Between core
// modules functions pass as they are; between a module and the glue stands a function of ours.

import type { Info } from "../../form.ts";
import { GuestEnded, type Host } from "../../host.ts";
import {
  type FunctionType,
  guestExport,
  INTERNAL_EXPORTS,
  LINK_IMPORTS,
  LINK_MODULE,
  mostImport,
  REWRITE_LIMITS,
  type Space,
} from "../../rewrite/index.ts";
import { Stopped } from "../../world/index.ts";
import { bits32Of, bitsOf, float32Of, floatOf } from "../floats.ts";
import { COMPONENT_LIMITS, GLUE_CALL_FUEL, GLUE_CALL_STACK } from "./limits.ts";
import { GlueMemory, Meter } from "./meter.ts";

type Fun = (...values: unknown[]) => unknown;
type Names = Readonly<Record<string, unknown>>;
type Counters = Readonly<Record<keyof typeof LINK_IMPORTS, WebAssembly.Global>>;

/** A core module of the program. */
export interface Loaded {
  readonly module: WebAssembly.Module;
  readonly info: Info;
}

/** The glue's three wishes: a module, the component's imports, an instance. */
export type Instantiate = (
  getCoreModule: (file: string) => Loaded,
  imports: Names,
  instantiateCore: (module: Loaded, imports?: Readonly<Record<string, Names>>) => { readonly exports: Names },
) => Names;

/** A maximum that is none. */
const UNBOUNDED = 2n ** 53n;
/** Bytes of charge that make one unit of fuel. */
const UNIT_BYTES = 8;

const counter = (value: "i32" | "i64", start: number | bigint) =>
  new WebAssembly.Global({ value, mutable: true }, start);

/** The instances of one run. */
export class Program {
  readonly meter: Meter;
  readonly counters: Counters;
  private readonly host: Host;
  /** Functions of core modules, by what the glue has in their place. */
  private readonly raw = new WeakMap<Fun, Fun>();
  /** True maxima of memories and tables. */
  private readonly most = new WeakMap<object, bigint>();
  private instances = 0;
  private readonly made = new Set<Info>();

  constructor(host: Host) {
    this.host = host;
    this.meter = new Meter(host);
    this.counters = {
      ...{ fuel: counter("i64", 0n), stack: counter("i32", 0), end: counter("i32", 0) },
      ...{ pages: counter("i32", 0), elements: counter("i32", REWRITE_LIMITS.tableElements) },
    };
  }

  /** The counters under the names by which the host looks for them. */
  exports(): Names {
    const { fuel, stack, end, pages } = INTERNAL_EXPORTS;
    const { counters } = this;
    return { [fuel]: counters.fuel, [stack]: counters.stack, [end]: counters.end, [pages]: counters.pages };
  }

  /** Makes an instance of a core module, and runs its start function. */
  instantiate({ module, info }: Loaded, imports: Readonly<Record<string, Names>> = {}): { readonly exports: Names } {
    this.makeRoom(info);
    const bound: WebAssembly.Imports = Object.create(null);
    const types = new Map(info.imports.map(({ module: from, name, type }) => [`${from}\0${name}`, type]));
    for (const [from, names] of Object.entries(imports)) {
      bound[from] = Object.create(null) as Record<string, unknown>;
      for (const [name, value] of Object.entries(names))
        bound[from]![name] = this.taken(value, types.get(`${from}\0${name}`));
    }
    bound[LINK_MODULE] = this.ours(info, bound);
    const made = this.make(module, bound);
    this.host.made(info, made);
    const exports = this.given(info, made);
    (made[INTERNAL_EXPORTS.start] as Fun | undefined)?.();
    return { exports };
  }

  private make(module: WebAssembly.Module, imports: WebAssembly.Imports): Names {
    try {
      return new WebAssembly.Instance(module, imports).exports;
    } catch (error) {
      // An active segment that does not fit is the guest's doing; all else is the engine's.
      if (!(error instanceof WebAssembly.RuntimeError)) this.host.breakDown();
      throw error;
    }
  }

  /** Takes what a new instance begins with from what the program may have, and charges the work of making it. */
  private makeRoom(info: Info): void {
    const { memories, tables } = info.linking!;
    if (++this.instances > COMPONENT_LIMITS.instances) {
      throw new GuestEnded("memory", `the component makes more than ${COMPONENT_LIMITS.instances} instances`);
    }
    this.take("pages", memories);
    this.take("elements", tables);
    // The first instance of each module has been paid for before anything began.
    if (this.made.has(info) && !this.host.charge(UNIT_BYTES * info.instanceCost)) {
      throw new GuestEnded("out-of-fuel", "no fuel for an instance");
    }
    this.made.add(info);
  }

  private take(what: "pages" | "elements", spaces: readonly Space[]): void {
    const begins = spaces.reduce((sum, { from, initial }) => sum + (from === null ? initial : 0), 0);
    const left = this.counters[what] as WebAssembly.Global<number>;
    if (begins > left.value)
      throw new GuestEnded("memory", `a module begins with ${begins} ${what}; ${left.value} are left`);
    left.value -= begins;
  }

  /** What linked modules import from us. */
  private ours({ linking }: Info, bound: WebAssembly.Imports): Record<string, unknown> {
    const ours: Record<string, unknown> = {};
    for (const key of Object.keys(LINK_IMPORTS) as (keyof typeof LINK_IMPORTS)[])
      ours[LINK_IMPORTS[key]] = this.counters[key];
    for (const kind of ["memory", "table"] as const) {
      for (const [index, { from, grows }] of linking![kind === "memory" ? "memories" : "tables"].entries()) {
        if (from === null || !grows) continue;
        const most = this.most.get(bound[from[0]]![from[1]] as object)!;
        ours[mostImport(kind, index)] = new WebAssembly.Global({ value: "i64", mutable: false }, most);
      }
    }
    return ours;
  }

  /** An export as the glue gets it. */
  private given({ exports, linking }: Info, made: Names): Names {
    const given: Record<string, unknown> = Object.create(null);
    for (const { name, kind, index, type } of exports) {
      const value = made[guestExport(name)];
      if (kind === "memory" || kind === "table") {
        const { from, maximum } = linking![kind === "memory" ? "memories" : "tables"][index]!;
        if (from === null) this.most.set(value as object, maximum === null ? UNBOUNDED : BigInt(maximum));
      }
      given[name] =
        kind === "function" ? this.out(value as Fun, type!) : kind === "memory" ? this.memory(value) : value;
    }
    return given;
  }

  private memory(value: unknown): GlueMemory {
    return new GlueMemory(value as WebAssembly.Memory, this.meter);
  }

  /** An import as a module gets it. */
  private taken(value: unknown, type: FunctionType | undefined): unknown {
    if (value instanceof GlueMemory) return value.real;
    if (typeof value !== "function") return value;
    return this.raw.get(value as Fun) ?? this.into(value as Fun, type!);
  }

  /** A module's function as the glue calls it: what the glue did is charged first. Floats cross as their bits. */
  private out(raw: Fun, { params, results }: FunctionType): Fun {
    const result = results[0] ?? "";
    const given: Fun = (...values) => {
      this.meter.settle();
      const back = raw(...params.map((type, index) => toBits(values[index], type)));
      this.meter.begin();
      return results.length > 1 ? back : fromBits(back, result);
    };
    this.raw.set(given, raw);
    return given;
  }

  /** The glue's function as a module calls it. Nothing that it throws gets into the guest's frames (SPEC rule H2). */
  private into(glue: Fun, { params, results }: FunctionType): Fun {
    const result = results[0] ?? "";
    const none = result === "i64" || result === "f64" ? 0n : 0;
    const stack = this.counters.stack as WebAssembly.Global<number>;
    return (...values) => {
      const before = stack.value;
      stack.value = before - GLUE_CALL_STACK;
      if (stack.value < 0) {
        this.host.stop();
        return none;
      }
      try {
        if (!this.host.charge(GLUE_CALL_FUEL * UNIT_BYTES)) return none;
        this.meter.begin();
        const back = glue(...params.map((type, index) => fromBits(values[index], type)));
        this.meter.settle();
        stack.value = before;
        return result === "" ? undefined : toBits(back, result);
      } catch (error) {
        this.ended(error);
        return none;
      }
    };
  }

  /** Ends the guest for what went wrong in a call of its. */
  private ended(error: unknown): void {
    if (error instanceof Stopped) {
      this.host.stop();
      return;
    }
    const { end } = this.endOf(error);
    if (end.exit === "out-of-fuel") this.host.stop();
    else this.host.end(end.exit, end.note);
  }

  /**
   * What an error means that came out of the glue. It throws where a guest breaks the canonical ABI, with whatever class of
   * error is at hand; what our own code and the engine throw has been noted before.
   */
  endOf(error: unknown): GuestEnded {
    if (this.meter.stopped !== null) return this.meter.stopped;
    if (error instanceof GuestEnded) return error;
    if (error instanceof WebAssembly.RuntimeError) return new GuestEnded("trap", "the guest did something undefined");
    if (error instanceof WebAssembly.Exception) return new GuestEnded("trap", "nothing caught the guest's exception");
    if (isOverflow(error)) this.host.breakDown();
    return new GuestEnded("trap", "the component broke the rules of the canonical ABI");
  }
}

/**
 * Whether the engine's own stack ended. The metric ends long before, so that this is a fault. The class is looked at, too,
 * since the glue puts a guest's own words into its errors.
 */
function isOverflow(error: unknown): boolean {
  if (!(error instanceof Error) || !OVERFLOWS.has(error.constructor.name)) return false;
  return error.message === "Maximum call stack size exceeded" || error.message === "too much recursion";
}

/** Of V8 and JavaScriptCore; of SpiderMonkey. */
const OVERFLOWS: ReadonlySet<string> = new Set(["RangeError", "InternalError"]);

function toBits(value: unknown, type: string): unknown {
  if (type === "f64") return bitsOf(value as number);
  return type === "f32" ? bits32Of(value as number) : value;
}

function fromBits(value: unknown, type: string): unknown {
  if (type === "f64") return floatOf(value as bigint);
  return type === "f32" ? float32Of(value as number) : value;
}
