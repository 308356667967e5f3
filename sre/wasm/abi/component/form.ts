// From a component to a form: read and refused by name where it is outside the ABI, transpiled, every core module rewritten
// to be linked, the glue kept as a text.
import type { Form, Part } from "../../form.ts";
import type { Profile } from "../../profile.ts";
import { type Refusal, type Rewritten, rewrite } from "../../rewrite/index.ts";
import type { Watching } from "../abi.ts";
import type { Means } from "../means.ts";
import { type Entries, entriesOf, lacking } from "./entries.ts";
import { isCoreName, readComponent } from "./read/index.ts";
import { wrapGlue } from "./scope.ts";
import { transpile } from "./transpiler.ts";

/** What is known of a component besides its modules: JSON in a form's `extra`. */
export interface Facts {
  readonly entries: Entries;
  /** Names of what it imports and exports. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** The names by which the glue asks for its modules, in their order. */
  readonly files: readonly string[];
}

/** Where the glue's one function begins and what stands behind it. */
const BEGIN = '"use components";\nexport function instantiate(';
const END = "\n\nexport const _util = {";

const invalid = (note: string): Form => ({ kind: "invalid", note: `the component is refused: ${note}` });
const refused = (refusal: Refusal): Form => ({ ...invalid(refusal.message), kind: "invalid", refusal }) as Form;

/** Rewrites a component. */
export function formOf(source: Uint8Array, profile: Profile, means: Means | null = null, watch: Watching = null): Form {
  if (means === null) throw new Error("components need the transpiler");
  const component = readComponent(source);
  if ("refusal" in component) return refused(component.refusal);
  const missing = lacking(component.imports);
  if (missing !== null) return invalid(missing);
  const { entries, without } = entriesOf(component.exports);
  if (entries.length === 0) return invalid(without);
  const pieces = piecesOf(source, means);
  if (typeof pieces === "string") return invalid(pieces);
  const taken = entries.find(({ at: [, name] }) => TAKEN.test(name));
  if (taken !== undefined) return invalid(`it exports ${taken.name}, a name that the transpiler needs itself`);
  const parts: Part[] = [];
  const files: string[] = [];
  for (const [file, bytes] of pieces.modules) {
    const part = rewritePart(bytes, profile, watch);
    if (typeof part === "string") return invalid(`its core module ${parts.length} ${part}`);
    if ("code" in part) return invalid(`in its core module ${parts.length}: ${part.message}`);
    parts.push(part);
    files.push(file);
  }
  const [imports, exports] = [[...component.imports.keys()], [...component.exports.keys()]];
  const facts: Facts = { entries, files, imports, exports };
  return { kind: "rewritten", parts, extra: JSON.stringify(facts), script: pieces.glue };
}

/**
 * Names that the glue needs itself and does not make room for. Other clashes make it no program, which every engine says
 * in the same way (`compile`).
 */
const TAKEN =
  /^(?:getCoreModule|instantiateCore|imports|own|gen|promise|resolve|reject|(?:exports|memory|realloc|postReturn|trampoline|handleTable|module|table|callback|instanceFlags|finalizationRegistry)\d.*)$/;

interface Pieces {
  readonly glue: string;
  readonly modules: readonly (readonly [file: string, bytes: Uint8Array])[];
}

function piecesOf(source: Uint8Array, means: Means): Pieces | string {
  const transpiled = transpile(source, means);
  if (typeof transpiled === "string") return transpiled;
  const { files } = transpiled;
  const modules = files.filter(([name]) => name.endsWith(".wasm"));
  const text = new TextDecoder().decode(files.find(([name]) => name.endsWith(".js"))?.[1]);
  const end = text.lastIndexOf(END);
  if (!text.startsWith(BEGIN) || end < 0) throw new Error("the transpiler wrote glue of another form than is known");
  return { modules, glue: wrapGlue(`return function instantiate(${text.slice(BEGIN.length, end)}`) };
}

/** A core module rewritten to be linked; or why it can't be. */
function rewritePart(source: Uint8Array, profile: Profile, watch: Watching): Part | Refusal | string {
  const named: string[] = [];
  const result = rewrite(source, {
    features: profile.features,
    linked: true,
    // What a core module imports is the component's own affair: the transpiler has checked that it is given just that.
    refuseImport: ({ module, name }) => {
      named.push(module, name);
      return null;
    },
    keepExport: () => true,
    watch,
  });
  if (result.kind === "refused") return result.refusal;
  const { bytes, ...info } = result.module;
  const strange = [...named, ...info.exports.map(({ name }) => name), ...spaceNames(info)].find(
    (name) => !isCoreName(name),
  );
  if (strange !== undefined) return `has an import or export of a name that is not plain: ${JSON.stringify(strange)}`;
  return { info, bytes };
}

const spaceNames = ({ linking }: Omit<Rewritten, "bytes">): readonly string[] =>
  [...linking!.memories, ...linking!.tables].flatMap(({ from }) => from ?? []);
