// What a module is, without running it: for build, deploy and check.
import { LockstepError } from "../../chain/protocol/index.ts";
import {
  ABI_NAMES,
  ABIS,
  type Abi,
  detectAbi,
  findAbi,
  initialPages,
  type Known,
  type Means,
  type Sight,
} from "./abi/index.ts";
import { PAGE_BYTES } from "./limits.ts";
import { PROFILES, profileFor } from "./profile.ts";
import { type Refusal, rewrite } from "./rewrite/index.ts";

/** What is known of a module that the profile takes. */
export interface Inspection {
  /** The least profile that takes it. */
  readonly profile: string;
  readonly abi: string;
  /** Callable entries as a call would spell them. */
  readonly entries: readonly string[];
  /** Host functions that it imports, as `module.name`. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** What the entries take and give, in their order and in the ABI's own words; empty where the module does not say. */
  readonly signatures: readonly string[];
  /** Linear memory in bytes at the start, and at most by its own word (null: no limit of its own). */
  readonly memory: { readonly initial: number; readonly maximum: number | null };
  /** Bytes of the module as given and as rewritten. */
  readonly size: { readonly source: number; readonly rewritten: number };
}

/** What the caller knows better than a guess. */
export interface Wanted {
  /** The module's guest ABI. */
  readonly abi?: string | undefined;
  /** The one entry to be called, as a call spells it. */
  readonly entry?: string | undefined;
}

/**
 * Inspects a module; INVALID_MODULE, with reason, feature and place as its data, when no profile takes it. USAGE when
 * there is no such ABI, or no such entry. Components need `means`.
 */
export function inspect(source: Uint8Array, wanted: Wanted = {}, means: Means | null = null): Inspection {
  const whole = ABIS.find((abi) => abi.misfit({ source, core: null }) === null);
  if (whole !== undefined) return inspectWhole({ source, core: null }, whole, wanted, means);
  const parsed = rewrite(source, { refuseImport: () => null, keepExport: () => true });
  if (parsed.kind === "refused") throw invalid(parsed.refusal);
  const { bytes: _, ...core } = parsed.module;
  const abi = abiOf({ source, core }, wanted.abi);
  const profile = profileFor(core.features);
  const form = abi.form(source, profile, null);
  if (form.kind === "invalid") {
    if (form.refusal !== undefined) throw invalid(form.refusal);
    throw new LockstepError("INVALID_MODULE", form.note);
  }
  if (!WebAssembly.validate(source)) {
    throw new LockstepError(
      "INVALID_MODULE",
      "the engine refuses the module, though it is valid by the profile: the engine is too old",
    );
  }
  const { exports, imports, memory } = core;
  const maximum = memory?.maximum ?? null;
  return {
    profile: profile.id,
    abi: abi.name,
    entries: entriesOf(abi, { infos: [core], extra: form.extra }, wanted.entry),
    imports: imports.map((imported) => `${imported.module}.${imported.name}`),
    exports: exports.map((candidate) => candidate.name),
    signatures: [],
    memory: { initial: (memory?.initial ?? 0) * PAGE_BYTES, maximum: maximum === null ? null : maximum * PAGE_BYTES },
    size: { source: source.length, rewritten: form.parts.reduce((sum, { bytes }) => sum + bytes.length, 0) },
  };
}

/** The ABI that is named, or else the first that the module fits. */
function abiOf(sight: Sight, name: string | undefined): Abi {
  if (name === undefined) {
    const abi = detectAbi(sight);
    if ("name" in abi) return abi;
    throw new LockstepError("INVALID_MODULE", `the module fits no guest ABI; ${abi.join("; ")}`);
  }
  const abi = findAbi(name);
  if (abi === undefined) throw new LockstepError("USAGE", `there is no ABI "${name}"; use ${ABI_NAMES.join(" or ")}`);
  const misfit = abi.misfit(sight);
  if (misfit === null) return abi;
  throw new LockstepError("INVALID_MODULE", `the module does not fit the ABI ${name}: it ${misfit}`);
}

function entriesOf(abi: Abi, known: Known, name: string | undefined): readonly string[] {
  const entries = abi.entries(known);
  if (name === undefined) return entries;
  if (abi.entry(known, name) !== null) return [name];
  throw new LockstepError("USAGE", `there is no entry "${name}"; the module exports ${entries.join(", ")}`);
}

/** A program that is no core module. Its own modules decide which profile it needs. */
function inspectWhole(sight: Sight, fitting: Abi, wanted: Wanted, means: Means | null): Inspection {
  const { source } = sight;
  const abi = wanted.abi === undefined ? fitting : abiOf(sight, wanted.abi);
  const form = abi.form(source, PROFILES.at(-1)!, means);
  if (form.kind === "invalid") {
    if (form.refusal !== undefined) throw invalid(form.refusal);
    throw new LockstepError("INVALID_MODULE", form.note);
  }
  const infos = form.parts.map(({ info }) => info);
  const known = { infos, extra: form.extra };
  const maxima = infos.map(({ memory }) => (memory === null ? 0 : memory.maximum));
  const maximum = maxima.reduce((sum, most) => (sum === null || most === null ? null : sum + most), 0);
  return {
    profile: profileFor(infos.flatMap(({ features }) => features)).id,
    abi: abi.name,
    entries: entriesOf(abi, known, wanted.entry),
    ...abi.outline!(known),
    memory: { initial: initialPages(known) * PAGE_BYTES, maximum: maximum === null ? null : maximum * PAGE_BYTES },
    size: { source: source.length, rewritten: form.parts.reduce((sum, { bytes }) => sum + bytes.length, 0) },
  };
}

function invalid(refusal: Refusal): LockstepError {
  const { code, section, offset, function: index, feature } = refusal;
  const data = {
    ...{ reason: code, section, offset },
    ...(index === null ? {} : { function: index }),
    ...(feature === null ? {} : { feature }),
  };
  return new LockstepError("INVALID_MODULE", `the module is refused: ${refusal.message}`, data);
}
