// What a benchmark needs of a rewriter, so that ours can be measured beside others (`--rewriter FILE`, whose module
// exports `rewriter`), and ours behind that interface.
import { guestExport, INTERNAL_EXPORTS, rewrite as ourRewrite } from "../../sre/wasm/rewrite/index.ts";

type Exports = WebAssembly.Instance["exports"];

/** A rewritten module, and how to begin with it. */
export interface Metered {
  readonly bytes: Uint8Array;
  /** Whether floats cross the boundary as integers. */
  readonly bitcast: boolean;
  /** The name under which a guest's export can be had now. */
  readonly exported: (name: string) => string;
  /** The export that is always the guest's memory, imported or not; null: it is where the source has it. */
  readonly memory: string | null;
  /** Sets all counters so high that nothing ends. */
  readonly refill: (exports: Exports) => void;
  /** The name of the start function's export, if the module has one. */
  readonly start: string | null;
  /** Fuel used since the last refill. */
  readonly used: (exports: Exports) => bigint;
}

/** Something that meters modules. */
export interface Rewriter {
  readonly name: string;
  /** Rewrites with every protection; throws when the module is refused. */
  readonly rewrite: (source: Uint8Array) => Metered;
}

const FUEL = 2n ** 61n;
const OPTIONS = { refuseImport: () => null, keepExport: () => true };

/** Our rewriter, every import taken and every export kept. */
export const ours: Rewriter = {
  name: "ours",
  rewrite: (source) => {
    const result = ourRewrite(source, OPTIONS);
    if (result.kind === "refused") throw new Error(`the module is refused: ${result.refusal.message}`);
    const { bytes, hasStart } = result.module;
    const global = (exports: Exports, name: keyof typeof INTERNAL_EXPORTS) =>
      exports[INTERNAL_EXPORTS[name]] as WebAssembly.Global;
    return {
      bytes,
      bitcast: true,
      exported: guestExport,
      memory: INTERNAL_EXPORTS.memory,
      start: hasStart ? INTERNAL_EXPORTS.start : null,
      refill: (exports) => {
        global(exports, "fuel").value = FUEL;
        global(exports, "stack").value = 256 * 1024;
        global(exports, "pages").value = 65_536;
      },
      used: (exports) => FUEL - (global(exports, "fuel").value as bigint),
    };
  },
};
