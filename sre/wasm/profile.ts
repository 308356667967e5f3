// The determinism profiles: which rules a run follows, under a name that changes whenever one of them does. Every
// receipt names one. A profile is the base and a set of optional features; a module without them has the same fuel,
// bytes and answer under all.
import { TYPES_BYTES } from "./abi/assemblyscript/section.ts";
import { COMPONENTS } from "./abi/component/rules.ts";
import { WASI_LIMITS } from "./abi/wasi/limits.ts";
import { CEILINGS, CROSSING_SHIFT, HOST_CALL_BYTES, INPUT_BYTES } from "./limits.ts";
import { FEATURES, type Feature, METERING } from "./rewrite/index.ts";
import { VALUE_LIMITS } from "./values/index.ts";
import { WORLD_LIMITS } from "./world/index.ts";

/** Counts the changes of the rules that no number below shows: what `sre/SPEC.md` says in words. */
const VERSION = 4;

/**
 * Units of fuel that the slowest code burns in a millisecond: what a deadline must allow, for a run that is stopped by
 * the clock has no answer. The worst unit measured took 126 to 197 ns, in loads around a ring of 1 GiB that each wait for
 * the one before, on a busy machine; 250 ns leave room for a slower one. Usual code burns 5 to 25 units a nanosecond.
 * Not part of an id, since no answer depends on it.
 */
export const SLOWEST_FUEL_PER_MS = 4000n;

/** The engines that a profile may name. */
export type EngineName = "v8" | "spidermonkey" | "javascriptcore";

/** A determinism profile. */
export interface Profile {
  /** `wasm-1-` and the first 32 hexadecimal digits of the SHA-256 of `describeProfile`'s canonical JSON. */
  readonly id: string;
  /** For people: `wasm-1`, and `+feature` for each optional feature. */
  readonly label: string;
  readonly features: ReadonlySet<Feature>;
  /** Engines that take every module of the profile, so that they can run its calls again. */
  readonly engines: readonly EngineName[];
}

/** Engines by optional feature, as Debian packages them; all three take the base. */
const ENGINES: Readonly<Record<Feature, readonly EngineName[]>> = {
  memory64: ["v8", "spidermonkey"],
  "multi-memory": ["v8", "spidermonkey"],
  exceptions: ["v8", "spidermonkey", "javascriptcore"],
};
const ALL_ENGINES: readonly EngineName[] = ["v8", "spidermonkey", "javascriptcore"];

/** Ids by label; a test computes them anew. A change here is a new profile: receipts of the old one stay theirs. */
const IDS: Readonly<Record<string, string>> = {
  "wasm-1": "wasm-1-2bd90256117e4b689ba7f0c752ffd55b",
  "wasm-1+memory64": "wasm-1-c0ea85ade94545dd6edf450059681218",
  "wasm-1+multi-memory": "wasm-1-f11f650e6dc513b0b8429d62d1cd6014",
  "wasm-1+exceptions": "wasm-1-46d559934b09f1a8bd9fb4b733e8ab88",
  "wasm-1+memory64+multi-memory": "wasm-1-d4fa675c9956b5c9057cd156f7879aba",
  "wasm-1+memory64+exceptions": "wasm-1-ba316d5f189e63ca62d54c342bf8d5e2",
  "wasm-1+multi-memory+exceptions": "wasm-1-e55c5a6f32ca34e68d88af7d58aef0bc",
  "wasm-1+memory64+multi-memory+exceptions": "wasm-1-fd1bed438e086a4891a70ca031a9a7f1",
};

/** What a profile's id is the digest of: what can change a fuel, an answer or a refusal. */
export function describeProfile(features: ReadonlySet<Feature>) {
  const crossing = { bytesPerUnit: 2 ** Number(CROSSING_SHIFT), input: INPUT_BYTES, call: HOST_CALL_BYTES };
  return {
    ...{ version: VERSION, features: FEATURES.filter((feature) => features.has(feature)) },
    ...{ ...METERING, ceilings: CEILINGS, crossing, components: COMPONENTS },
    ...{ values: VALUE_LIMITS, world: WORLD_LIMITS, wasi: WASI_LIMITS, assemblyscript: { typesBytes: TYPES_BYTES } },
  };
}

/** The label of a set of features. */
const labelOf = (features: ReadonlySet<Feature>) =>
  ["wasm-1", ...FEATURES.filter((feature) => features.has(feature))].join("+");

/** All profiles, the base first, then by rising number of features. */
export const PROFILES: readonly Profile[] = Array.from({ length: 2 ** FEATURES.length }, (_, bits) => {
  const features = new Set(FEATURES.filter((_, index) => (bits & (1 << index)) !== 0));
  const label = labelOf(features);
  const engines = ALL_ENGINES.filter((engine) => [...features].every((feature) => ENGINES[feature].includes(engine)));
  return { id: IDS[label] ?? "", label, features, engines };
}).sort((left, right) => left.features.size - right.features.size);

/** The id of the base profile. */
export const PROFILE = PROFILES[0]!.id;

/** The profile of that id, by default among those of WebAssembly. */
export const findProfile = (id: string, among = PROFILES): Profile | undefined =>
  among.find((profile) => profile.id === id);

/** The least profile that takes a module with these features. */
export function profileFor(used: readonly Feature[]): Profile {
  return PROFILES.find(({ features }) => used.every((feature) => features.has(feature)))!;
}
