// The ABIs that the engine knows, by name, and how a module's ABI is found.
import type { ModuleExport } from "../rewrite/index.ts";
import type { Abi } from "./abi.ts";
import { assemblyscriptAbi } from "./assemblyscript/index.ts";
import { bytesAbi } from "./bytes/index.ts";

export { type Abi, type Entry, type Guest, hasType } from "./abi.ts";

const ABIS: readonly Abi[] = [assemblyscriptAbi, bytesAbi];

/** The names of all guest ABIs. */
export const ABI_NAMES: readonly string[] = ABIS.map((abi) => abi.name);

/** The ABI of that name. */
export const findAbi = (name: string): Abi | undefined => ABIS.find((abi) => abi.name === name);

/** The first ABI that a module's exports fit; or, of each, why they don't. */
export function detectAbi(exports: readonly ModuleExport[]): Abi | readonly string[] {
  const fit = ABIS.find((abi) => abi.misfit(exports) === null);
  return fit ?? ABIS.map((abi) => `${abi.name}: it ${abi.misfit(exports)}`);
}
