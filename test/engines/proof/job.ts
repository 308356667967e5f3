// What crosses to an engine for the proof, and what comes back; JSON throughout.
import type { Refusal } from "../../../sre/wasm/rewrite/index.ts";

/** One run of a module. */
export interface RunSpec {
  /** The module's name in the job. */
  readonly module: string;
  readonly abi: string;
  readonly entry: string;
  /** Hexadecimal digits. */
  readonly input: string;
  /** What the guest finds besides; files by path as hexadecimal digits. Nothing where it is not there. */
  readonly context?: {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly files: Readonly<Record<string, string>>;
  };
  readonly limits: {
    readonly fuel: string;
    readonly memory: number;
    readonly stack: number;
    readonly output: number;
    readonly logs: number;
  };
}

/** One run as it is planned: the input as hexadecimal digits, limits that differ. */
export interface Case {
  readonly abi?: string;
  readonly entry?: string;
  readonly context?: RunSpec["context"];
  readonly input?: string;
  readonly limits?: Partial<RunSpec["limits"]>;
  /** Whether to repeat it with exactly the fuel that it used, and with one less. */
  readonly edges?: boolean;
}

/** What an engine is asked. */
export interface EngineJob {
  /** Modules by name, as hexadecimal digits. */
  readonly modules: Readonly<Record<string, string>>;
  /** Forms of modules that an engine does not make itself, since it lacks the transpiler of components; as `encodeForm` has them. */
  readonly forms: Readonly<Record<string, string>>;
  readonly runs: readonly RunSpec[];
  /** Modules to be run raw. */
  readonly raw: readonly string[];
  /** Modules, as hexadecimal digits, that are valid only with one feature each. */
  readonly features: readonly string[];
  /** Modules, as hexadecimal digits, that are most likely refused. */
  readonly wrong: readonly string[];
}

/** How a run ended; digests as hexadecimal digits, empty where there is nothing. A fault has no more than the first four. */
export interface RunEnd {
  /** The least profile that takes the module. */
  readonly profile: string;
  readonly rewritten: string;
  readonly exit: string;
  /** The whole memory, as the guest left it. */
  readonly memory: string;
  readonly fuel?: string;
  readonly output?: string;
  readonly logs?: string;
  /** Number and digest of the host calls. */
  readonly calls?: string;
  readonly note?: string;
}

/** How a raw run ended: with an answer, or with an error of that name and the first 8 bytes of memory. */
export interface RawEnd {
  readonly threw: string | null;
  readonly bytes: string;
}

/** What an engine answers, in the order of the job. */
export interface EngineAnswers {
  readonly runs: readonly RunEnd[];
  readonly raw: readonly RawEnd[];
  readonly features: readonly boolean[];
  /** Why and where each of the wrong modules is refused, as everything that a refusal says; null: it is not. */
  readonly refusals: readonly (Refusal | null)[];
}
