// Every small structural lie about a JSON document, as text: members dropped, doubled, reordered and invented, other
// spellings of the same values, list items dropped and doubled. What is read canonically must not read any of them.

type Json = null | boolean | number | string | Json[] | { [member: string]: Json };

/** A changed document: what was done, and the text. */
export interface Mutant {
  readonly what: string;
  readonly text: string;
}

const MARK = "\u0000";

/** The document with the node at `path` replaced by raw text. */
function splice(root: Json, path: readonly (string | number)[], raw: string): string {
  const copy = structuredClone(root);
  if (path.length === 0) return raw;
  const parent = at(copy, path.slice(0, -1)) as { [member: string]: Json };
  parent[path.at(-1) as string] = MARK;
  return JSON.stringify(copy).replace(JSON.stringify(MARK), () => raw);
}

/** The node at a path. */
export function at(root: Json, path: readonly (string | number)[]): Json {
  return path.reduce((node, step) => (node as { [member: string]: Json })[step as string]!, root);
}

/** The paths of all nodes, the root's first. */
export function pathsOf(root: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (root === null || typeof root !== "object") return [path];
  const steps = Array.isArray(root) ? root.map((_, index) => index) : Object.keys(root);
  return [path, ...steps.flatMap((step) => pathsOf(at(root, [step]), [...path, step]))];
}

/** The document with a node replaced by another value. */
export const replaced = (root: Json, path: readonly (string | number)[], value: Json): string =>
  splice(root, path, JSON.stringify(value));

function objectLies(node: { [member: string]: Json }): [string, string][] {
  const members = Object.entries(node).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const whole = (list: string[]) => `{${list.join(",")}}`;
  return [
    ...members.flatMap((member, index): [string, string][] => [
      [`drops ${member.slice(0, 20)}`, whole(members.toSpliced(index, 1))],
      [`doubles ${member.slice(0, 20)}`, whole(members.toSpliced(index, 0, member))],
      [`moves ${member.slice(0, 20)} to the front`, whole([member, ...members.toSpliced(index, 1)])],
    ]),
    ["an unknown member", whole([...members, '"zz":null'])],
    ["a member __proto__", whole(['"__proto__":{}', ...members])],
  ];
}

function listLies(node: Json[]): [string, string][] {
  return [
    ...node.flatMap((item, index): [string, string][] => [
      [`drops item ${index}`, JSON.stringify(node.toSpliced(index, 1))],
      [`doubles item ${index}`, JSON.stringify(node.toSpliced(index, 0, item))],
    ]),
    ["an item too many", JSON.stringify([...node, null])],
    ["reversed", JSON.stringify(node.toReversed())],
  ];
}

function textLies(node: string): [string, string][] {
  const escaped = [...node].map((c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, "0")}`).join("");
  const asNumber = /^[0-9]{1,15}$/.test(node) ? [["as a number", node] as [string, string]] : [];
  const texts = [
    ["empty", ""],
    ["a space after", `${node} `],
    ["a zero before", `0${node}`],
    ["capitals", node.toUpperCase()],
    ["no padding", node.replace(/=+$/, "")],
    ["more padding", `${node}=`],
    ["the URL alphabet", node.replaceAll("+", "-").replaceAll("/", "_")],
    ["stray bits before the padding", node.replace(/(.)(=+)$/, (_, digit, pad) => `${next(digit)}${pad}`)],
    ["a line break", node.replace(/^(.{4})/, "$1\n")],
  ].map(([what, text]): [string, string] => [what!, JSON.stringify(text)]);
  return [["escapes", `"${escaped}"`], ["null", "null"], ["in a list", JSON.stringify([node])], ...asNumber, ...texts];
}

/** The next character: among base64's final digits one with other unused bits. */
const next = (digit: string) => String.fromCharCode(digit.charCodeAt(0) + 1);

function numberLies(node: number): [string, string][] {
  return [
    ["as text", `"${node}"`],
    ["as a fraction", `${node}.0`],
    ["with an exponent", `${node}e0`],
    ["one more", `${node + 1}`],
    ["negative", `-${node}`],
  ];
}

function liesAbout(node: Json): [string, string][] {
  if (typeof node === "string") return textLies(node);
  if (typeof node === "number") return numberLies(node);
  if (typeof node === "boolean") return [["the other", String(!node)]];
  if (node === null)
    return [
      ["a text", '"null"'],
      ["an object", "{}"],
    ];
  return Array.isArray(node) ? listLies(node) : objectLies(node);
}

/** All the lies about a document, none of them equal to its own text. */
export function mutantsOf(text: string): Mutant[] {
  const root = JSON.parse(text) as Json;
  const inside = pathsOf(root).flatMap((path) =>
    liesAbout(at(root, path)).map(([what, raw]) => ({
      what: `${path.join(".")}: ${what}`,
      text: splice(root, path, raw),
    })),
  );
  const around = [" ", "\n", "\ufeff", "null"].flatMap((extra) => [
    { what: `${JSON.stringify(extra)} before`, text: extra + text },
    { what: `${JSON.stringify(extra)} after`, text: text + extra },
  ]);
  return [...inside, ...around, { what: "indented", text: JSON.stringify(root, null, 1) }].filter(
    (mutant) => mutant.text !== text,
  );
}
