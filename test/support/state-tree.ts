// The state tree told a second time, as naively as can be, and random states for it: what the real tree is held
// against. It must share no code with chain/: it hashes through node:crypto itself.
import { createHash } from "node:crypto";

/** A state as a plain map from the path's JSON to the value. */
export type Model = Map<string, Uint8Array>;

const sha256 = (...parts: Uint8Array[]) => Uint8Array.from(createHash("sha256").update(Buffer.concat(parts)).digest());

/** The key hash of a segment, by the letter of SPEC.md T4. */
export const naiveKey = (segment: string) => {
  const text = Buffer.from(segment, "utf8");
  return sha256(Uint8Array.of(2, text.length), text);
};

function naiveValue(value: Uint8Array): Uint8Array {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(value.length);
  return sha256(Uint8Array.of(3), size, value);
}

/** The root of a state, by the letter of SPEC.md. */
export function naiveRoot(model: Model): Uint8Array {
  return nest([...model].map(([path, value]) => [JSON.parse(path) as string[], value]));
}

function nest(entries: [string[], Uint8Array][]): Uint8Array {
  const leaves = [...new Set(entries.map(([path]) => path[0]!))].map((segment) => {
    const group = entries.filter(([path]) => path[0] === segment);
    const own = group.find(([path]) => path.length === 1);
    const rest = group
      .filter(([path]) => path.length > 1)
      .map(([path, value]): [string[], Uint8Array] => [path.slice(1), value]);
    if (own && rest.length > 0) throw new Error("a path has both a value and paths below it");
    const key = naiveKey(segment);
    const hash = own ? sha256(Uint8Array.of(0), key, naiveValue(own[1])) : sha256(Uint8Array.of(1), key, nest(rest));
    const bits = [...key].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    return { bits, hash };
  });
  return node(leaves, 0);
}

function node(leaves: { bits: string; hash: Uint8Array }[], depth: number): Uint8Array {
  if (leaves.length === 0) return new Uint8Array(32);
  if (leaves.length === 1) return leaves[0]!.hash;
  const side = (bit: string) =>
    node(
      leaves.filter((leaf) => leaf.bits[depth] === bit),
      depth + 1,
    );
  return sha256(side("0"), side("1"));
}

/** A seeded generator of integers below `bound` (mulberry32). */
export function random(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** A change as the tree takes it. */
export type Change = [path: string[], value: Uint8Array | null];

/**
 * Random changes that leave `model` a possible state, applied to it: sets, overwrites and removals of single paths,
 * removals of whole prefixes, paths that give way to paths below them.
 */
export function randomChanges(next: (bound: number) => number, model: Model, count: number, width: number): Change[] {
  const changes = new Map<string, Uint8Array | null>();
  for (let i = 0; i < count; i++) {
    const path = Array.from({ length: 1 + next(3) }, (_, level) => `${"abc"[level]}${next(level === 0 ? 4 : width)}`);
    const touched = [...model.keys()].filter((other) => overlaps(JSON.parse(other) as string[], path));
    const text = JSON.stringify(path);
    if (next(3) === 0) {
      changes.set(text, null);
      if (next(4) === 0) for (const other of touched) changes.set(other, null);
    } else {
      for (const other of touched) if (other !== text) changes.set(other, null);
      // A set that an earlier one of this batch rules out is dropped with it.
      changes.set(
        text,
        Uint8Array.from({ length: next(80) }, () => next(256)),
      );
    }
    for (const [other, value] of changes) {
      if (value === null) model.delete(other);
      else model.set(other, value);
    }
  }
  return [...changes].map(([text, value]) => [JSON.parse(text) as string[], value]);
}

const overlaps = (a: string[], b: string[]) => a.every((s, i) => i >= b.length || s === b[i]);

/** The same items in another order. */
export function shuffled<T>(next: (bound: number) => number, items: readonly T[]): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = next(i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
