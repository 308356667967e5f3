// Which exported functions of an AssemblyScript program can be called, and how a call spells them. The module alone
// doesn't tell: a string, an array and a number are all an i32 there, so the compiler is asked while it still knows.
import type { Program, SourceFile } from "./asc.ts";

/** An exported function: its name and its signature in the compiler's own spelling, say `(i32) => i32`. */
export type Signature = readonly [name: string, signature: string];

/** What a call appends to the name for each type of input (rules of the ABI `assemblyscript/1`). */
const INPUTS: Readonly<Record<string, string>> = {
  "~lib/string/String": "",
  "~lib/typedarray/Uint8Array": ":bytes",
  "~lib/arraybuffer/ArrayBuffer": ":buffer",
};

/** Every function that the program's first file exports, its own and those of other files. */
export function exportedFunctions(program: Program, entry: string): Signature[] {
  const found = new Map<string, string>();
  const seen = new Set<SourceFile>();
  const pending = [program.filesByName.get(entry.replace(/\.ts$/, ""))];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [name, element] of file.exports ?? []) {
      const [instance] = element.instances?.values() ?? [];
      // What a file exports itself hides the same name from `export *`.
      if (instance?.signature && !found.has(name)) found.set(name, instance.signature.toString());
    }
    pending.push(...(file.exportsStar ?? []));
  }
  return [...found];
}

/** The callable ones as a call spells them, and a sentence about each of the others. */
export function entriesOf(functions: readonly Signature[]): { entries: string[]; others: string[] } {
  const entries: string[] = [];
  const others: string[] = [];
  for (const [name, signature] of functions) {
    const [, input = "", output = ""] = /^\(([^ ]+)\) => ([^ ]+)$/.exec(signature) ?? [];
    const suffix = INPUTS[input];
    if (suffix !== undefined && INPUTS[output] !== undefined) entries.push(name + suffix);
    else others.push(`${name} can't be called: it is ${signature.replaceAll(/~lib\/\w+\//g, "")}`);
  }
  return { entries, others };
}
