// What ABIs of one core module share: it is rewritten as it is, imports outside the ABI are refused, exports that the ABI
// has no use for are dropped.
import type { Form, Info } from "../form.ts";
import { guardImports } from "../guard.ts";
import type { Host } from "../host.ts";
import type { Profile } from "../profile.ts";
import { type FunctionImport, INTERNAL_EXPORTS, type ModuleExport, rewrite } from "../rewrite/index.ts";
import { type Abi, type Entry, type Guest, hasType, listed, type Offer, type Ready, type Watching } from "./abi.ts";

/** What an ABI of one core module asks of it. */
export interface ModuleShape extends Pick<Abi, "name" | "imports"> {
  /** Why a module does not fit, or null when it does. Imports are looked at besides. */
  misfit(module: Pick<Info, "exports" | "imports">): string | null;
  /** The entries that a fitting module has, as a call would spell them. */
  entries(exports: readonly ModuleExport[]): readonly string[];
  /** The entry that a call names, or null. */
  entry(exports: readonly ModuleExport[], name: string): Entry | null;
  /** Whether the host needs to see an export. */
  keeps(candidate: ModuleExport): boolean;
}

/** An ABI of one core module whose imports need nothing but the host. */
export interface SingleModule extends ModuleShape, Pick<Abi, "invoke"> {
  /** The import object's functions, acting for a host. Floats come and go as the integers of their bits. */
  bind(host: Host): WebAssembly.Imports;
  /** Makes the instance; without it, as the engine does. */
  link?: Link;
}

type Link = (module: WebAssembly.Module, imports: WebAssembly.Imports) => Pick<Guest, "exports" | "surface">;

/** The ABI. */
export function singleModule(own: SingleModule): Abi {
  return {
    ...moduleAbi(own),
    instantiate: (ready, host) => linkModule(ready, own.bind(host), own.imports, host, own.link),
    invoke: (guest, entry, input, host) => own.invoke(guest, entry, input, host),
  };
}

/** The part of an ABI that has to do with modules and not with instances. */
export function moduleAbi(own: ModuleShape): Omit<Abi, "instantiate" | "invoke"> {
  const { name, imports } = own;
  return {
    name,
    imports,
    misfit: ({ core }) => (core === null ? "is no core module" : own.misfit(core)),
    form: (source, profile, _means, watch) => formOf(source, own, profile, watch),
    entries: ({ infos }) => own.entries(infos[0]!.exports),
    entry: ({ infos }, spelled) => own.entry(infos[0]!.exports, spelled),
  };
}

/** Makes the instance of an ABI's one module. */
export function linkModule(
  { infos, modules }: Ready,
  bound: WebAssembly.Imports,
  offers: readonly Offer[],
  host: Host,
  link: Link = linkPlainly,
): Guest {
  const { features, hasStart } = infos[0]!;
  const guarded = features.includes("exceptions") ? guardImports(bound, offers, host) : bound;
  const { exports, surface } = link(modules[0]!, guarded);
  host.made(infos[0]!, exports);
  return { exports, surface, start: hasStart ? (exports[INTERNAL_EXPORTS.start] as () => void) : null };
}

/** What is wrong with an import; null where it is offered. */
function standingOf(own: ModuleShape, { module, name, type }: FunctionImport): "missing" | "another type" | null {
  // Both names by themselves: joined, "env.console"."log" would pass for "env"."console.log".
  const offered = own.imports.find((candidate) => candidate.module === module && candidate.name === name);
  if (offered === undefined) return "missing";
  return hasType(type, offered.type.params, offered.type.results) ? null : "another type";
}

/** Everything that a module imports and the ABI does not offer, in a sentence. */
function refused(own: ModuleShape, all: readonly FunctionImport[]): string {
  const those = (standing: "missing" | "another type") => [
    ...new Set(all.filter((wanted) => standingOf(own, wanted) === standing).map(quoted)),
  ];
  const [missing, mistyped] = [those("missing"), those("another type")];
  const offered = offering(own.imports);
  return [
    ...(missing.length === 0
      ? []
      : [`imports ${listed(missing)}, which the ABI ${own.name} does not offer; it offers ${offered}`]),
    ...(mistyped.length === 0 ? [] : [`imports ${listed(mistyped)} with another type than the ABI ${own.name} offers`]),
  ].join("; and the module ");
}

const quoted = ({ module, name }: Pick<Offer, "module" | "name">): string => `"${module}"."${name}"`;

/** Imports named one by one, or by their modules where they are too many to be read. */
function offering(imports: readonly Offer[]): string {
  if (imports.length <= NAMED_IMPORTS) return imports.map(quoted).join(", ");
  const modules = [...new Set(imports.map(({ module }) => `"${module}"`))];
  return `the functions of ${modules.join(" and ")}`;
}

const NAMED_IMPORTS = 16;

function linkPlainly(module: WebAssembly.Module, imports: WebAssembly.Imports): Pick<Guest, "exports" | "surface"> {
  const { exports } = new WebAssembly.Instance(module, imports);
  return { exports, surface: exports };
}

function formOf(source: Uint8Array, own: ModuleShape, profile: Profile, watch: Watching = null): Form {
  const result = rewrite(source, {
    features: profile.features,
    refuseImport: (wanted, all) => (standingOf(own, wanted) === null ? null : refused(own, all)),
    keepExport: (candidate) => own.keeps(candidate),
    watch,
  });
  if (result.kind === "refused") return { kind: "invalid", note: result.refusal.message, refusal: result.refusal };
  const { bytes, ...info } = result.module;
  const misfit = own.misfit(info);
  if (misfit !== null) return { kind: "invalid", note: `the module does not fit the ABI ${own.name}: it ${misfit}` };
  // What the ABI keeps is all that a run can name; a module may export a hundred thousand other things.
  const exports = info.exports.filter((candidate) => own.keeps(candidate));
  return { kind: "rewritten", parts: [{ info: { ...info, imports: [], exports }, bytes }], extra: "" };
}
