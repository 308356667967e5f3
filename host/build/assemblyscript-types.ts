// The types of an AssemblyScript program's exports. The module alone doesn't tell: a string, an array and a number are all
// an i32 there, so the compiler is asked while it still knows. The text that comes out is what the ABI `assemblyscript/2`
// reads (sre/SPEC.md, rule A11).
import { type Class, MEMBER_FLAGS, type Program, type Signature, type SourceFile, type Type } from "./asc.ts";

/** What can be called, and what can't. */
export interface Interface {
  /** The types' text; null when nothing can be called. */
  readonly types: string | null;
  /** A sentence about each exported function that can't be called. */
  readonly others: readonly string[];
}

/** Every function that the program's first file exports, its own and those of other files, and that the module has. */
export function interfaceOf(program: Program, entry: string, exported: ReadonlySet<string>): Interface {
  const table = new Table();
  const functions: object[] = [];
  const others: string[] = [];
  for (const [name, signature] of exportedFunctions(program, entry)) {
    if (!exported.has(name)) continue;
    const { parameterTypes, returnType } = signature;
    const result = returnType.toString() === "void" ? null : returnType;
    const types = result === null ? parameterTypes : [...parameterTypes, result];
    if (types.every((type) => supported(type))) {
      const params = parameterTypes.map((type) => table.indexOf(type));
      functions.push({ name, params, result: result === null ? null : table.indexOf(result) });
    } else others.push(`${name} can't be called: it is ${signature.toString().replaceAll(/~lib\/\w+\//g, "")}`);
  }
  const types = functions.length === 0 ? null : JSON.stringify({ version: 1, types: table.rows, functions });
  return { types, others };
}

function exportedFunctions(program: Program, entry: string): Map<string, Signature> {
  const found = new Map<string, Signature>();
  const seen = new Set<SourceFile>();
  const pending = [program.filesByName.get(entry.replace(/\.ts$/, ""))];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [name, element] of file.exports ?? []) {
      const [instance] = element.instances?.values() ?? [];
      // What a file exports itself hides the same name from `export *`. A generic function is no export of the module.
      if (instance?.signature && !instance.typeArguments && !found.has(name)) found.set(name, instance.signature);
    }
    pending.push(...(file.exportsStar ?? []));
  }
  return found;
}

/** How the section calls numbers that the compiler calls otherwise. */
const SIZES: Readonly<Record<string, string>> = { isize: "i32", usize: "u32" };
const SCALARS: ReadonlySet<string> = new Set(
  ["bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"].concat(Object.keys(SIZES)),
);
const STRING = "~lib/string/String";
const BUFFER = "~lib/arraybuffer/ArrayBuffer";
const ARRAYS: Readonly<Record<string, "array" | "static">> = {
  "~lib/array/Array": "array",
  "~lib/staticarray/StaticArray": "static",
};
const VIEWS: Readonly<Record<string, string>> = {
  Int8Array: "i8",
  Uint8Array: "u8",
  Uint8ClampedArray: "u8",
  Int16Array: "i16",
  Uint16Array: "u16",
  Int32Array: "i32",
  Uint32Array: "u32",
  Int64Array: "i64",
  Uint64Array: "u64",
  Float32Array: "f32",
  Float64Array: "f64",
};

/** The type of a typed array's elements; undefined when it is none. */
const elementOf = (name: string): string | undefined => VIEWS[/^~lib\/typedarray\/(\w+)$/.exec(name)?.[1] ?? ""];

/** A class's fields with names. */
function fieldsOf(cls: Class) {
  return [...(cls.members ?? [])].flatMap(([name, member]) =>
    member.instance?.isField ? [{ name, member, place: member.instance }] : [],
  );
}

/** Whether values of a type can be made and read from outside. `seen` are classes that are being looked at. */
function supported(type: Type, seen: ReadonlySet<Class> = new Set()): boolean {
  const cls = type.classReference;
  if (cls === null) return SCALARS.has(type.toString());
  const { internalName } = cls.prototype;
  if (!type.isManaged || cls.isInterface) return false;
  if (seen.has(cls) || internalName === STRING || internalName === BUFFER) return true;
  if (elementOf(internalName) !== undefined) return true;
  const within = new Set([...seen, cls]);
  if (ARRAYS[internalName] !== undefined) return supported(cls.typeArguments![0]!, within);
  if (internalName.startsWith("~lib/")) return false;
  return fieldsOf(cls).every(
    ({ member, place }) => !member.isAny(MEMBER_FLAGS.hidden) && supported(place.type, within),
  );
}

/** The types of a section, each once, by number. */
class Table {
  readonly rows: unknown[] = [];
  readonly #known = new Map<string, number>();

  /** The number of a supported type. */
  indexOf(type: Type): number {
    const cls = type.classReference;
    if (cls === null) return this.#add(type.toString(), () => SIZES[type.toString()] ?? type.toString());
    const name = `#${cls.id}`;
    if (!type.isNullableReference) return this.#add(name, () => this.#row(cls));
    return this.#add(`${name} | null`, () => ({ nullable: this.#add(name, () => this.#row(cls)) }));
  }

  #add(key: string, row: () => unknown): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.rows.push(null) - 1;
    this.#known.set(key, index);
    this.rows[index] = row();
    return index;
  }

  #row(cls: Class): unknown {
    const { internalName } = cls.prototype;
    if (internalName === STRING) return "string";
    if (internalName === BUFFER) return "buffer";
    const scalar = elementOf(internalName);
    if (scalar !== undefined) return { view: { id: cls.id, element: this.#add(scalar, () => scalar) } };
    const kind = ARRAYS[internalName];
    if (kind !== undefined) return { [kind]: { id: cls.id, element: this.indexOf(cls.typeArguments![0]!) } };
    const fields = fieldsOf(cls).map(({ name, place }) => ({
      ...{ name, type: this.indexOf(place.type), offset: place.memoryOffset },
    }));
    return { object: { id: cls.id, size: cls.nextMemoryOffset, fields } };
  }
}
