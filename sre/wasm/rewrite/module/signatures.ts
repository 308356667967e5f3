// All operand type lists of a module laid end to end, so that the walk compares bytes: for each function type, and
// after them for each block type without an index (nothing, or one value), the parameters and the results.
import { OPERAND } from "./opcodes.ts";
import type { FunctionType } from "./types.ts";

const INLINE = Object.keys(OPERAND).length;

/** Type lists by type index; list `i` of kind params is `codes[paramsAt[i]]` to before `codes[paramsAt[i] + params[i]]`. */
export class Signatures {
  readonly codes: Uint8Array;
  readonly paramsAt: Int32Array;
  readonly params: Int32Array;
  readonly resultsAt: Int32Array;
  readonly results: Int32Array;
  /** Slots of 8 bytes of the parameters. */
  readonly paramSlots: Int32Array;
  /** Index of the block type "nothing"; block type "one value of operand type c" is `inline + c`. */
  readonly inline: number;

  constructor(types: readonly FunctionType[]) {
    const count = types.length + INLINE;
    this.inline = types.length;
    this.paramsAt = new Int32Array(count);
    this.params = new Int32Array(count);
    this.resultsAt = new Int32Array(count);
    this.results = new Int32Array(count);
    this.paramSlots = new Int32Array(types.length);
    let total = INLINE;
    for (const { params, results } of types) total += params.length + results.length;
    this.codes = new Uint8Array(total);
    this.fill(types);
  }

  private fill(types: readonly FunctionType[]): void {
    let at = 0;
    types.forEach(({ params, results }, index) => {
      this.paramsAt[index] = at;
      this.params[index] = params.length;
      for (const type of params) this.codes[at++] = OPERAND[type];
      this.paramSlots[index] = params.length + params.filter((type) => type === "v128").length;
      this.resultsAt[index] = at;
      this.results[index] = results.length;
      for (const type of results) this.codes[at++] = OPERAND[type];
    });
    for (let code = 1; code < INLINE; code++) {
      this.resultsAt[this.inline + code] = at;
      this.results[this.inline + code] = 1;
      this.codes[at++] = code;
    }
  }
}
