// Between the values of JSON and the shapes in which the glue takes and gives them. A guest's names become properties of
// objects here, of objects without a prototype.
// https://github.com/bytecodealliance/jco/blob/main/docs/src/wit-type-representations.md
import type { Case, Value, ValueType } from "../../values/index.ts";
import { camelCase } from "./read/index.ts";

type Numbers = ArrayLike<number | bigint> & Iterable<number | bigint>;
/** How the glue has lists of numbers, by the type of one. */
const ARRAYS = {
  ...{ u8: Uint8Array, s8: Int8Array, u16: Uint16Array, s16: Int16Array, u32: Uint32Array, s32: Int32Array },
  ...{ u64: BigUint64Array, s64: BigInt64Array, f32: Float32Array, f64: Float64Array },
} as const;

function arrayOf(type: ValueType): { from(values: readonly (number | bigint)[]): Numbers } | null {
  if (type.kind === "float") return ARRAYS[`f${type.bits}`] as never;
  return type.kind === "integer" ? (ARRAYS[`${type.signed ? "s" : "u"}${type.bits}`] as never) : null;
}

/** Whether the glue has an option's value bare: `undefined` is then its absence. */
const isBare = (of: ValueType): boolean => of.kind !== "option";

/** A value as the glue takes it. */
export function toGlue(value: Value, type: ValueType): unknown {
  switch (type.kind) {
    case "list": {
      const items = value as readonly Value[];
      return arrayOf(type.of)?.from(items as readonly number[]) ?? items.map((item) => toGlue(item, type.of));
    }
    case "tuple":
      return (value as readonly Value[]).map((item, index) => toGlue(item, type.of[index]!));
    case "record":
      return named(
        type.fields.map(({ name, type: of }, index) => [name, toGlue((value as readonly Value[])[index]!, of)]),
      );
    case "flags":
      return named(type.names.map((name, index) => [name, (value as readonly boolean[])[index]!]));
    case "enum":
      return type.names[(value as Case).tag];
    case "variant": {
      const { tag, value: inner } = value as Case;
      const { name, type: of } = type.cases[tag]!;
      return tagged(name, of === null ? undefined : toGlue(inner!, of));
    }
    case "option": {
      const { tag, value: inner } = value as Case;
      if (isBare(type.of)) return tag === 0 ? undefined : toGlue(inner!, type.of);
      return tag === 0 ? tagged("none", undefined) : tagged("some", toGlue(inner!, type.of));
    }
    case "result": {
      const { tag, value: inner } = value as Case;
      const of = tag === 0 ? type.ok : type.error;
      return tagged(tag === 0 ? "ok" : "err", of === null ? undefined : toGlue(inner!, of));
    }
    default:
      return value;
  }
}

/** What the glue gave as a value. It has made sure that it is of the type. */
export function fromGlue(shape: unknown, type: ValueType): Value {
  switch (type.kind) {
    case "list":
      return Array.from(shape as ArrayLike<unknown>, (item) => fromGlue(item, type.of));
    case "tuple":
      return type.of.map((of, index) => fromGlue((shape as readonly unknown[])[index], of));
    case "record":
      return type.fields.map(({ name, type: of }) => fromGlue((shape as Shapes)[camelCase(name)], of));
    case "flags":
      return type.names.map((name) => (shape as Shapes)[camelCase(name)] === true);
    case "enum":
      return { tag: type.names.indexOf(shape as string), value: null };
    case "variant": {
      const { tag: name, val } = shape as Tagged;
      const tag = type.cases.findIndex((candidate) => candidate.name === name);
      const of = type.cases[tag]!.type;
      return { tag, value: of === null ? null : fromGlue(val, of) };
    }
    case "option": {
      const { tag, val } = isBare(type.of) ? bareOption(shape) : (shape as Tagged);
      return tag === "none" ? { tag: 0, value: null } : { tag: 1, value: fromGlue(val, type.of) };
    }
    case "result": {
      const { tag, val } = shape as Tagged;
      return resultOf(tag === "ok" ? 0 : 1, val, type);
    }
    default:
      return shape as Value;
  }
}

/** A result's case: 0, ok; 1, error. */
export function resultOf(tag: 0 | 1, val: unknown, type: Extract<ValueType, { kind: "result" }>): Case {
  const of = tag === 0 ? type.ok : type.error;
  return { tag, value: of === null ? null : fromGlue(val, of) };
}

interface Tagged {
  readonly tag: string;
  readonly val: unknown;
}
type Shapes = Readonly<Record<string, unknown>>;

const bareOption = (shape: unknown): Tagged =>
  shape === undefined || shape === null ? tagged("none", undefined) : tagged("some", shape);

function tagged(tag: string, val: unknown): Tagged {
  return { tag, val };
}

function named(entries: readonly (readonly [label: string, value: unknown])[]): Shapes {
  const shapes: Record<string, unknown> = Object.create(null);
  for (const [label, value] of entries) shapes[camelCase(label)] = value;
  return shapes;
}
