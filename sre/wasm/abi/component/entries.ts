// The entries of a component: what it exports and a call may name, with their types; and what it may import.
import type { ValueType } from "../../values/index.ts";
import { listed } from "../abi.ts";
import { type ComponentFunction, camelCase, type Entity, type Members } from "./read/index.ts";
import { missingOf, OFFERED_PACKAGES, REQUEST, RESPONSE } from "./wasi/index.ts";

/** A function that can be called with JSON. */
export interface TypedEntry {
  /** As a call spells it: `FUNCTION`, or `NAMESPACE:PACKAGE/INTERFACE@VERSION#FUNCTION`. */
  readonly name: string;
  /** Where the glue has it: the name of an interface or null, then the function's. */
  readonly at: readonly [instance: string | null, name: string];
  readonly params: readonly { readonly name: string; readonly type: ValueType }[];
  /** Null: no result. */
  readonly result: ValueType | null;
}

/** All entries, in the order of the exports. */
export type Entries = readonly TypedEntry[];

/** The entries among a component's exports; and what to say when there are none. */
export function entriesOf(exports: Members): { readonly entries: Entries; readonly without: string } {
  const entries: TypedEntry[] = [];
  const left: string[] = [];
  const consider = (instance: string | null, name: string, type: ComponentFunction) => {
    const spelled = instance === null ? name : `${instance}#${name}`;
    const entry = typedEntry(spelled, [instance, name], type);
    if (entry === null) left.push(spelled);
    else entries.push(entry);
  };
  for (const [name, entity] of exports) {
    if (entity.sort === "function") consider(null, name, entity.type);
    if (entity.sort !== "instance") continue;
    for (const [inner, { sort, ...rest }] of entity.exports) {
      if (sort === "function") consider(name, inner, (rest as { readonly type: ComponentFunction }).type);
    }
  }
  const but = left.length === 0 ? "" : `; resources can't be passed to ${left.slice(0, 5).join(", ")}`;
  return { entries, without: `it exports no function that can be called with JSON${but}` };
}

/** The entry of a function; null when handles of resources are among its types. */
function typedEntry(name: string, [instance, own]: TypedEntry["at"], type: ComponentFunction): TypedEntry | null {
  if (HANDLER.test(name)) {
    return { name, at: [instance, own], params: [{ name: "request", type: REQUEST }], result: RESPONSE };
  }
  if (own.startsWith("[") || type.result === null) return null;
  const params: { name: string; type: ValueType }[] = [];
  for (const { name: param, type: of } of type.params) {
    if (of === null) return null;
    params.push({ name: param, type: of });
  }
  return { name, at: [instance, camelCase(own)], params, result: type.result ?? null };
}

/** The entry of a command: its input and output are the standard streams. */
const COMMAND = /^wasi:cli\/run@0\.2\.\d+#run$/;

/** The entry of a handler of HTTP requests, which takes and gives handles: its request and response are JSON. */
const HANDLER = /^wasi:http\/incoming-handler@0\.2\.\d+#handle$/;

/** Whether an entry handles an HTTP request. */
export const isHandler = ({ name }: Pick<TypedEntry, "name">): boolean => HANDLER.test(name);

/** Whether an entry takes the input as a stream and answers on another. */
export const isCommand = ({ name }: Pick<TypedEntry, "name">): boolean => COMMAND.test(name);

/** What a component imports that nobody offers, in a sentence; null when there is nothing. */
export function lacking(imports: Members): string | null {
  const missing = [...imports].flatMap(([name, entity]) => {
    if (!needs(entity)) return [];
    return (entity.sort === "instance" ? missingOf(name, entity.exports) : name) ?? [];
  });
  if (missing.length === 0) return null;
  const offered = OFFERED_PACKAGES.join(", ");
  return `it imports ${listed(missing)}, which the ABI component/1 does not offer; of WASI 0.2 it offers ${offered}`;
}

/** Whether an import asks for something to run: types alone need nobody. */
function needs(entity: Entity): boolean {
  if (entity.sort === "type") return entity.type.kind === "resource";
  return entity.sort !== "instance" || [...entity.exports.values()].some(needs);
}
