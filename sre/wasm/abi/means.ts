// What hosts lend to programs that are no core modules.

/** What a form's script does with what it gets for `own`. */
export type Script = (own: Readonly<Record<string, unknown>>) => unknown;

/** Makes a script of its text. A power of the host's. */
export type Evaluate = (text: string) => Script;

/** What a host lends to programs that are no core modules. */
export interface Means {
  readonly evaluate: Evaluate;
  /** The transpiler's files in the order of `TRANSPILER_FILES`. */
  readonly transpiler: readonly Uint8Array[];
}
