// What functions are called, for people: the custom section `name` says so, or the names by which they are imported and
// exported. Nothing else ever asks: names mean nothing to a run (SPEC rule M3).
import type { Module } from "./module/index.ts";
import { Reader } from "./module/reader.ts";
import { Refused } from "./refusal.ts";

/** The custom section, and its part with the names of functions. */
const SECTION_NAME = "name";
const FUNCTIONS = 1;
/** Bytes before the first section. */
const HEADER = 8;

/**
 * A name for each function of a module that was found valid, imports first: what the name section says, else
 * `module.name` of an import, else an exported name, else `func[N]`.
 */
export function functionNames(source: Uint8Array, { imports, exports, functions }: Module): readonly string[] {
  const names: (string | undefined)[] = imports.map(({ module, name }) => `${module}.${name}`);
  for (const [index, name] of namesIn(source)) if (index >= imports.length) names[index] = name;
  for (const { kind, index, name } of exports) if (kind === "function") names[index] ??= name;
  return functions.map((_, index) => names[index] ?? `func[${index}]`);
}

/** What the name section says, as far as it can be read: it is outside every rule. */
function namesIn(source: Uint8Array): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  try {
    const reader = new Reader(source, new Set());
    reader.skip(HEADER);
    while (reader.offset < source.length) {
      const custom = reader.byte() === 0;
      const size = reader.u32();
      const end = reader.offset + size;
      if (custom && nameOf(reader) === SECTION_NAME) readNames(reader, end, names);
      reader.offset = end;
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  return names;
}

function readNames(reader: Reader, end: number, names: Map<number, string>): void {
  while (reader.offset < end) {
    const part = reader.byte();
    const size = reader.u32();
    const partEnd = reader.offset + size;
    if (part === FUNCTIONS) {
      for (let left = reader.u32(); left > 0 && reader.offset < partEnd; left--) {
        const index = reader.u32();
        names.set(index, nameOf(reader));
      }
    }
    reader.offset = partEnd;
  }
}

function nameOf(reader: Reader): string {
  const { start, end } = reader.name(Number.POSITIVE_INFINITY);
  return reader.text(start, end);
}
