// Modules whose bodies are known byte by byte, and copies of them with things written between their instructions: how
// the NaN pass is tested apart from the rest of the rewriter.

import type { Body, FunctionType, Module, Tape, ValueType } from "../../../sre/wasm/rewrite/module/index.ts";
import { NAN_CLASS, VALUE_TYPES } from "../../../sre/wasm/rewrite/module/index.ts";
import { type NanPoints, nanPoints, type Placing, writeCanonical } from "../../../sre/wasm/rewrite/nan/index.ts";
import { Writer } from "../../../sre/wasm/rewrite/writer.ts";
import { binary, leb, name, section } from "./binary.ts";

/** A function: index of its type, its locals besides parameters, its code without the last end. */
export interface TestFunction {
  readonly type: number;
  readonly locals: readonly ValueType[];
  readonly code: readonly number[];
}

/** A module with one memory of a page that begins with `data`, one global of each kind, all functions exported. */
export interface TestModule {
  readonly types: readonly FunctionType[];
  readonly functions: readonly TestFunction[];
  readonly data: readonly number[];
  readonly tags?: readonly number[];
}

/** Bytes to be written at an offset of a body; those of one offset in their order. */
interface Insertion {
  readonly offset: number;
  readonly bytes: readonly number[];
}

const NANS: readonly number[][] = [
  [0x43, 0, 0, 0xc0, 0x7f],
  [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
];
/** Mutable globals f32, f64, v128, i32, i64: what a guest can look at besides its memory. */
export const GLOBALS: readonly ValueType[] = ["f32", "f64", "v128", "i32", "i64"];
const GLOBAL_STARTS = [...NANS, [0xfd, 0x0c, ...new Array<number>(16).fill(0)], [0x41, 0], [0x42, 0]];

const typeBytes = (type: FunctionType): number[] => [
  0x60,
  ...leb(type.params.length),
  ...type.params.map((each) => VALUE_TYPES[each]),
  ...leb(type.results.length),
  ...type.results.map((each) => VALUE_TYPES[each]),
];

function build(
  module: TestModule,
  insertions: readonly Insertion[],
  scratch: boolean,
): { bytes: Uint8Array; bodies: Body[] } {
  const bodies: Body[] = [];
  const codes: number[][] = [];
  const before = binary(
    section(1, leb(module.types.length), ...module.types.map(typeBytes)),
    section(3, leb(module.functions.length), ...module.functions.map((each) => leb(each.type))),
    section(5, [1, 0, 1]),
    ...(module.tags === undefined
      ? []
      : [section(13, leb(module.tags.length), ...module.tags.map((tag) => [0, ...leb(tag)]))]),
    section(6, leb(GLOBALS.length), ...GLOBALS.map((type, at) => [VALUE_TYPES[type], 1, ...GLOBAL_STARTS[at]!, 0x0b])),
    section(
      7,
      leb(module.functions.length + 1),
      ...module.functions.map((_, at) => [...name(`f${at}`), 0, ...leb(at)]),
      [...name("memory"), 2, 0],
    ),
  );
  // Offsets count as if the code section began right behind; insertions name them in the plain module.
  let offset = before.length;
  for (const each of module.functions) {
    const extra = scratch ? [0x7d, 0x7c, 0x7b].map((byte) => [1, byte]) : [];
    const groups = [...each.locals.map((local) => [1, VALUE_TYPES[local]]), ...extra];
    const head = [...leb(groups.length), ...groups.flat()];
    const start = offset + head.length - extra.flat().length;
    const code: number[] = [];
    each.code.forEach((byte, at) => {
      for (const insertion of insertions) if (insertion.offset === start + at) code.push(...insertion.bytes);
      code.push(byte);
    });
    for (const insertion of insertions)
      if (insertion.offset === start + each.code.length) code.push(...insertion.bytes);
    bodies.push(bodyOf(module, each, offset, start));
    codes.push([...head, ...code, 0x0b]);
    offset = start + each.code.length + 1;
  }
  const after = [
    ...section(10, leb(codes.length), ...codes.map((code) => [...leb(code.length), ...code])),
    ...section(11, [1, 0, 0x41, 0, 0x0b], leb(module.data.length), [...module.data]),
  ];
  return { bytes: new Uint8Array([...before, ...after]), bodies };
}

function bodyOf(module: TestModule, each: TestFunction, offset: number, start: number): Body {
  const params = module.types[each.type]!.params.length;
  return {
    type: each.type,
    marks: 0,
    marksEnd: 0,
    groups: each.locals.length,
    localsStart: offset + leb(each.locals.length).length,
    codeStart: start,
    codeEnd: start + each.code.length,
    locals: params + each.locals.length,
    first: 0,
    second: 0,
    localSlots: 0,
    operandSlots: 0,
    floats: true,
    states: 0,
    size: 0,
    nanSize: Number.POSITIVE_INFINITY,
  };
}

/** The module as it is. */
export const plain = (module: TestModule): Uint8Array => build(module, [], false).bytes;

/** The points of a module. */
export function pointsOf(module: TestModule, placing: Placing): NanPoints {
  const { bodies } = build(module, [], false);
  // The pass reads nothing but bodies; it gets the bytes at the offsets that the bodies name.
  const bytes = new Uint8Array(bodies.at(-1)!.codeEnd + 1);
  bodies.forEach((body, at) => {
    const { locals, code } = module.functions[at]!;
    bytes.set([...locals.flatMap((local) => [1, VALUE_TYPES[local]]), ...code, 0x0b], body.localsStart);
  });
  const about = {
    types: module.types,
    functions: module.functions.map((each) => each.type),
    tags: module.tags ?? [],
  } as unknown as Module;
  return nanPoints(bytes, about, { bodies } as unknown as Tape, placing);
}

/** Canonical NaNs at these points; before them, if `spoil`, every operation's NaN gets arbitrary bits. */
export function rewritten(module: TestModule, placing: Placing | "none", spoil: boolean): Uint8Array {
  const { bodies } = build(module, [], false);
  const insertions: Insertion[] = [];
  const scratchOf = (offset: number, shape: number): number => {
    const at = bodies.findIndex((body) => offset > body.codeStart && offset <= body.codeEnd);
    return bodies[at]!.locals + [0, 0, 1, 2, 2, 0, 1][shape]!;
  };
  const every = pointsOf(module, "every");
  if (spoil) {
    for (let at = 0; at < every.length; at++) {
      const [offset, shape] = [every.offset[at]!, every.shape[at]!];
      if (shape > NAN_CLASS.f64x2) continue;
      insertions.push({ offset, bytes: spoiled(shape, scratchOf(offset, shape), at) });
    }
  }
  const points = placing === "every" ? every : placing === "none" ? null : pointsOf(module, placing);
  for (let at = 0; at < (points?.length ?? 0); at++) {
    if (points === null) break;
    const out = new Writer();
    writeCanonical(out, points.shape[at]!, scratchOf(points.offset[at]!, points.shape[at]!));
    insertions.push({ offset: points.offset[at]!, bytes: [...out.view()] });
  }
  return build(module, insertions, true).bytes;
}

/** What a run leaves: the memory, and whether it trapped. */
export interface Trace {
  readonly memory: Uint8Array;
  readonly trapped: boolean;
}

/** Runs an exported function without parameters. */
export function trace(bytes: Uint8Array, entry: string): Trace {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes.slice()), {});
  let trapped = false;
  try {
    (instance.exports[entry] as () => void)();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    trapped = true;
  }
  return { memory: new Uint8Array((instance.exports["memory"] as WebAssembly.Memory).buffer.slice(0, 8192)), trapped };
}

/** Gives a NaN on the stack bits of its own: quiet or not, either sign. */
function spoiled(shape: number, scratch: number, site: number): number[] {
  const sign = (site * 5) & 0x80;
  const low = (site * 37 + 1) & 0xff;
  const f32 = [low, 0x12, site % 3 === 0 ? 0xa0 : 0xe1, 0x7f | sign];
  const f64 = [low, 0x34, 0, 0, 0, 0x56, site % 3 === 0 ? 0xf4 : 0xfc, 0x7f | sign];
  const get = [0x20, ...leb(scratch)];
  const tee = [0x22, ...leb(scratch)];
  if (shape === NAN_CLASS.f32) return [...tee, 0x43, ...f32, ...get, ...get, 0x5b, 0x1b];
  if (shape === NAN_CLASS.f64) return [...tee, 0x44, ...f64, ...get, ...get, 0x61, 0x1b];
  const lanes = shape === NAN_CLASS.f32x4 ? [...f32, ...f32, ...f32, ...f32] : [...f64, ...f64];
  return [...tee, 0xfd, 0x0c, ...lanes, ...get, ...get, 0xfd, shape === NAN_CLASS.f32x4 ? 0x41 : 0x47, 0xfd, 0x52];
}
