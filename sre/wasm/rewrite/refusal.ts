// Why a module is not taken, with the place. A refusal is a value for everyone outside this folder; inside it
// travels as an exception, because a parser that checks a result at each byte could not be read.

/**
 * What kind of refusal: `malformed`, the bytes are not WebAssembly; `unsupported`, a feature outside the profile;
 * `invalid`, a rule of the specification is broken (types, alignment, names twice); `limit`, past a cap of `REWRITE_LIMITS`; `index`, something that the module does not have is named;
 * `import`, an import outside the ABI; `export`, an export that is missing, wrong or reserved.
 */
export type RefusalCode = "malformed" | "invalid" | "unsupported" | "limit" | "index" | "import" | "export";

/** A refusal: a sentence for people, and the place: section, function index and byte offset where they apply. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly section: string;
  readonly function: number | null;
  readonly offset: number;
  /** The feature that the profile does not take, with `unsupported`; else null. */
  readonly feature: string | null;
}

/** Carries a refusal up to `rewrite`; never leaves this folder. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** What `read` gives, or the refusal by which it ended. */
export function refusalOf<T>(read: () => T): T | { readonly refusal: Refusal } {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refused) return { refusal: error.refusal };
    throw error;
  }
}
