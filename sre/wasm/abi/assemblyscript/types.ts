// AssemblyScript's types as the compiler knew them: what the host needs to make and read values in a guest's memory, and
// the JSON that stands for them. They come in the module's section `lockstep.types`, by a stranger's word: they are checked
// for sense here, and what they say of the memory is checked again at each value.
import { type Field, readValue, type Value, ValueError, type ValueType } from "../../values/index.ts";
import { ENTRY_NAME } from "../abi.ts";

/** Numbers and truth values, and the bytes that each takes in memory. `isize` and `usize` are `i32` and `u32` here. */
export const SCALARS = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  f32: 4,
  f64: 8,
} as const;
/** A number's type. */
export type Scalar = keyof typeof SCALARS;

/** A field of a class, and where it lies in an object. */
export interface Member {
  readonly name: string;
  readonly type: GuestType;
  readonly offset: number;
}

/** A typed array or an Array: an object around elements that lie elsewhere. */
export interface ListType {
  readonly kind: "view" | "array";
  readonly id: number;
  readonly element: GuestType;
}

/** The type of a pointer to a managed object; `id` is the object's runtime type. */
export type ReferenceType =
  | { readonly kind: "string" | "buffer" }
  | ListType
  | { readonly kind: "static"; readonly id: number; readonly element: GuestType }
  | { readonly kind: "object"; readonly id: number; readonly size: number; readonly members: readonly Member[] }
  | { readonly kind: "nullable"; readonly of: ReferenceType };

/** A type. */
export type GuestType = { readonly kind: "scalar"; readonly scalar: Scalar } | ReferenceType;

/** An exported function with its types, and the JSON of its arguments and result. */
export interface Signature {
  readonly name: string;
  readonly params: readonly GuestType[];
  /** Null: none. */
  readonly result: GuestType | null;
  readonly jsonParams: readonly ValueType[];
  readonly jsonResult: ValueType | null;
}

/** Bytes of a type's value in an object or array. */
export const sizeOf = (type: GuestType): number => (type.kind === "scalar" ? SCALARS[type.scalar] : POINTER_BYTES);

/** WebAssembly's type for a parameter or result. */
export function wasmTypeOf(type: GuestType): "i32" | "i64" | "f32" | "f64" {
  if (type.kind !== "scalar") return "i32";
  if (type.scalar === "f32" || type.scalar === "f64") return type.scalar;
  return type.scalar === "i64" || type.scalar === "u64" ? "i64" : "i32";
}

const POINTER_BYTES = 4;
const VERSION = 1;

// The section's own form, in the language that it is about.
const U32: ValueType = { kind: "integer", bits: 32, signed: false };
const TEXT: ValueType = { kind: "string" };
const record = (fields: Readonly<Record<string, ValueType>>): ValueType => ({
  kind: "record",
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
});
const list = (of: ValueType): ValueType => ({ kind: "list", of });
const LISTS = record({ id: U32, element: U32 });
/** Each type by its number; types name others by theirs. */
const CASES: readonly { readonly name: string; readonly type: ValueType | null }[] = [
  ...[...Object.keys(SCALARS), "string", "buffer"].map((name) => ({ name, type: null })),
  ...["view", "array", "static"].map((name) => ({ name, type: LISTS })),
  {
    name: "object",
    type: record({ id: U32, size: U32, fields: list(record({ name: TEXT, type: U32, offset: U32 })) }),
  },
  { name: "nullable", type: U32 },
];
const SECTION = record({
  version: U32,
  types: list({ kind: "variant", cases: CASES }),
  functions: list(record({ name: TEXT, params: list(U32), result: { kind: "option", of: U32 } })),
});

/** Reads a section's text: the functions by name; or, as a sentence's end, what is wrong with it. */
export function readTypes(text: string): ReadonlyMap<string, Signature> | string {
  try {
    return new TypeReader(readValue(text, SECTION) as unknown as Section).functions();
  } catch (error) {
    if (error instanceof ValueError || error instanceof Nonsense) return error.message;
    throw error;
  }
}

/** The section as `readValue` gives it. */
type Section = readonly [
  version: number,
  types: readonly { readonly tag: number; readonly value: Value | null }[],
  functions: readonly (readonly [
    name: string,
    params: readonly number[],
    result: { tag: number; value: number | null },
  ])[],
];

/** A section that reads as one and can't be meant. */
class Nonsense extends Error {}

/** A type in the making: the types that it names may come later. */
type Draft = { -readonly [Key in "id" | "size" | "members" | "element" | "of" | "kind" | "scalar"]?: unknown };

class TypeReader {
  readonly #section: Section;
  readonly #types: readonly GuestType[];
  readonly #json = new Map<GuestType, ValueType>();

  constructor(section: Section) {
    this.#section = section;
    if (section[0] !== VERSION) throw new Nonsense(`its version is ${section[0]}, not ${VERSION}`);
    const drafts: Draft[] = section[1].map(() => ({}));
    this.#types = drafts as unknown as readonly GuestType[];
    for (const [index, { tag, value }] of section[1].entries()) {
      Object.assign(drafts[index]!, this.#draft(CASES[tag]!.name, value as readonly Value[] | number));
    }
    for (const type of this.#types) this.#check(type);
  }

  #at(index: number): GuestType {
    return this.#types[index] ?? nonsense(`it names type ${index} of ${this.#types.length}`);
  }

  #draft(name: string, value: readonly Value[] | number): Draft {
    switch (name) {
      case "string":
      case "buffer":
        return { kind: name };
      case "view":
      case "array":
      case "static": {
        const [id, element] = value as readonly [number, number];
        return { kind: name, id, element: this.#at(element) };
      }
      case "object": {
        const [id, size, fields] = value as readonly [number, number, readonly (readonly [string, number, number])[]];
        const members = fields.map(([field, type, offset]) => ({ name: field, type: this.#at(type), offset }));
        return { kind: name, id, size, members };
      }
      case "nullable":
        return { kind: name, of: this.#at(value as number) };
      default:
        return { kind: "scalar", scalar: name };
    }
  }

  #check(type: GuestType): void {
    if (type.kind === "view" && (type.element.kind !== "scalar" || type.element.scalar === "bool")) {
      nonsense("a typed array's elements are no numbers");
    }
    if (type.kind === "nullable" && ["scalar", "nullable"].includes(type.of.kind)) {
      nonsense("a nullable type is no reference");
    }
    if (type.kind !== "object") return;
    const names = new Set(type.members.map(({ name }) => name));
    if (names.size < type.members.length) nonsense("a class has two fields of one name");
    for (const { name, type: of, offset } of type.members) {
      if (offset + sizeOf(of) > type.size) nonsense(`the field ${JSON.stringify(name)} lies outside its object`);
    }
  }

  functions(): ReadonlyMap<string, Signature> {
    const functions = new Map<string, Signature>();
    for (const [name, params, { tag, value }] of this.#section[2]) {
      if (functions.has(name)) nonsense(`it names the function ${JSON.stringify(name)} twice`);
      // Its name is none that a call could spell.
      if (!ENTRY_NAME.test(name)) continue;
      const types = params.map((index) => this.#at(index));
      const result = tag === 0 ? null : this.#at(value!);
      functions.set(name, {
        ...{ name, params: types, result },
        jsonParams: types.map((type) => this.#jsonOf(type)),
        jsonResult: result === null ? null : this.#jsonOf(result),
      });
    }
    return functions;
  }

  /** The JSON of a type; types that come back to themselves do so in JSON. */
  #jsonOf(type: GuestType): ValueType {
    const known = this.#json.get(type);
    if (known !== undefined) return known;
    const draft = {} as ValueType;
    this.#json.set(type, draft);
    return Object.assign(draft, this.#newJson(type));
  }

  #newJson(type: GuestType): ValueType {
    switch (type.kind) {
      case "scalar":
        return SCALAR_JSON[type.scalar];
      case "string":
        return TEXT;
      case "buffer":
        return { kind: "bytes" };
      case "object": {
        const fields: Field[] = type.members.map((member) => ({ name: member.name, type: this.#jsonOf(member.type) }));
        return { kind: "record", fields };
      }
      case "nullable":
        return { kind: "option", of: this.#jsonOf(type.of) };
      default:
        return isBytes(type.element) ? { kind: "bytes" } : { kind: "list", of: this.#jsonOf(type.element) };
    }
  }
}

/** Whether values of a list are bytes, so that the list is written in base64. */
export const isBytes = (element: GuestType): boolean => element.kind === "scalar" && element.scalar === "u8";

function nonsense(what: string): never {
  throw new Nonsense(what);
}

const integer = (bits: 8 | 16 | 32 | 64, signed: boolean): ValueType => ({ kind: "integer", bits, signed });
const SCALAR_JSON: Readonly<Record<Scalar, ValueType>> = {
  bool: { kind: "bool" },
  ...{ i8: integer(8, true), u8: integer(8, false), i16: integer(16, true), u16: integer(16, false) },
  ...{ i32: integer(32, true), u32: integer(32, false), i64: integer(64, true), u64: integer(64, false) },
  ...{ f32: { kind: "float", bits: 32 }, f64: { kind: "float", bits: 64 } },
};
