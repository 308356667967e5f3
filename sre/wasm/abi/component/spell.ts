// Types in the words of WIT, for people.
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/WIT.md
import type { ValueType } from "../../values/index.ts";
import type { TypedEntry } from "./entries.ts";

/** Characters of an entry's types that are shown. */
const SHOWN_CHARS = 400;

/** An entry and its types, such as `add: func(a: u32, b: u32) -> u32`. */
export function spellEntry({ name, params, result }: TypedEntry): string {
  const given = params.map((param) => `${param.name}: ${spell(param.type)}`).join(", ");
  const text = `${name}: func(${given})${result === null ? "" : ` -> ${spell(result)}`}`;
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
}

function spell(type: ValueType): string {
  const all = (types: readonly ValueType[]) => types.map(spell).join(", ");
  switch (type.kind) {
    case "bytes":
      return "list<u8>";
    case "integer":
      return `${type.signed ? "s" : "u"}${type.bits}`;
    case "float":
      return `f${type.bits}`;
    case "list":
      return `list<${spell(type.of)}>`;
    case "option":
      return `option<${spell(type.of)}>`;
    case "tuple":
      return `tuple<${all(type.of)}>`;
    case "record":
      return `record { ${type.fields.map(({ name, type: of }) => `${name}: ${spell(of)}`).join(", ")} }`;
    case "variant":
      return `variant { ${type.cases.map(({ name, type: of }) => (of === null ? name : `${name}(${spell(of)})`)).join(", ")} }`;
    case "enum":
    case "flags":
      return `${type.kind} { ${type.names.join(", ")} }`;
    case "result":
      return spellResult(type);
    default:
      return type.kind;
  }
}

function spellResult({ ok, error }: Extract<ValueType, { kind: "result" }>): string {
  if (error !== null) return `result<${ok === null ? "_" : spell(ok)}, ${spell(error)}>`;
  return ok === null ? "result" : `result<${spell(ok)}>`;
}
