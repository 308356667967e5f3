// What crosses to an engine for an examination; JSON throughout, bytes as hexadecimal digits.

/** One run of a program. */
export interface RunAsked {
  readonly entry: string;
  readonly input: string;
  readonly limits: {
    readonly fuel: string;
    readonly memory: number;
    readonly stack: number;
    readonly output: number;
    readonly logs: number;
  };
  readonly context: {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly files: Readonly<Record<string, { readonly sha256: string; readonly size: number }>>;
    readonly clock: string;
    readonly seed: string;
  };
  /** Whether its host calls are wanted, the first `CALLS` of them. */
  readonly tells: boolean;
  /** Pieces of its regions that are wanted, by region's name and number of the piece. */
  readonly pieces: readonly (readonly [region: string, piece: number])[];
}

/** What an engine is asked: runs of one program, one after the other in one process. */
export interface Asked {
  readonly abi: string;
  /** What an interpreter runs; null where the module is the program itself. */
  readonly program: string | null;
  /** Files of contexts by digest. */
  readonly files: Readonly<Record<string, string>>;
  /** Runs by what was made of the program to watch them. */
  readonly batches: readonly { readonly form: string; readonly runs: readonly RunAsked[] }[];
}
