// What makes a sandbox one of an SRE: its ABIs and its profiles. The sandboxes know no SRE by name.
import type { Sre } from "../../chain/protocol/index.ts";
import { ABIS, type Abi } from "./abi/index.ts";
import { PROFILES, type Profile } from "./profile.ts";

/** An SRE whose guests are core modules in the end. */
export interface Kind {
  readonly sre: Sre;
  readonly abis: readonly Abi[];
  /** The base first. */
  readonly profiles: readonly Profile[];
}

/** WebAssembly guests as they are brought. */
export const WASM: Kind = { sre: "wasm", abis: ABIS, profiles: PROFILES };

/** The ABI of that name. */
export const abiOf = (kind: Kind, name: string): Abi | undefined => kind.abis.find((abi) => abi.name === name);

/** The profile of that id. */
export const profileOf = (kind: Kind, id: string): Profile | undefined =>
  kind.profiles.find((profile) => profile.id === id);
