// Which exports of a JavaScript or TypeScript file can be called, and how a call spells them, as far as its text tells: a
// function whose one parameter is a `Uint8Array` takes bytes, any other takes JSON.
import type { parseAst } from "rolldown/parseAst";

/** A file's syntax tree. */
export type Tree = ReturnType<typeof parseAst>;

/** An export as the file itself shows it. */
export interface Shown {
  readonly name: string;
  /** `bytes` and `json` are conventions of a function; `class` and `value` can't be called; `unknown` comes from elsewhere. */
  readonly is: "bytes" | "json" | "class" | "value" | "unknown";
}

/** A node, as far as it is looked at here. */
interface Node {
  readonly type: string;
  readonly name?: string;
  readonly params?: readonly Node[];
  readonly typeAnnotation?: Node | null;
  readonly typeName?: Node;
  readonly id?: Node | null;
  readonly init?: Node | null;
  readonly declarations?: readonly Node[];
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const VALUES = new Set(["Literal", "TemplateLiteral", "ArrayExpression", "ObjectExpression", "TSEnumDeclaration"]);

function kindOf(node: Node): Shown["is"] {
  if (FUNCTIONS.has(node.type)) {
    const [parameter, ...others] = node.params ?? [];
    const type = parameter?.typeAnnotation?.typeAnnotation;
    return others.length === 0 && type?.typeName?.name === "Uint8Array" ? "bytes" : "json";
  }
  if (node.type === "ClassDeclaration" || node.type === "ClassExpression") return "class";
  return VALUES.has(node.type) ? "value" : "unknown";
}

/** The names that a declaration declares, and what each is. */
function* declared(node: Node): Generator<Shown> {
  for (const { id, init } of node.declarations ?? []) {
    if (id?.name !== undefined) yield { name: id.name, is: init ? kindOf(init) : "unknown" };
  }
  if (node.declarations === undefined && node.id?.name !== undefined) yield { name: node.id.name, is: kindOf(node) };
}

/** The exports of a file, by its own text; what it exports of all of another file's is not among them. */
export function exportsOf({ body }: Tree): readonly Shown[] {
  const own = new Map<string, Shown["is"]>();
  const exported: { readonly name: string; readonly local: string | null; readonly is: Shown["is"] }[] = [];
  for (const statement of body) {
    const declaration =
      statement.type === "ExportNamedDeclaration"
        ? statement.declaration
        : statement.type.endsWith("Declaration")
          ? statement
          : null;
    for (const { name, is } of declared((declaration ?? { type: "" }) as Node)) own.set(name, is);
    if (statement.type === "ExportDefaultDeclaration") {
      const node = statement.declaration as Node;
      exported.push({
        name: "default",
        local: node.type === "Identifier" ? (node.name ?? null) : null,
        is: kindOf(node),
      });
    }
    if (statement.type !== "ExportNamedDeclaration" || statement.exportKind === "type") continue;
    for (const { name, is } of declared((statement.declaration ?? { type: "" }) as Node))
      exported.push({ name, local: null, is });
    for (const { exported: to, exportKind, local } of statement.specifiers) {
      if (exportKind === "type" || to.type !== "Identifier") continue;
      const from = statement.source === null && local.type === "Identifier" ? local.name : null;
      exported.push({ name: to.name, local: from, is: "unknown" });
    }
  }
  return exported.map(({ name, local, is }) => ({ name, is: local === null ? is : (own.get(local) ?? "unknown") }));
}

/** Exports as a call spells them, and a sentence about each that can't be called. */
export function entriesOf(shown: readonly Shown[]): { readonly entries: string[]; readonly others: string[] } {
  const entries = shown.flatMap(({ name, is }) => {
    if (is === "class" || is === "value") return [];
    return [is === "bytes" ? `${name}:bytes` : name];
  });
  const others = shown
    .filter(({ is }) => is === "class" || is === "value")
    .map(({ name, is }) => `${name} can't be called: it is a ${is}`);
  return { entries, others };
}
