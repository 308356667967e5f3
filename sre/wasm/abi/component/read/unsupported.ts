// The refusal of what a component uses and the ABI does not take.
import type { Reader } from "../../../rewrite/index.ts";

/** Refuses something by name and place. */
export function unsupported(reader: Reader, feature: string, offset: number): never {
  const what = `uses ${feature}, which components of the ABI component/1 may not; build it for WASI 0.2 without them`;
  reader.refuse("unsupported", what, offset, feature);
}
