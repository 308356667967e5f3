// Modules made wrong on purpose. The mutator knows sections, instructions and numbers, so that most of what it makes
// still reads well up to the place that it spoilt: sizes are set right again around an edit, unless they are the edit.

import { readSteps } from "../oracle/body.ts";
import { putU } from "../oracle/bytes.ts";
import { readModule } from "../oracle/module.ts";
import { chance, type Next, pick } from "./plan.ts";

interface Section {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** A body: its bytes, and where its instructions begin and end. */
interface Body {
  readonly bytes: Uint8Array;
  readonly edges: readonly number[];
}

/** A valid module taken apart. */
export interface Sample {
  readonly whole: Uint8Array;
  readonly sections: readonly Section[];
  readonly bodies: readonly Body[];
}

/** Takes a valid module apart. */
export function takeApart(whole: Uint8Array): Sample {
  const sections: Section[] = [];
  let at = 8;
  const u32 = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = whole[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < whole.length) {
    const id = whole[at++]!;
    const size = u32();
    sections.push({ id, bytes: whole.subarray(at, at + size) });
    at += size;
  }
  const module = readModule(whole);
  const code = sections.find(({ id }) => id === 10);
  const bodies: Body[] = [];
  if (code !== undefined) at = code.bytes.byteOffset - whole.byteOffset;
  for (let left = code === undefined ? 0 : u32(); left > 0; left--) {
    const size = u32();
    const { start, end } = module.code[bodies.length]!;
    const edges = [...readSteps(module, start, end).map((step) => step.start - at), size];
    bodies.push({ bytes: whole.subarray(at, at + size), edges });
    at += size;
  }
  return { whole, sections, bodies };
}

/** Bytes that mean much: types, frequent opcodes, ends of numbers. */
const SPICE = Uint8Array.of(
  ...[0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x1a, 0x1b, 0x1c, 0x1f],
  ...[0x08, 0x0a, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x28, 0x36, 0x3f, 0x40, 0x41, 0x42, 0x44, 0x45, 0x60, 0x69, 0x6a],
  ...[0x6f, 0x70, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0xc0, 0xd0, 0xd1, 0xd2, 0xfb, 0xfc, 0xfd, 0xfe, 0xff],
);

/** Numbers in forms that a reader must know: the last index and beyond, giants, padded, too long, unused bits set. */
const NUMBERS: readonly (readonly number[])[] = [
  ...[[0x00], [0x01], [0x7f], [0x80, 0x00], [0x80, 0x80, 0x80, 0x80, 0x00], [0x81, 0x80, 0x80, 0x80, 0x00]],
  ...[
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
    [0xff, 0xff, 0xff, 0xff, 0x0f],
    [0xff, 0xff, 0xff, 0xff, 0x1f],
  ],
  ...[
    [0xff, 0xff, 0xff, 0xff, 0x7f],
    [0x80, 0x80, 0x80, 0x80, 0x70],
    [0x80, 0x80, 0x80, 0x80, 0x08],
    [0xff, 0xff, 0x03],
  ],
  ...[
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02],
  ],
  ...[[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0x80], [0xff, 0xff, 0xff, 0xff, 0xff]],
];

/** A module made from two samples. */
export function mutate(next: Next, sample: Sample, other: Sample): Uint8Array {
  const roll = next(100);
  if (roll < 45 && sample.bodies.length > 0) return withBodies(sample, editBodies(next, sample, other));
  if (roll < 65) return withSections(editSection(next, sample));
  if (roll < 78) return withSections(moveSections(next, sample, other));
  return raw(next, sample.whole, other.whole);
}

/** Bytes with `remove` of them at `at` replaced. */
function splice(bytes: Uint8Array, at: number, remove: number, insert: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(bytes.length - remove + insert.length);
  out.set(bytes.subarray(0, at));
  out.set(insert, at);
  out.set(bytes.subarray(at + remove), at + insert.length);
  return out;
}

/** One small edit anywhere in bytes. */
function spoil(next: Next, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(next(256));
  const at = next(bytes.length);
  const room = bytes.length - at;
  switch (next(7)) {
    case 0:
      return splice(bytes, at, 1, [bytes[at]! ^ (1 << next(8))]);
    case 1:
      return splice(bytes, at, 1, [SPICE[next(SPICE.length)]!]);
    case 2:
      return splice(bytes, at, 1, [(bytes[at]! + (chance(next, 50) ? 1 : 255)) & 255]);
    case 3:
      return splice(bytes, at, Math.min(room, 1 + next(4)), []);
    case 4:
      return splice(bytes, at, 0, [SPICE[next(SPICE.length)]!]);
    case 5:
      return splice(bytes, at, 1, pick(next, NUMBERS));
    default:
      return splice(bytes, at, Math.min(room, next(8)), other.subarray(next(other.length)).subarray(0, next(12)));
  }
}

/** Edits between instructions: left out, doubled, exchanged, taken from elsewhere, with another opcode or number. */
function editBodies(next: Next, sample: Sample, other: Sample): Uint8Array[] {
  const bodies = sample.bodies.map(({ bytes }) => bytes);
  const index = next(bodies.length);
  const { bytes, edges } = sample.bodies[index]!;
  let edited = bytes;
  // From the back to the front, so that earlier edges stay right.
  const drawn = Array.from({ length: 1 + next(2) }, () => next(edges.length - 1));
  const places = [...new Set(drawn)].sort((a, b) => b - a);
  for (const place of places) {
    const [from, to] = [edges[place]!, edges[place + 1]!];
    const donor = chance(next, 50) || other.bodies.length === 0 ? sample.bodies[index]! : pick(next, other.bodies);
    const taken = next(donor.edges.length - 1);
    const instruction = donor.bytes.subarray(donor.edges[taken], donor.edges[taken + 1]);
    const kind = next(8);
    if (kind === 0) edited = splice(edited, from, to - from, []);
    else if (kind === 1) edited = splice(edited, from, 0, bytes.subarray(from, to));
    else if (kind === 2) edited = splice(edited, from, to - from, instruction);
    else if (kind === 3) edited = splice(edited, from, 0, instruction);
    else if (kind === 4) edited = splice(edited, from, 1, [next(256)]);
    else if (kind === 5 && to - from > 1) edited = splice(edited, from + 1, 1, [(bytes[from + 1]! + 1) & 255]);
    else if (kind === 6 && to - from > 1) edited = splice(edited, from + 1, 1, pick(next, NUMBERS));
    else edited = splice(edited, from, 0, [SPICE[next(SPICE.length)]!]);
  }
  bodies[index] = edited;
  return bodies;
}

function editSection(next: Next, { sections, whole }: Sample): Section[] {
  const all = [...sections];
  const at = next(all.length);
  const { id, bytes } = all[at]!;
  // The count comes first: a giant one must not make anyone take memory.
  const edited = chance(next, 15)
    ? splice(bytes, 0, Math.min(1, bytes.length), pick(next, NUMBERS))
    : spoil(next, bytes, whole);
  all[at] = { id, bytes: chance(next, 25) ? spoil(next, edited, whole) : edited };
  return all;
}

function moveSections(next: Next, { sections }: Sample, other: Sample): Section[] {
  const all = [...sections];
  const at = next(all.length);
  const kind = next(6);
  if (kind === 0) all.splice(at, 1);
  else if (kind === 1) all.splice(next(all.length + 1), 0, all[at]!);
  else if (kind === 2) all.splice(at, 1, pick(next, other.sections));
  else if (kind === 3) all.splice(at, 0, pick(next, other.sections));
  else if (kind === 4) all[at] = { id: next(15), bytes: all[at]!.bytes };
  else all.splice(at, 0, { id: 0, bytes: other.whole.subarray(next(other.whole.length)).subarray(0, next(30)) });
  return all;
}

function raw(next: Next, whole: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes = whole;
  for (let edits = 1 + next(3); edits > 0; edits--) bytes = spoil(next, bytes, other);
  return bytes;
}

function withBodies(sample: Sample, bodies: readonly Uint8Array[]): Uint8Array {
  const inner: number[] = [];
  putU(inner, bodies.length);
  const parts: Uint8Array[] = [Uint8Array.from(inner)];
  for (const body of bodies) {
    const size: number[] = [];
    putU(size, body.length);
    parts.push(Uint8Array.from(size), body);
  }
  const code = join(parts);
  return withSections(sample.sections.map(({ id, bytes }) => ({ id, bytes: id === 10 ? code : bytes })));
}

const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

function withSections(sections: readonly Section[]): Uint8Array {
  const parts: Uint8Array[] = [HEADER];
  for (const { id, bytes } of sections) {
    const head = [id];
    putU(head, bytes.length);
    parts.push(Uint8Array.from(head), bytes);
  }
  return join(parts);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
