// The ABI `assemblyscript/2`: a module that carries the types of its exports in a section of its own (`section.ts`), so that
// functions of any of AssemblyScript's plain types can be called with JSON. What `assemblyscript/1` can call is called in
// the same way, too. Specified in sre/SPEC.md, rules A10 to A18 and J1 to J6.
import type { Form } from "../../form.ts";
import { GuestEnded, type Host } from "../../host.ts";
import type { Profile } from "../../profile.ts";
import type { ModuleExport } from "../../rewrite/index.ts";
import { readArguments, type Value, ValueError, writeValue } from "../../values/index.ts";
import { type Abi, ENTRY_NAME, type Entry, type Guest, hasType, type Known } from "../abi.ts";
import { singleModule } from "../single.ts";
import { bindImports, IMPORTS } from "./imports.ts";
import { liftResult } from "./lift.ts";
import { lowerAll } from "./lower.ts";
import { isRuntime, type Runtime, runtimeMisfit } from "./runtime.ts";
import { TYPES_SECTION, typesIn } from "./section.ts";
import { type GuestType, isBytes, readTypes, type Signature, wasmTypeOf } from "./types.ts";

/** What a call may append to a function's name to give and take JSON; the convention's name. */
const JSON_CONVENTION = "json";
/** One string or bytes for one, as they are. */
const PLAIN_CONVENTION = "plain";
/** Tells functions with parameters that may be left out how many there are. */
const ARGUMENTS_LENGTH = "__setArgumentsLength";

interface TypedEntry extends Entry {
  readonly signature: Signature;
}

type Signatures = ReadonlyMap<string, Signature>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
// Bytes that are not UTF-8 become U+FFFD as the Encoding Standard says; a byte order mark stays.
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

const core = singleModule({
  name: "assemblyscript/2",
  imports: IMPORTS,
  misfit: ({ exports }) => runtimeMisfit(exports),
  entries: () => [],
  entry: () => null,
  keeps: (candidate) =>
    isRuntime(candidate) ||
    (candidate.name === ARGUMENTS_LENGTH && hasType(candidate.type, ["i32"], [])) ||
    (candidate.kind === "function" && ENTRY_NAME.test(candidate.name)),
  bind: bindImports,
  invoke(guest, entry, input, host) {
    const { convention, signature } = entry as TypedEntry;
    return (convention === JSON_CONVENTION ? invokeJson : invokePlain)(guest, signature, input, host);
  },
});

/** The ABI `assemblyscript/2`. */
export const typedAssemblyscriptAbi: Abi = {
  ...core,

  misfit(sight) {
    const misfit = core.misfit(sight);
    if (misfit !== null) return misfit;
    const text = typesIn(sight.source);
    if (text === null) return `has no section "${TYPES_SECTION}", which a build of ours writes`;
    const wrong = wrongTypes(readTypes(text), sight.core!.exports);
    return wrong === null ? null : `has a bad section "${TYPES_SECTION}": ${wrong}`;
  },

  form(source: Uint8Array, profile: Profile, _means, watch): Form {
    const form = core.form(source, profile, null, watch);
    if (form.kind === "invalid") return form;
    const misfit = typedAssemblyscriptAbi.misfit({ source, core: form.parts[0]!.info });
    if (misfit !== null) return { kind: "invalid", note: `the module does not fit the ABI ${core.name}: it ${misfit}` };
    return { ...form, extra: typesIn(source)! };
  },

  entries: (known) => [...signaturesOf(known).keys()],

  entry(known, spelled): TypedEntry | null {
    const [name = "", wanted, ...rest] = spelled.split(":");
    const signature = signaturesOf(known).get(name);
    if (signature === undefined || rest.length > 0 || (wanted ?? JSON_CONVENTION) !== JSON_CONVENTION) return null;
    return { name, convention: wanted ?? plainConvention(signature), signature };
  },
};

/** Why types and exports don't agree; null when they do. */
function wrongTypes(types: Signatures | string, exports: readonly ModuleExport[]): string | null {
  if (typeof types === "string") return types;
  if (types.size === 0) return "it names no function";
  for (const { name, params, result } of types.values()) {
    const own = exports.find((candidate) => candidate.name === name);
    const results = result === null ? [] : [wasmTypeOf(result)];
    if (!hasType(own?.type ?? null, params.map(wasmTypeOf), results))
      return `the module exports no such function ${name}`;
  }
  return null;
}

/** Signatures by what is known of a form: they are read once, not at each call. */
const read = new WeakMap<Known, Signatures>();

function signaturesOf(known: Known): Signatures {
  const before = read.get(known);
  if (before !== undefined) return before;
  // A form that was made has been checked.
  const signatures = readTypes(known.extra) as Signatures;
  read.set(known, signatures);
  return signatures;
}

/** How a call of a plain name crosses. */
function plainConvention({ params: [only, ...others], result }: Signature): string {
  const plain = only !== undefined && others.length === 0 && result !== null && isPlain(only) && isPlain(result);
  return plain ? PLAIN_CONVENTION : JSON_CONVENTION;
}

/** Whether a value can cross as bytes that are it and nothing else. */
const isPlain = (type: GuestType): boolean =>
  type.kind === "string" || type.kind === "buffer" || (type.kind === "view" && isBytes(type.element));

function invokeJson(guest: Guest, signature: Signature, input: Uint8Array, host: Host): Uint8Array {
  if (!host.charge(CHARGED * input.length)) throw new GuestEnded("out-of-fuel", "no fuel for the input");
  const value = call(guest, signature, argumentsIn(input, signature), host);
  return value === null ? new Uint8Array(0) : textOf(value, signature.jsonResult!, host);
}

function invokePlain(guest: Guest, signature: Signature, input: Uint8Array, host: Host): Uint8Array {
  if (!host.charge(input.length)) throw new GuestEnded("out-of-fuel", "no fuel for the input");
  const argument = signature.params[0]!.kind === "string" ? lenient.decode(input) : input;
  const value = call(guest, signature, [argument], host);
  const bytes = typeof value === "string" ? encoder.encode(value) : (value as Uint8Array);
  if (bytes.length > host.limits.output) throw overLimit(bytes, host);
  return bytes;
}

/** Calls the function; null when it gives nothing back. */
function call(guest: Guest, { name, params, result }: Signature, values: readonly Value[], host: Host): Value | null {
  const exports = guest.exports as unknown as Runtime &
    Record<string, (...args: readonly (number | bigint)[]) => number | bigint>;
  const args = lowerAll(values, params, exports, host);
  exports[ARGUMENTS_LENGTH]?.(args.length);
  const raw = exports[name]!(...args);
  return result === null ? null : liftResult(raw, result, host);
}

function overLimit(bytes: Uint8Array, host: Host): GuestEnded {
  return new GuestEnded("output-limit", `the output has ${bytes.length} bytes; the limit is ${host.limits.output}`);
}

/** Bytes that count as crossing for each byte of JSON, so that it costs one unit of fuel. */
const CHARGED = 8;

/** The arguments in a text; ends the run as a bad input where it is none. */
function argumentsIn(input: Uint8Array, { jsonParams }: Signature): readonly Value[] {
  let text: string;
  try {
    text = decoder.decode(input);
  } catch {
    throw new GuestEnded("bad-input", "the input is not UTF-8");
  }
  try {
    return readArguments(text, jsonParams);
  } catch (error) {
    if (error instanceof ValueError)
      throw new GuestEnded("bad-input", `the input is not what the entry takes: ${error.message}`);
    throw error;
  }
}

/** The JSON of a result: no more of it is made than the guest may give and pay. */
function textOf(value: Value, type: Parameters<typeof writeValue>[1], host: Host): Uint8Array {
  const { output } = host.limits;
  const affordable = Number(host.fuel);
  try {
    const bytes = encoder.encode(writeValue(value, type, Math.min(output, affordable)));
    if (bytes.length > output)
      throw new GuestEnded("output-limit", `the output has ${bytes.length} bytes; the limit is ${output}`);
    if (!host.charge(CHARGED * bytes.length)) throw new GuestEnded("out-of-fuel", "no fuel for the output");
    return bytes;
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    if (affordable < output) host.charge(CHARGED * (affordable + 1));
    throw new GuestEnded("output-limit", `the output: ${error.message}; the limit is ${output} bytes`);
  }
}
