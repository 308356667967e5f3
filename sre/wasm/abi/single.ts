// What ABIs of one core module share: it is rewritten as it is, imports outside the ABI are refused, exports that the ABI
// has no use for are dropped.
import type { Form } from "../form.ts";
import { guardImports } from "../guard.ts";
import type { Host } from "../host.ts";
import type { Profile } from "../profile.ts";
import { INTERNAL_EXPORTS, type ModuleExport, rewrite } from "../rewrite/index.ts";
import { type Abi, type Entry, type Guest, hasType } from "./abi.ts";

/** An ABI of one core module. */
export interface SingleModule extends Pick<Abi, "name" | "imports" | "invoke"> {
  /** Why a module with these exports does not fit, or null when it does. */
  misfit(exports: readonly ModuleExport[]): string | null;
  /** The entries that a fitting module has, as a call would spell them. */
  entries(exports: readonly ModuleExport[]): readonly string[];
  /** The entry that a call names, or null. */
  entry(exports: readonly ModuleExport[], name: string): Entry | null;
  /** Whether the host needs to see an export. */
  keeps(candidate: ModuleExport): boolean;
  /** The import object's functions, acting for a host. Floats come and go as the integers of their bits. */
  bind(host: Host): WebAssembly.Imports;
  /** Makes the instance; without it, as the engine does. */
  link?(module: WebAssembly.Module, imports: WebAssembly.Imports): Pick<Guest, "exports" | "surface">;
}

/** The ABI. */
export function singleModule(own: SingleModule): Abi {
  const { name, imports, link = linkPlainly } = own;
  return {
    name,
    imports,
    misfit: ({ core }) => (core === null ? "is no core module" : own.misfit(core.exports)),
    form: (source, profile) => formOf(source, own, profile),
    entries: ({ infos }) => own.entries(infos[0]!.exports),
    entry: ({ infos }, spelled) => own.entry(infos[0]!.exports, spelled),

    instantiate({ infos, modules }, host) {
      const { features, hasStart } = infos[0]!;
      const bound = own.bind(host);
      const guarded = features.includes("exceptions") ? guardImports(bound, imports, host) : bound;
      const { exports, surface } = link(modules[0]!, guarded);
      return { exports, surface, start: hasStart ? (exports[INTERNAL_EXPORTS.start] as () => void) : null };
    },

    invoke: (guest, entry, input, host) => own.invoke(guest, entry, input, host),
  };
}

function linkPlainly(module: WebAssembly.Module, imports: WebAssembly.Imports): Pick<Guest, "exports" | "surface"> {
  const { exports } = new WebAssembly.Instance(module, imports);
  return { exports, surface: exports };
}

function formOf(source: Uint8Array, own: SingleModule, profile: Profile): Form {
  const result = rewrite(source, {
    features: profile.features,
    refuseImport({ module, name, type }) {
      // Both names by themselves: joined, "env.console"."log" would pass for "env"."console.log".
      const offered = own.imports.find((candidate) => candidate.module === module && candidate.name === name);
      const wanted = `"${module}"."${name}"`;
      if (offered === undefined) {
        const list = own.imports.map((candidate) => `"${candidate.module}"."${candidate.name}"`).join(", ");
        return `imports ${wanted}, which the ABI ${own.name} does not offer; it offers ${list}`;
      }
      if (hasType(type, offered.type.params, offered.type.results)) return null;
      return `imports ${wanted} with another type than the ABI ${own.name} offers`;
    },
    keepExport: (candidate) => own.keeps(candidate),
  });
  if (result.kind === "refused") return { kind: "invalid", note: result.refusal.message, refusal: result.refusal };
  const { bytes, ...info } = result.module;
  const misfit = own.misfit(info.exports);
  if (misfit !== null) return { kind: "invalid", note: `the module does not fit the ABI ${own.name}: it ${misfit}` };
  // What the ABI keeps is all that a run can name; a module may export a hundred thousand other things.
  const exports = info.exports.filter((candidate) => own.keeps(candidate));
  return { kind: "rewritten", parts: [{ info: { ...info, imports: [], exports }, bytes }], extra: "" };
}
