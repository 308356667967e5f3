// WASI 0.2 as components import it, on the world of one run. Specified in sre/SPEC.md, rules Y9 to Y12.
import { camelCase, type Members } from "../read/index.ts";
import { filesystem } from "./filesystem.ts";
import { http } from "./http.ts";
import { io } from "./io.ts";
import { cli, clocks, random } from "./rest.ts";
import type { System } from "./system.ts";

export { http, REQUEST, RESPONSE } from "./http.ts";
export { System } from "./system.ts";

/** The interfaces by the names under which the glue looks for them, which have no version. */
export const wasiImports = (system: System, web = http(system)) => ({
  ...cli(system),
  ...clocks(system),
  ...filesystem(system),
  ...io(system),
  ...random(system),
  ...web.imports,
});

/** What is offered, without a run behind it. */
const OFFERED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = wasiImports({ world: {} } as System);

/** The packages of which something is offered. */
export const OFFERED_PACKAGES: readonly string[] = [
  ...new Set(Object.keys(OFFERED).map((name) => name.split("/")[0]!)),
];

/** The version that is offered. */
const VERSION = /^(wasi:[a-z-]+\/[a-z-]+)@0\.2\.\d+$/;
const OF_RESOURCE = /^\[(method|static|constructor)\]([^.]+)(?:\.(.+))?$/;
/** Resources that a guest may make. */
const MADE = ["fields", "outgoing-response"];

const pascalCase = (label: string): string => {
  const name = camelCase(label);
  return name.slice(0, 1).toUpperCase() + name.slice(1);
};

/** What of an interface is not offered: all of it, or some of its functions. Null when all is there. */
export function missingOf(name: string, members: Members): string | null {
  const found = OFFERED[VERSION.exec(name)?.[1] ?? ""];
  if (found === undefined) return name;
  const missing = [...members].filter(([member, { sort }]) => sort === "function" && !isIn(found, member));
  return missing.length === 0 ? null : missing.map(([member]) => `${name}#${member}`).join(", ");
}

/** Whether an interface has a function. */
function isIn(found: Readonly<Record<string, unknown>>, member: string): boolean {
  const [, form, resource = "", name = ""] = OF_RESOURCE.exec(member) ?? [];
  if (form === undefined) return typeof found[camelCase(member)] === "function";
  const made = found[pascalCase(resource)] as (Readonly<Record<string, unknown>> & { prototype: object }) | undefined;
  if (made === undefined) return false;
  if (form === "constructor") return MADE.includes(resource);
  return form === "static" ? Object.hasOwn(made, camelCase(name)) : camelCase(name) in made.prototype;
}
