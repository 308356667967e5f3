// What a receipt can be checked by, from the kind of sandbox alone while no order declares a comparator of its own: one
// table, so that no place says more than another.
import type { Sre } from "./equation.ts";
import type { TransactionBody } from "./transaction.ts";

/**
 * What a receipt can be checked by. `reexecutable`: anyone can run the call again, anywhere, and must get the same answer.
 * `class-reproducible`: so can whoever has a device of the class that the profile names, and gets the same unless the kernel's invocations race. `signed`: it is the word of the key that signed it, and no more, since two honest runs may differ.
 */
export const ASSURANCES = ["reexecutable", "class-reproducible", "signed"] as const;
/** What a receipt can be checked by. */
export type Assurance = (typeof ASSURANCES)[number];

const BY_SRE: Readonly<Record<Sre, Assurance>> = {
  wasm: "reexecutable",
  quickjs: "reexecutable",
  container: "signed",
  gpu: "class-reproducible",
};

/** The assurance of receipts of a kind of sandbox. */
export const assuranceOf = (sre: Sre): Assurance => BY_SRE[sre];

/** Whether a run again can say anything of a receipt's answer. */
export const isRepeatable = (sre: Sre): boolean => assuranceOf(sre) !== "signed";

type Comparator = Extract<TransactionBody, { type: "job" }>["comparator"];

/** The comparator that an order of an assurance names: answers that can't be repeated are compared by nothing. */
export const comparatorOf = (sre: Sre): Comparator => (isRepeatable(sre) ? "bits" : "none");
