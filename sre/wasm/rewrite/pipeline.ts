// The order of the passes and the assembly of the rewritten module. Bytes that no pass touches are copied as they
// are. At one place the order is: NaN (belongs to the instruction before), region, bulk, then the instruction.
import { writeRedirected, writeThunk } from "./boundary.ts";
import { OP } from "./code.ts";
import { writeBulk, writeChargeFunction, writeRegion } from "./fuel.ts";
import { writeGrow, writeGrowFunction } from "./growth.ts";
import { INTERNAL_EXPORTS, type Layout, layOut, redirect, writeTypes } from "./layout.ts";
import { REWRITE_LIMITS } from "./limits.ts";
import { writeCanonical } from "./nan.ts";
import { parseModule } from "./parse.ts";
import { Reader } from "./reader.ts";
import { type Refusal, Refused } from "./refusal.ts";
import { type Body, type Site, scanBody } from "./scan.ts";
import { writeEntry, writeExit, writeReturn } from "./stack.ts";
import { type FunctionImport, type Module, type ModuleExport, type Range, VALUE_TYPES } from "./types.ts";
import { Writer } from "./writer.ts";

/** What decides besides the bytes. Both must be pure functions of their argument: they are part of the profile. */
export interface RewriteOptions {
  /** Why an import is not offered, or null when it is. */
  readonly refuseImport: (wanted: FunctionImport) => string | null;
  /** Whether an export stays visible to the host. */
  readonly keepExport: (candidate: ModuleExport) => boolean;
}

/** A module after rewriting, with what is known of the source. */
export interface Rewritten {
  readonly bytes: Uint8Array;
  readonly imports: readonly FunctionImport[];
  /** The source's exports, kept or not. */
  readonly exports: readonly ModuleExport[];
  readonly memory: Module["memory"];
  readonly hasStart: boolean;
}

/** The end of a rewriting: the module, or why it is not taken. */
export type RewriteResult =
  | { readonly kind: "rewritten"; readonly module: Rewritten }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * Rewrites a module for metered, deterministic execution. The result is only as valid as the source: the caller
 * has the engine validate the *source* too. Never throws on hostile bytes.
 */
export function rewrite(source: Uint8Array, options: RewriteOptions): RewriteResult {
  try {
    return { kind: "rewritten", module: assemble(new Reader(source), options) };
  } catch (error) {
    if (error instanceof Refused) return { kind: "refused", refusal: error.refusal };
    throw error;
  }
}

function assemble(reader: Reader, options: RewriteOptions): Rewritten {
  const module = parseModule(reader);
  reader.section = "import";
  for (const wanted of module.imports) {
    const reason = options.refuseImport(wanted);
    if (reason !== null) reader.refuse("import", reason, module.raw.get(2)!.start);
  }
  const layout = layOut(module);
  const references = new Set<number>();
  const code = writeCode(reader, module, layout, references);
  const out = new Writer(reader.bytes.length * 2);
  out.byte(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
  out.section(
    1,
    listed(reader, module, 1, layout.types, (w) => writeTypes(w, module, layout)),
  );
  out.section(2, listed(reader, module, 2, module.imports.length));
  const appended = layout.functions - module.functions.length;
  const ownCount = module.functions.length - module.imports.length + appended;
  out.section(
    3,
    listed(reader, module, 3, ownCount, (w) => writeFunctionTypes(w, module, layout)),
  );
  for (const id of [4, 5]) out.section(id, listed(reader, module, id, module.raw.get(id)?.count ?? 0));
  out.section(6, listed(reader, module, 6, module.globals + 4, writeGlobals, layout));
  out.section(7, writeExports(reader.bytes, module, layout, options.keepExport));
  const declared = references.size > 0 ? 1 : 0;
  const elements = listed(reader, module, 9, module.elements + declared, (w) => writeDeclared(w, references), layout);
  out.section(9, elements);
  if (module.dataCount !== null) {
    const count = new Writer(5);
    count.u32(module.dataCount);
    out.section(12, count);
  }
  out.section(10, code);
  out.section(11, listed(reader, module, 11, module.raw.get(11)?.count ?? 0));
  if (out.length > REWRITE_LIMITS.outputBytes) {
    reader.refuse("limit", `the rewritten module has ${out.length} bytes; at most ${REWRITE_LIMITS.outputBytes}`, 0);
  }
  const { imports, exports, memory } = module;
  return { bytes: out.view(), imports, exports, memory, hasStart: module.start !== null };
}

/** A section of `count` entries: the source's own, with imported functions redirected, then `append`'s. */
function listed(
  reader: Reader,
  module: Module,
  id: number,
  count: number,
  append?: (out: Writer) => void,
  layout?: Layout,
): Writer {
  const raw = module.raw.get(id);
  const out = new Writer((raw === undefined ? 0 : raw.end - raw.start) + 64);
  if (count === 0 && raw === undefined) return out;
  out.u32(count);
  if (raw !== undefined && layout === undefined) out.bytes(reader.bytes.subarray(raw.start, raw.end));
  if (raw !== undefined && layout !== undefined) copyRedirected(out, reader.bytes, module, layout, raw);
  append?.(out);
  return out;
}

function copyRedirected(out: Writer, source: Uint8Array, module: Module, layout: Layout, range: Range): void {
  let at = range.start;
  for (const mention of module.redirects) {
    if (mention.start < range.start || mention.end > range.end) continue;
    out.bytes(source.subarray(at, mention.start));
    out.u32(redirect(module, layout, mention.function));
    at = mention.end;
  }
  out.bytes(source.subarray(at, range.end));
}

function writeFunctionTypes(out: Writer, module: Module, layout: Layout): void {
  out.u32(layout.chargeType);
  if (layout.grow !== null) out.u32(layout.growType);
  for (let index = 0; index < module.imports.length; index++) out.u32(module.functions[index]!);
}

/** Fuel, stack, end, pages: all zero, so that a host that sets nothing runs nothing. */
function writeGlobals(out: Writer): void {
  out.byte(VALUE_TYPES.i64, 1, OP.i64Const, 0, OP.end);
  for (let index = 0; index < 3; index++) out.byte(VALUE_TYPES.i32, 1, OP.i32Const, 0, OP.end);
}

function writeExports(source: Uint8Array, module: Module, layout: Layout, keep: RewriteOptions["keepExport"]): Writer {
  const kinds = { function: 0, table: 1, memory: 2, global: 3 };
  const kept = module.exports.filter(keep);
  const globals = ["fuel", "stack", "end", "pages"] as const;
  const out = new Writer(1024);
  out.u32(kept.length + globals.length + (module.start === null ? 0 : 1));
  for (const { spelling, kind, index } of kept) {
    out.bytes(source.subarray(spelling.start, spelling.end));
    out.byte(kinds[kind]);
    out.u32(kind === "function" ? redirect(module, layout, index) : index);
  }
  for (const name of globals) {
    out.name(INTERNAL_EXPORTS[name]);
    out.byte(kinds.global);
    out.u32(layout[name]);
  }
  if (module.start !== null) {
    out.name(INTERNAL_EXPORTS.start);
    out.byte(kinds.function);
    out.u32(redirect(module, layout, module.start));
  }
  return out;
}

/** A declarative element segment: ref.func needs a mention outside code, and we may have dropped the export that was. */
function writeDeclared(out: Writer, references: ReadonlySet<number>): void {
  if (references.size === 0) return;
  out.byte(3, 0);
  out.u32(references.size);
  for (const index of references) out.u32(index);
}

function writeCode(reader: Reader, module: Module, layout: Layout, references: Set<number>): Writer {
  const own = module.bodies.length;
  const out = new Writer(reader.bytes.length * 2);
  out.u32(own + layout.functions - module.functions.length);
  const body = new Writer(4096);
  let states = 0;
  for (let index = 0; index < own; index++) {
    const scanned = scanBody(reader, module, index);
    states += scanned.states;
    if (states > REWRITE_LIMITS.states) {
      reader.function = module.imports.length + index;
      reader.refuse("limit", `has too many branches and calls over too many locals; use fewer locals at a time`);
    }
    for (const target of scanned.references) references.add(redirect(module, layout, target));
    body.length = 0;
    writeBody(body, reader.bytes, module, layout, scanned, module.functions[module.imports.length + index]!);
    if (body.length > REWRITE_LIMITS.bodyBytes) {
      const limit = REWRITE_LIMITS.bodyBytes;
      reader.function = module.imports.length + index;
      reader.refuse("limit", `has ${body.length} bytes after rewriting; the profile takes at most ${limit}`);
    }
    out.sized(body);
  }
  const appended = (write: (body: Writer) => void) => {
    body.length = 0;
    write(body);
    out.sized(body);
  };
  appended((b) => writeChargeFunction(b, layout));
  if (layout.grow !== null) appended((b) => writeGrowFunction(b, layout));
  module.imports.forEach((wanted, index) => {
    appended((b) => writeThunk(b, layout, index, wanted.type.params.length));
  });
  return out;
}

/** Locals that the passes need, appended after the guest's: an i32, an f32 and an f64, each only where used. */
interface Scratch {
  readonly i32: number;
  readonly f32: number;
  readonly f64: number;
}

function writeLocals(out: Writer, source: Uint8Array, body: Body): Scratch {
  const has = (kind: Site["kind"], width?: number) =>
    body.sites.some((site) => site.kind === kind && (width === undefined || site.value === width));
  const wanted = { i32: has("bulk"), f32: has("nan", 32), f64: has("nan", 64) };
  const names = (["i32", "f32", "f64"] as const).filter((name) => wanted[name]);
  out.u32(body.locals.groups + names.length);
  out.bytes(source.subarray(body.locals.start, body.locals.end));
  const scratch = { i32: -1, f32: -1, f64: -1 };
  names.forEach((name, index) => {
    out.byte(1, VALUE_TYPES[name]);
    scratch[name] = body.localCount + index;
  });
  return scratch;
}

function writeBody(
  out: Writer,
  source: Uint8Array,
  module: Module,
  layout: Layout,
  body: Body,
  typeIndex: number,
): void {
  const scratch = writeLocals(out, source, body);
  writeEntry(out, layout, body, typeIndex);
  let at = body.code.start;
  for (const site of body.sites) {
    out.bytes(source.subarray(at, site.start));
    at = site.end;
    if (site.kind === "region") writeRegion(out, layout, site.value);
    else if (site.kind === "nan")
      writeCanonical(out, site.value as 32 | 64, site.value === 32 ? scratch.f32 : scratch.f64);
    else if (site.kind === "bulk") writeBulk(out, layout, site.value, scratch.i32);
    else if (site.kind === "grow") writeGrow(out, layout);
    else if (site.kind === "return") writeReturn(out, site.value);
    else writeRedirected(out, module, layout, site.kind === "host" ? OP.call : OP.refFunc, site.value);
  }
  out.bytes(source.subarray(at, body.code.end));
  writeExit(out, layout, body);
}
