// Which engines are asked: V8 in each of its tiers always, JavaScriptCore where it is installed, browsers where somebody
// wants to wait for them.
import { LockstepError } from "../../chain/protocol/index.ts";
import type { Profile } from "../../sre/wasm/index.ts";
import { type Engine, isInstalled, WALLED_ENGINES } from "../engines/index.ts";

/** Engines that can be asked for, by the names of their commands. */
export const OPTIONAL_ENGINES = ["jsc", "firefox", "chromium"] as const;
/** Asked without a word where it is installed: it starts in no time. */
const QUICK = "jsc";

/** An engine that is not asked, and why. */
export interface Unasked {
  readonly name: string;
  readonly why: string;
}

/** The engines for a profile; `wanted` besides V8. NOT_FOUND for one that is not here. */
export function enginesFor(
  profile: Profile,
  wanted: readonly string[] | undefined,
): { readonly engines: readonly Engine[]; readonly unasked: readonly Unasked[] } {
  const engines: Engine[] = [];
  const unasked: Unasked[] = [];
  const known = WALLED_ENGINES.filter((engine, index) => {
    // Of other makers' engines one configuration will do.
    const first = WALLED_ENGINES.findIndex(({ component }) => component === engine.component);
    return engine.component === null || first === index;
  });
  for (const engine of known) {
    const { component, family, name } = engine;
    const asked = component === null || (wanted ?? [QUICK]).includes(component);
    const why = !profile.engines.includes(family)
      ? `lacks what ${profile.label} takes`
      : !isInstalled(engine)
        ? "not installed"
        : !asked
          ? `not asked; --engine ${component}`
          : null;
    if (why === null) engines.push(engine);
    else if (wanted?.includes(component ?? "") === true) throw new LockstepError("NOT_FOUND", `${name}: ${why}`);
    else unasked.push({ name: component ?? name, why });
  }
  return { engines, unasked };
}
