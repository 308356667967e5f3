// The order of the passes. Reading validates the source and writes the tape; the call graph and its components say
// who calls whom; flat functions are found before regions, because a call of one costs what it costs; the stack plan and
// the NaN points need neither; emission puts everything in place.
//
// At one place of a body the order is: the NaN point of the instruction before; a store of the fuel for the
// instruction; the instruction; a reload of the fuel behind a label at which exceptions land; the charge of the region
// that starts there. At a function's entry: the charge, the frame, the store, the check.
import { crossingFrame, writeDoor, writeThunk } from "./boundary.ts";
import { callGraph } from "./callgraph.ts";
import { Checks } from "./checks.ts";
import { componentsOf } from "./components.ts";
import { Emitter } from "./emit.ts";
import { findFlat } from "./flat.ts";
import { Regions } from "./fuel.ts";
import { writeGrowMemory, writeGrowTable } from "./growth.ts";
import { instanceCost } from "./instance.ts";
import { layOut, redirect } from "./layout.ts";
import { isOpen, LINK_MODULE, type Linking, linkingOf } from "./link.ts";
import {
  FEATURES,
  type Feature,
  type FunctionImport,
  type Module,
  type ModuleExport,
  readModule,
  type Tape,
} from "./module/index.ts";
import { functionNames } from "./names.ts";
import { nanPoints } from "./nan/index.ts";
import type { Plan } from "./plan.ts";
import { type Refusal, type RefusalCode, Refused, refusalOf } from "./refusal.ts";
import { assemble } from "./sections.ts";
import { planStack } from "./stack.ts";
import { Writer } from "./writer.ts";

const ALL: ReadonlySet<Feature> = new Set(FEATURES);

/** What decides besides the bytes. The functions must be pure: they are part of the profile. */
export interface RewriteOptions {
  /** Optional features that are taken; all by default. */
  readonly features?: ReadonlySet<Feature>;
  /** Why an import is not offered, or null when it is; what the module imports besides may be told with it. */
  readonly refuseImport: (wanted: FunctionImport, all: readonly FunctionImport[]) => string | null;
  /** Whether an export stays visible to the host; of a module that stands alone, tables never do. */
  readonly keepExport: (candidate: ModuleExport) => boolean;
  /** Whether the module is one of several that share counters, memories and tables. Default: it stands alone. */
  readonly linked?: boolean;
  /**
   * What the host wants to look at besides the answer, which stays the same: `memories` exports them all; `calls` has each
   * call told besides (`PROBES`). Such modules are for tools: no profile knows of them, and no receipt comes of them.
   */
  readonly watch?: "memories" | "calls" | null;
}

/** What a tool that hears of calls needs to know of a module. */
export interface Watched {
  /** Of all functions, imports first. */
  readonly names: readonly string[];
  /** How many functions are not heard of, since their callers pay for them (SPEC rule F10). */
  readonly flat: number;
}

/** A module after rewriting, with what is known of the source. */
export interface Rewritten {
  readonly bytes: Uint8Array;
  readonly imports: readonly FunctionImport[];
  /** The source's exports, kept or not. */
  readonly exports: readonly ModuleExport[];
  /** Pages of all memories together at the start, and at most by their own word; null without a memory. */
  readonly memory: { readonly initial: number; readonly maximum: number | null } | null;
  readonly hasStart: boolean;
  /** Fuel for making an instance (SPEC rule F15). */
  readonly instanceCost: number;
  /** Optional features that the source uses. */
  readonly features: readonly Feature[];
  /** Only of a linked module: what linking needs to know. */
  readonly linking?: Linking;
  /** Only where calls are watched. */
  readonly watched?: Watched;
}

/** The end of a rewriting: the module, or why it is not taken. */
export type RewriteResult =
  | { readonly kind: "rewritten"; readonly module: Rewritten }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Validates a module and rewrites it for metered, deterministic execution. Never throws on hostile bytes. */
export function rewrite(source: Uint8Array, options: RewriteOptions): RewriteResult {
  const end = refusalOf(() => run(source, options));
  return "refusal" in end ? { kind: "refused", refusal: end.refusal } : { kind: "rewritten", module: end };
}

function run(source: Uint8Array, options: RewriteOptions): Rewritten {
  const linked = options.linked ?? false;
  const { module, tape, size } = readModule(source, options.features ?? ALL, linked);
  for (const wanted of module.imports) {
    const reason = options.refuseImport(wanted, module.imports);
    if (reason !== null) refuse("import", reason, "import", wanted.entry.start);
  }
  if (linked) refuseOurs(module);
  const keeps = (candidate: ModuleExport) => linked || candidate.kind !== "table";
  const kept = module.exports.filter((candidate) => keeps(candidate) && options.keepExport(candidate));
  const calls = options.watch === "calls";
  const memories = (options.watch ?? null) !== null;
  const plan = planPasses(source, module, tape, kept, calls);
  const code = writeCode(plan);
  const bytes = assemble({ source, module, layout: plan.layout, flat: plan.flat, kept, memories, code });
  if (!memories && bytes.length > size) tooLong("module", bytes.length, size);
  const { imports, exports } = module;
  const features = FEATURES.filter((feature) => module.features.has(feature));
  const rewritten = {
    ...{ bytes, imports, exports, features, memory: memoryOf(module), hasStart: module.start !== null },
    instanceCost: instanceCost(module),
    ...(calls ? { watched: watchedOf(plan) } : {}),
  };
  if (!linked) return rewritten;
  const { growsMemory, growsTable } = plan.graph;
  return { ...rewritten, linking: linkingOf(module, growsMemory, growsTable) };
}

function watchedOf({ source, module, flat }: Plan): Watched {
  return { names: functionNames(source, module), flat: flat.filter((cost) => cost >= 0).length };
}

/** A linked module can't import what is ours as if it were its own. */
function refuseOurs({ imports, foreign }: Module): void {
  const taken = [...imports, ...foreign].find(({ module }) => module === LINK_MODULE);
  if (taken === undefined) return;
  refuse("import", `imports from "${LINK_MODULE}", which is the host's alone`, "import", taken.entry.start);
}

function planPasses(
  source: Uint8Array,
  module: Module,
  tape: Tape,
  kept: readonly ModuleExport[],
  probed: boolean,
): Plan {
  const graph = callGraph(module, tape, module.linked && isOpen(module, kept));
  const components = componentsOf(graph);
  const regions = new Regions(tape, module.imports.length, module.tags.length > 0);
  const flat = findFlat(module, tape, graph, components, regions);
  for (let index = 0; index < graph.functions; index++) if (flat[index]! < 0) regions.analyse(index, flat);
  const stack = planStack(tape, graph, components);
  const checks = new Checks(module, tape, graph, flat, regions, stack.pre);
  const nan = nanPoints(source, module, tape);
  const doors = kept.filter(({ kind }) => kind === "function").map(({ index }) => index);
  if (module.start !== null) doors.push(module.start);
  const layout = layOut(module, graph, stack.deep, doors, probed);
  return { source, module, tape, graph, flat, regions, checks, stack, nan, layout };
}

/** The code section's content: own bodies, then the appended functions in the order of their indices. */
function writeCode(plan: Plan): Writer {
  const { module, layout, tape } = plan;
  const imports = module.imports.length;
  const out = new Writer(plan.source.length * 2 + 1024);
  out.u32(layout.functions - imports);
  const emitter = new Emitter(plan, out);
  for (let index = 0; index < tape.bodies.length; index++) {
    const bytes = emitter.body(index);
    const { size } = tape.bodies[index]!;
    if (layout.probes < 0 && bytes > size) tooLong(`function ${imports + index}`, bytes, size);
  }
  const appended = (write: () => void) => {
    const start = out.open();
    write();
    out.close(start);
  };
  module.imports.forEach(({ type }, index) => {
    appended(() => writeThunk(out, layout, index, type));
  });
  layout.growMemory.forEach((grow, index) => {
    if (grow >= 0) appended(() => writeGrowMemory(out, module, layout, index));
  });
  layout.growTable.forEach((grow, index) => {
    if (grow >= 0) appended(() => writeGrowTable(out, module, layout, index));
  });
  for (const index of layout.doors.keys()) {
    const own = index - imports;
    const type = module.types[module.functions[index]!]!;
    const frames = own < 0 || plan.stack.checked[own] === 1 ? 0 : plan.stack.pre[own]!;
    const takes = module.linked ? crossingFrame(type) : 0;
    appended(() =>
      writeDoor(out, layout, { target: redirect(module, layout, index), type, needs: frames + takes, takes }),
    );
  }
  return out;
}

function memoryOf({ memories }: Module): Rewritten["memory"] {
  if (memories.length === 0) return null;
  let maximum: number | null = 0;
  for (const memory of memories)
    maximum = maximum === null || memory.maximum === null ? null : maximum + memory.maximum;
  return { initial: memories.reduce((sum, memory) => sum + memory.initial, 0), maximum };
}

/** A tripwire: rule M10 bounds what is written, so this is a fault of ours and no answer. */
function tooLong(what: string, bytes: number, size: number): never {
  throw new Error(`the rewritten ${what} has ${bytes} bytes, more than the ${size} of its size (SPEC rule M10)`);
}

function refuse(code: RefusalCode, what: string, section: string, offset: number): never {
  const message = `${what} (${section} section, offset 0x${offset.toString(16)})`;
  throw new Refused({ code, message, section, function: null, offset, feature: null });
}
