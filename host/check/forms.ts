// What is run of a function to look at it: its module rewritten as for every run, with all memories in sight; and once more
// with probes, for the profile. Made here, where no guest runs.
import { type Call, LockstepError } from "../../chain/protocol/index.ts";
import { readInterpreter } from "../../sre/quickjs/file.ts";
import { EXPORTS, PROGRAMS } from "../../sre/quickjs/kind.ts";
import { type Abi, encodeForm, type Form, findAbi, type Watching } from "../../sre/wasm/examine.ts";
import { findProfile, PROFILES } from "../../sre/wasm/index.ts";
import { means } from "../../sre/wasm/means.ts";
import { toHex } from "./regions.ts";

/** A function as engines get it. Bytes are hexadecimal digits. */
export interface Forms {
  readonly program: string | null;
  readonly memories: string;
  readonly calls: string;
  /** Names of all functions of all its modules, in the order in which profiles number them. */
  readonly names: readonly string[];
  /** Functions that no profile shows. */
  readonly flat: number;
  /** Full names of host functions, by the names that calls have in transcripts. */
  readonly fullNames: ReadonlyMap<string, string>;
}

/** Makes the forms of a call's module; INVALID_MODULE where it is refused. */
export function formsOf({ abi: name, profile: id, sre }: Call, module: Uint8Array): Forms {
  const interpreted = sre === "quickjs";
  const source = interpreted ? readInterpreter() : module;
  const abi = findAbi(name, interpreted ? PROGRAMS.abis : undefined)!;
  const profile = findProfile(id, interpreted ? PROGRAMS.profiles : PROFILES)!;
  const form = (watch: Watching) => taken(abi.form(source, profile, means, watch));
  const calls = form("calls");
  const infos = calls.parts.map(({ info }) => info);
  // Of several modules, functions of one number are told apart by their module's.
  const prefix = (part: number) => (infos.length > 1 ? `${part}:` : "");
  const given = infos.flatMap(({ watched }, part) => watched!.names.map((name) => `${prefix(part)}${name}`));
  const names = interpreted ? given.map((own) => INTERPRETERS.get(own) ?? own) : given;
  return {
    program: interpreted ? toHex(module) : null,
    memories: bytesOf(form("memories")),
    calls: bytesOf(calls),
    names,
    flat: infos.reduce((sum, { watched }) => sum + watched!.flat, 0),
    fullNames: fullNamesOf(abi, names),
  };
}

/** The interpreter's own names, by those of its file. */
const INTERPRETERS: ReadonlyMap<string, string> = new Map(
  Object.entries(EXPORTS).map(([name, exported]) => [exported, name] as const),
);

type Taken = Extract<Form, { kind: "rewritten" }>;

function taken(form: Form): Taken {
  if (form.kind === "rewritten") return form;
  throw new LockstepError("INVALID_MODULE", `the module is refused: ${form.note}`);
}

const bytesOf = (form: Form): string => encodeForm(form).map(toHex).join("");

/** A host function is called in transcripts by its name alone; the module that imports it knows the rest. */
function fullNamesOf({ imports }: Abi, names: readonly string[]): ReadonlyMap<string, string> {
  const known = new Set(names);
  const used = imports
    .map(({ module, name }) => ({ name, full: `${module}.${name}` }))
    .filter(({ full }) => known.has(full));
  return new Map(used.map(({ name, full }) => [name, full]));
}
