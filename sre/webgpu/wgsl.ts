// Whether WGSL source computes with integers alone, and asks nothing that the order of its invocations decides. It is read
// word by word: every name must be one that is known to be about integers, or one that the source itself declares. What
// the source means besides is the compiler's business; here no float, texture, subgroup or unordered atomic comes in.

/** What is wrong with a source, and on which line; said after "line N". */
export interface IntegerFault {
  readonly line: number;
  readonly what: string;
}

interface Token {
  readonly text: string;
  readonly kind: "name" | "number" | "sign";
  readonly line: number;
}

const words = (text: string): readonly string[] => text.split(" ");

const ATTRIBUTES = new Set(words("align binding builtin compute const group id must_use size workgroup_size"));
const DECLARERS = new Set(words("alias const fn let override struct"));
/** Operations whose order does not matter as long as a place sees one family of them alone. */
const FAMILIES: Readonly<Record<string, string>> = {
  ...{ atomicAdd: "sums", atomicSub: "sums", atomicMax: "maxima", atomicMin: "minima" },
  ...{ atomicAnd: "conjunctions", atomicOr: "disjunctions", atomicXor: "differences" },
};
/** Names of WGSL that neither are nor make a float, whatever they are given. */
const KNOWN = new Set([
  ...words("alias break case const const_assert continue continuing default else false fn for if let loop"),
  ...words("override return struct switch true var while _"),
  ...words("bool i32 u32 vec2 vec3 vec4 vec2i vec3i vec4i vec2u vec3u vec4u array atomic ptr"),
  ...words("function private workgroup uniform storage read read_write"),
  ...words("global_invocation_id local_invocation_id local_invocation_index workgroup_id num_workgroups"),
  ...words("abs all any arrayLength bitcast clamp countLeadingZeros countOneBits countTrailingZeros dot"),
  ...words("dot4I8Packed dot4U8Packed extractBits firstLeadingBit firstTrailingBit insertBits max min"),
  ...words("pack4xI8 pack4xI8Clamp pack4xU8 pack4xU8Clamp reverseBits select sign unpack4xI8 unpack4xU8"),
  ...words("storageBarrier workgroupBarrier workgroupUniformLoad"),
  ...Object.keys(FAMILIES),
]);
/** Words that widen the language. */
const DIRECTIVES = new Set(words("diagnostic enable requires"));
/** Types of other things than integers, whoever declares them. */
const OTHER_TYPE = /^(?:b?f\d+|vec\d+[fh]|mat\d.*|texture.*|sampler.*)$/;

const LINE_END = "\\n\\v\\f\\r\\u0085\\u2028\\u2029";
/** A token, or what lies between tokens: blanks, a comment to the end of a line, the beginning of a block comment. */
const LEXEME = new RegExp(
  [
    `(?<blank>[ \\t${LINE_END}\\u200e\\u200f]+|//[^${LINE_END}]*)`,
    "(?<block>/\\*)",
    "(?<name>[A-Za-z_][A-Za-z0-9_]*)",
    "(?<number>\\.?[0-9][0-9A-Za-z_.]*)",
    "(?<sign>[!-/:-@\\[-`{-~])",
  ].join("|"),
  "y",
);
const INTEGER = /^(?:0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)[iu]?$/;

const fault = (line: number, what: string): IntegerFault => ({ line, what });

/** The end of a block comment, which may hold others; null when it has none. */
function blockEnd(source: string, start: number): number | null {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let found = edge.exec(source); found !== null; found = edge.exec(source)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return null;
}

function tokensOf(source: string): readonly Token[] | IntegerFault {
  const tokens: Token[] = [];
  let line = 1;
  for (let at = 0; at < source.length; ) {
    LEXEME.lastIndex = at;
    const found = LEXEME.exec(source);
    const kinds = found?.groups;
    if (found === null || kinds === undefined) return fault(line, "has a character outside ASCII");
    const end = kinds["block"] === undefined ? LEXEME.lastIndex : blockEnd(source, at);
    if (end === null) return fault(line, "begins a comment that never ends");
    const text = source.slice(at, end);
    for (const kind of ["name", "number", "sign"] as const) {
      if (kinds[kind] !== undefined) tokens.push({ text, kind, line });
    }
    line += text.split("\n").length - 1;
    at = end;
  }
  return tokens;
}

/** What a source declares. */
interface Declared {
  /** Functions, structures and aliases: what may be called. */
  readonly callable: ReadonlySet<string>;
  /** Every name, and how often it is declared. */
  readonly names: ReadonlyMap<string, number>;
  /** Variables of the module that several invocations share. */
  readonly shared: ReadonlySet<string>;
}

/** Where the template that opens at a token ends: the index behind it. */
function behindTemplate(tokens: readonly Token[], open: number): number {
  const close = tokens.findIndex(({ text }, at) => at > open && text === ">");
  return close === -1 ? tokens.length : close + 1;
}

function declaredIn(tokens: readonly Token[]): Declared {
  const callable = new Set<string>();
  const names = new Map<string, number>();
  const shared = new Set<string>();
  const add = (name: string) => names.set(name, (names.get(name) ?? 0) + 1);
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind !== "name") continue;
    const [before, after] = [tokens[at - 1]?.text, tokens[at + 1]?.text];
    if (before === "." || before === "@") continue;
    if (text === "var" && after === "<") {
      const name = tokens[behindTemplate(tokens, at + 1)]?.text ?? "";
      if (["storage", "workgroup"].includes(tokens[at + 2]?.text ?? "")) shared.add(name);
      if (tokens[behindTemplate(tokens, at + 1) + 1]?.text !== ":") add(name);
    }
    if ((after === ":" && text !== "default") || before === "var" || DECLARERS.has(before ?? "")) add(text);
    if (before === "fn" || before === "struct" || before === "alias") callable.add(text);
  }
  return { callable, names, shared };
}

/** Judges atomic operations: nobody may see in which order they came. */
class SharedOperations {
  private readonly families = new Map<string, string>();
  private readonly tokens: readonly Token[];
  private readonly declared: Declared;

  constructor(tokens: readonly Token[], declared: Declared) {
    this.tokens = tokens;
    this.declared = declared;
  }

  /** What is wrong with the operation at a token. */
  fault(at: number): string | null {
    const { text } = this.tokens[at]!;
    const [open, and, place] = [1, 2, 3].map((step) => this.tokens[at + step]?.text);
    if (![";", "{", "}"].includes(this.tokens[at - 1]?.text ?? "") || open !== "(") {
      return `uses what ${text} returns, which depends on the order of invocations`;
    }
    if (
      and !== "&" ||
      place === undefined ||
      !this.declared.shared.has(place) ||
      this.declared.names.get(place) !== 1
    ) {
      return `has ${text} on something else than "&" and a variable of the module whose name is declared once`;
    }
    const family = FAMILIES[text]!;
    const known = this.families.get(place) ?? family;
    this.families.set(place, family);
    return known === family ? null : `mixes ${known} and ${family} in "${place}", whose order nobody fixes`;
  }
}

function nameFault(name: string, before: string | undefined, after: string | undefined, declared: Declared) {
  if (OTHER_TYPE.test(name)) return `names ${name}, which is not of integers`;
  if (DIRECTIVES.has(name)) return `has the word ${name}, by which a source asks for more of WGSL`;
  if (before === ".") return null;
  if (before === "@")
    return ATTRIBUTES.has(name) ? null : `has the attribute @${name}, which kernels of integers may not`;
  if (KNOWN.has(name)) return null;
  const own = after === "(" ? declared.callable.has(name) : declared.names.has(name);
  return own ? null : `names ${name}, which is neither declared nor known to be of integers`;
}

/** The first thing in a source that is not of integers alone, or that the order of invocations decides (rules I1 to I4); null for none. */
export function integerFault(source: string): IntegerFault | null {
  const tokens = tokensOf(source);
  if (!Array.isArray(tokens)) return tokens as IntegerFault;
  const declared = declaredIn(tokens);
  // Elsewhere the same name would still be WGSL's own.
  const taken = (tokens as readonly Token[]).find(({ text }) => KNOWN.has(text) && declared.names.has(text));
  if (taken !== undefined)
    return fault(taken.line, `has ${taken.text}, a name of WGSL's own, which the source also declares`);
  const atomics = new SharedOperations(tokens, declared);
  for (const [at, { kind, line, text }] of (tokens as readonly Token[]).entries()) {
    if (kind === "number" && !INTEGER.test(text)) return fault(line, `has the number ${text}, which is no integer`);
    if (kind !== "name") continue;
    const what = Object.hasOwn(FAMILIES, text)
      ? atomics.fault(at)
      : nameFault(text, tokens[at - 1]?.text, tokens[at + 1]?.text, declared);
    if (what !== null) return fault(line, what);
  }
  return null;
}
