// Modules made wrong on purpose, for the proof that every engine refuses a module with the same code at the same place.
import { mutate, takeApart } from "../../sre/fuzz/mutate.ts";
import { random } from "../../support/state-tree.ts";
import { planModules } from "./cases.ts";

const COUNT = 600;
const SEED = 20_261_201;
/** Bytes of a sample at most, so that all of it stays small enough to be handed to a browser. */
const SAMPLE_BYTES = 2_000;

/** The modules as hexadecimal digits; a few of them come out valid. */
export function wrongModules(): readonly string[] {
  const next = random(SEED);
  const samples = Object.values(planModules())
    .filter(({ length }) => length <= SAMPLE_BYTES)
    .flatMap((bytes) => {
      try {
        return [takeApart(bytes)];
      } catch {
        // The mutator's reader does not know every option.
        return [];
      }
    });
  const pick = () => samples[next(samples.length)]!;
  return Array.from({ length: COUNT }, () => Buffer.from(mutate(next, pick(), pick())).toString("hex"));
}
