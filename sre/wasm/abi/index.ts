// The ABIs that the engine knows, by name, and how a module's ABI is found.
import type { Abi, Sight } from "./abi.ts";
import { assemblyscriptAbi, typedAssemblyscriptAbi } from "./assemblyscript/index.ts";
import { bytesAbi } from "./bytes/index.ts";
import { componentAbi } from "./component/index.ts";
import { wasiAbi } from "./wasi/index.ts";

export {
  type Abi,
  type Entry,
  type Guest,
  initialPages,
  instanceCost,
  type Known,
  type Ready,
  type Sight,
  type Watching,
} from "./abi.ts";
export { TRANSPILER, TRANSPILER_FILES } from "./component/index.ts";
export type { Evaluate, Means, Script } from "./means.ts";

/** All guest ABIs of WebAssembly modules, in the order in which a module's own is looked for. */
export const ABIS: readonly Abi[] = [typedAssemblyscriptAbi, assemblyscriptAbi, bytesAbi, wasiAbi, componentAbi];

/** The names of all guest ABIs. */
export const ABI_NAMES: readonly string[] = ABIS.map((abi) => abi.name);

/** The ABI of that name, by default among all. */
export const findAbi = (name: string, among = ABIS): Abi | undefined => among.find((abi) => abi.name === name);

/** The first ABI that a program fits; or, of each, why it does not. */
export function detectAbi(sight: Sight): Abi | readonly string[] {
  const fit = ABIS.find((abi) => abi.misfit(sight) === null);
  return fit ?? ABIS.map((abi) => `${abi.name}: it ${abi.misfit(sight)}`);
}
