// What the rules count on a module as a whole: its size (M10), the types in its lists (M11), the states and places of M4,
// and the price of its instance (F15). Told from the SPEC, with its numbers written out.
import type { Analysis, Step } from "./body.ts";
import { Cursor } from "./bytes.ts";
import type { Known } from "./graph.ts";
import { FC, instruction } from "./instructions.ts";
import { expression, type FunctionType, type Module } from "./module.ts";

/** What is counted. */
export interface Sizes {
  readonly size: number;
  readonly bodies: readonly number[];
  readonly places: number;
  readonly listed: number;
  readonly states: number;
  readonly instance: number;
}

/** Bytes of rule M10's table, by opcode; locals and references have conditions of their own. */
const PLACES: ReadonlyMap<number, number> = new Map([
  ...[0x02, 0x1f].map((opcode): [number, number] => [opcode, 0]),
  [0x03, 46],
  ...[0x04, 0x05, 0x0d].map((opcode): [number, number] => [opcode, 23]),
  [0x0b, 31],
  [0x0c, 12],
  ...[0x0e, 0x00, 0x08, 0x0a].map((opcode): [number, number] => [opcode, 8]),
  [0x0f, 4],
  [0x10, 36],
  [0x11, 44],
  [0x12, 17],
  [0x13, 25],
  ...[FC + 8, FC + 10, FC + 11].map((opcode): [number, number] => [opcode, 40]),
  ...[0x40, FC + 15].map((opcode): [number, number] => [opcode, 10]),
  ...[FC + 12, FC + 14, FC + 17].map((opcode): [number, number] => [opcode, 65]),
]);
/** A call of an import adds so much more: rows of their own in the table. */
const LATE = 43;
const NANS = { "": 0, f: 19, d: 23, F: 34, D: 34 } as const;
const COPYSIGN = [0x98, 0xa6];
/** Instructions that a baseline compiler joins states at: M4. */
const JOINS = [0x03, 0x04, 0x05, 0x0b, 0x0d, 0x1f, 0x10, 0x11, 0x12, 0x13];

const width = ({ params, results }: FunctionType): number => params.length + results.length;

/** Counts a module. */
export function sizesOf(module: Module, known: readonly Known[]): Sizes {
  const typeOf = (index: number) => module.types[module.functions[index]!]!;
  const all = known.map(({ analysis }, own) => bodyOf(module, own, analysis));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const constants = constantsOf(module);
  const functions = module.exports.filter(({ kind }) => kind === 0).map(({ index }) => index);
  const crossing = [...module.imports.keys(), ...functions, ...(module.start === null ? [] : [module.start])];
  const size =
    16_384 +
    module.bytes.length +
    sum(module.types.map((type) => 48 + 4 * width(type))) +
    sum(crossing.map((index) => 128 + 32 * width(typeOf(index)))) +
    128 * (module.exports.length - functions.length) +
    2 * constants +
    sum(all.map(({ size }, own) => size - (module.code[own]!.end - module.code[own]!.from)));
  const initial = (limits: readonly { readonly min: bigint }[]) => sum(limits.map(({ min }) => Number(min)));
  return {
    size,
    bodies: all.map((body) => body.size),
    places: sum(all.map((body) => body.places)),
    listed: sum(known.map(({ analysis }, own) => listedIn(module, module.imports.length + own, analysis.steps))),
    states: sum(all.map((body) => body.states)),
    instance:
      4096 * initial(module.memories) +
      8 * (initial(module.tables.map(({ limits }) => limits)) + constants + module.code.length) +
      100 * module.exports.length +
      Math.floor(activeBytes(module) / 8),
  };
}

function bodyOf(module: Module, own: number, { steps, live, slots }: Analysis) {
  const { from, end, locals } = module.code[own]!;
  const first = module.types[module.functions[module.imports.length + own]!]!.params.length;
  let size = 192 + end - from;
  let places = 0;
  let joins = 1;
  steps.forEach((step, at) => {
    if (!live[at]) return;
    const { opcode, index, labels } = step;
    const moved = opcode >= 0x20 && opcode <= 0x22 && index >= first && index < first + 2;
    const host = (opcode === 0x10 || opcode === 0x12) && index < module.imports.length;
    const bytes = moved || (opcode === 0xd2 && index < module.imports.length) ? 2 : PLACES.get(opcode);
    if (bytes !== undefined) places++;
    size += (bytes ?? 0) + (host ? LATE : 0) + NANS[instruction(opcode).nan] + (COPYSIGN.includes(opcode) ? 4 : 0);
    if (opcode === 0x0e) joins += labels.length - 1;
    else if (JOINS.includes(opcode) && at < steps.length - 1) joins++;
  });
  const operands = slots - locals.length - (locals.match(/v/g)?.length ?? 0);
  return { size, places, states: joins * (locals.length + operands) };
}

/** Types in lists: of blocks, calls, labels and throws, in unreachable code, too. */
function listedIn(module: Module, index: number, steps: readonly Step[]): number {
  const types = (type: number) => module.types[type]!;
  const open: { readonly loop: boolean; readonly type: FunctionType }[] = [
    { loop: false, type: { params: "", results: types(module.functions[index]!).results } },
  ];
  let listed = 0;
  for (const { opcode, index: named, block, labels, catches } of steps) {
    const label = (depth: number) => {
      const { loop, type } = open.at(-1 - depth)!;
      listed += loop ? type.params.length : type.results.length;
    };
    labels.forEach(label);
    for (const clause of catches) label(clause.label);
    if (block !== null) {
      listed += width(block);
      open.push({ loop: opcode === 0x03, type: block });
    } else if (opcode === 0x05) listed += width(open.at(-1)!.type);
    else if (opcode === 0x0b) open.pop();
    else if (opcode === 0x10 || opcode === 0x12) listed += width(types(module.functions[named]!));
    else if (opcode === 0x11 || opcode === 0x13) listed += width(types(named));
    else if (opcode === 0x08) listed += types(module.tags[named]!).params.length;
  }
  return listed;
}

/** Instructions of constant expressions, and elements that are indices. */
function constantsOf(module: Module): number {
  const expressions = [
    ...module.globals.map(({ init }) => init),
    ...module.segments.flatMap(({ offset, expressions }) => [...(offset === null ? [] : [offset]), ...expressions]),
    ...segmentsOfData(module).flatMap(({ offset }) => (offset === null ? [] : [offset])),
  ];
  const elements = module.segments.reduce((sum, { functions }) => sum + (functions?.length ?? 0), 0);
  return expressions.reduce((sum, one) => sum + instructionsIn(one), elements);
}

function instructionsIn(bytes: Uint8Array): number {
  const cursor = new Cursor(bytes);
  let count = 0;
  for (let opcode = cursor.byte(); opcode !== 0x0b; opcode = cursor.byte(), count++) {
    if (opcode === 0xfd) cursor.at += 17;
    else if (opcode === 0x43) cursor.at += 4;
    else if (opcode === 0x44) cursor.at += 8;
    else if (opcode < 0x45 || opcode >= 0xd0) cursor.skipNumber();
  }
  return count;
}

interface DataSegment {
  readonly offset: Uint8Array | null;
  readonly bytes: number;
}

function segmentsOfData({ data }: Module): DataSegment[] {
  if (data === null) return [];
  const cursor = new Cursor(data);
  return Array.from({ length: cursor.u32() }, () => {
    const flags = cursor.u32();
    if (flags === 2) cursor.u32();
    const offset = flags === 1 ? null : expression(cursor);
    return { offset, bytes: cursor.take(cursor.u32()).length };
  });
}

const activeBytes = (module: Module): number =>
  segmentsOfData(module).reduce((sum, { offset, bytes }) => sum + (offset === null ? 0 : bytes), 0);
