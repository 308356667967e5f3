// Proofs of the state tree: every statement about random states has a proof that verifies, and nothing else does.
// Flipped bits, foreign values, hidden and added entries, leaves of the other type, and trees no state has.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  canonicalize,
  document,
  EMPTY_ROOT,
  encodeDocument,
  hexDecode,
  type Json,
  LockstepError,
  type Path,
  SUBTREE_LEAF,
  type TreeEntry,
  type TreeProof,
  treeKey,
  treeLeafHash,
  treeProof,
  treeValueHash,
  VALUE_LEAF,
  verifyAbsence,
  verifyPrefix,
  verifyPresence,
} from "../../../chain/protocol/index.ts";
import { StateTree } from "../../../chain/state/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { type Model, naiveKey, random, randomChanges } from "../../support/state-tree.ts";

type Entry = [string[], Uint8Array];

function treeOf(entries: readonly Entry[]): StateTree {
  const tree = new StateTree(nodeCrypto);
  tree.update(entries);
  return tree;
}

function randomEntries(seed: number, size: number): Entry[] {
  const model: Model = new Map();
  randomChanges(random(seed), model, size, 40);
  return [...model].map(([path, value]) => [JSON.parse(path) as string[], value]);
}

const present = (root: Uint8Array, path: Path, value: Uint8Array, proof: TreeProof) =>
  verifyPresence(nodeCrypto, root, path, value, proof);
const absent = (root: Uint8Array, path: Path, proof: TreeProof) => verifyAbsence(nodeCrypto, root, path, proof);
const whole = (root: Uint8Array, prefix: Path, entries: readonly TreeEntry[], proof: TreeProof) =>
  verifyPrefix(nodeCrypto, root, prefix, entries, proof);
const startsWith = (path: Path, prefix: Path) => prefix.every((segment, level) => path[level] === segment);

/** Each copy of the bytes with one bit flipped. */
function* flips(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const copy = Uint8Array.from(bytes);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    yield copy;
  }
}

/** A proof read back from JSON text with one bit flipped, or null where that is no proof in canonical form. */
function proofOf(text: Uint8Array): TreeProof | null {
  try {
    const decoded = new TextDecoder("utf-8", { fatal: true }).decode(text);
    const json = JSON.parse(decoded) as Json;
    if (new TextDecoder().decode(canonicalize(json)) !== decoded) return null;
    return document(treeProof, json, "proof");
  } catch (error) {
    if (error instanceof LockstepError || error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

const textOf = (proof: TreeProof) => canonicalize(encodeDocument(treeProof, proof));

/** How many one-bit changes of the proof's text the check takes; all should be refused. */
function survivingFlips(proof: TreeProof, check: (proof: TreeProof) => boolean): number {
  expect(check(proofOf(textOf(proof))!)).toBe(true);
  let survived = 0;
  for (const text of flips(textOf(proof))) {
    const changed = proofOf(text);
    if (changed !== null && check(changed)) survived++;
  }
  return survived;
}

const surviving = (copies: Iterable<Uint8Array>, check: (copy: Uint8Array) => boolean) =>
  [...copies].filter(check).length;

test("T11, T12: every path of random states, and paths around them, has its proof and not the opposite one", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const entries = randomEntries(seed, 120);
    const tree = treeOf(entries);
    const values = new Map(entries.map(([path, value]) => [JSON.stringify(path), value]));
    const around = entries.flatMap(([path]) => [path, path.slice(0, 1), [...path, "x"], [...path.slice(0, -1), "?"]]);
    for (const path of [...around, ["nowhere"], ["no", "where"]]) {
      const value = values.get(JSON.stringify(path));
      const proof = tree.prove(path);
      expect(proof.kind, `seed ${seed}, ${path}`).toBe(value ? "present" : "absent");
      if (value) {
        expect(present(tree.root, path, value, proof), `seed ${seed}, ${path}`).toBe(true);
        expect(present(tree.root, path, Uint8Array.of(...value, 0), proof)).toBe(false);
      } else {
        expect(absent(tree.root, path, proof), `seed ${seed}, ${path}`).toBe(true);
        expect(present(tree.root, path, new Uint8Array(), proof)).toBe(false);
      }
      expect(absent(tree.root, path, { kind: "absent", levels: proof.levels, end: null })).toBe(
        proof.kind === "absent" && proof.end === null,
      );
    }
  }
});

test("T14: no flipped bit of value, path, root or proof survives", () => {
  const entries = randomEntries(99, 40);
  const tree = treeOf(entries);
  const root = tree.root;
  for (const [path, value] of entries.slice(0, 6)) {
    const proof = tree.prove(path);
    expect(survivingFlips(proof, (changed) => present(root, path, value, changed))).toBe(0);
    expect(surviving(flips(value), (copy) => present(root, path, copy, proof))).toBe(0);
    expect(surviving(flips(root), (copy) => present(copy, path, value, proof))).toBe(0);
    for (const [level, segment] of path.entries()) {
      const copies = [...flips(new TextEncoder().encode(segment))].filter((copy) => copy.every((byte) => byte < 128));
      const named = (copy: Uint8Array) => path.with(level, new TextDecoder().decode(copy));
      expect(surviving(copies, (copy) => present(root, named(copy), value, proof))).toBe(0);
    }
  }
  for (const path of [["nowhere"], ["a0"], [...entries[0]![0], "x"], ["a0", "?"], ["a1", "b1", "?"]]) {
    const proof = tree.prove(path);
    expect(survivingFlips(proof, (changed) => absent(root, path, changed))).toBe(0);
    expect(surviving(flips(root), (copy) => absent(copy, path, proof))).toBe(0);
  }
  const below = entries.filter(([path]) => path[0] === "a1");
  const prefixProof = tree.provePrefix(["a1"]);
  expect(survivingFlips(prefixProof, (changed) => whole(root, ["a1"], below, changed))).toBe(0);
  expect(surviving(flips(root), (copy) => whole(copy, ["a1"], below, prefixProof))).toBe(0);
});

test("golden proofs: what any other implementation must write and accept", () => {
  const file = new URL("../../data/state-tree.json", import.meta.url);
  const { cases, proofs } = JSON.parse(readFileSync(file, "utf8")) as {
    cases: { entries: [string[], string][]; root: string }[];
    proofs: { root: string; path: string[]; value: string | null; proof: Json }[];
  };
  expect(proofs.length).toBeGreaterThan(5);
  for (const { root, path, value, proof } of proofs) {
    const { entries } = cases.find((state) => state.root === root)!;
    const tree = treeOf(entries.map(([path, hex]): Entry => [path, hexDecode(hex)]));
    expect(encodeDocument(treeProof, tree.prove(path))).toEqual(proof);
    const parsed = document(treeProof, proof, "proof");
    if (value === null) expect(absent(hexDecode(root), path, parsed)).toBe(true);
    else expect(present(hexDecode(root), path, hexDecode(value), parsed)).toBe(true);
  }
});

describe("T13: prefixes", () => {
  test("the whole content verifies, in any order; one entry hidden, added or changed is refused", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const entries = randomEntries(seed, 60);
      const tree = treeOf(entries);
      const prefixes = [[], ["a0"], ["a1"], ["a9"], ["a1", "b1"], ...entries.slice(0, 8).map(([path]) => path)];
      for (const prefix of [...prefixes, ...entries.slice(0, 8).map(([path]) => path.slice(0, -1))]) {
        const below = entries.filter(([path]) => startsWith(path, prefix));
        const proof = tree.provePrefix(prefix);
        const label = `seed ${seed}, ${prefix}`;
        expect(whole(tree.root, prefix, below, proof), label).toBe(true);
        expect(whole(tree.root, prefix, below.toReversed(), proof), label).toBe(true);
        for (const [index, [path, value]] of below.entries()) {
          expect(whole(tree.root, prefix, below.toSpliced(index, 1), proof), label).toBe(false);
          expect(whole(tree.root, prefix, [...below, [path, value]], proof), label).toBe(false);
          const changed: Entry = [path, Uint8Array.of(...value, 1)];
          expect(whole(tree.root, prefix, below.with(index, changed), proof), label).toBe(false);
        }
        for (const added of [[...prefix, "new"], [...prefix, "b1", "new"], ["elsewhere"], prefix]) {
          expect(whole(tree.root, prefix, [...below, [added, Uint8Array.of(1)]], proof), label).toBe(false);
        }
      }
    }
  });

  test("nothing below is shown only where nothing is at or below", () => {
    const tree = treeOf([
      [["a", "b"], Uint8Array.of(1)],
      [["c"], Uint8Array.of(2)],
    ]);
    const { root } = tree;
    expect(whole(root, ["c", "d"], [], tree.provePrefix(["c", "d"]))).toBe(true);
    expect(whole(root, ["d"], [], tree.provePrefix(["d"]))).toBe(true);
    // There is no value at ["a"], but there are paths below it; at ["c"] there is a value.
    expect(absent(root, ["a"], tree.prove(["a"]))).toBe(true);
    expect(whole(root, ["a"], [], tree.prove(["a"]))).toBe(false);
    expect(whole(root, ["c"], [], tree.provePrefix(["c"]))).toBe(false);
    expect(whole(EMPTY_ROOT, [], [], new StateTree(nodeCrypto).provePrefix([]))).toBe(true);
    expect(whole(root, [], [], tree.provePrefix([]))).toBe(false);
  });

  test("hostile entries are refused, not thrown at the caller", () => {
    const tree = treeOf([[["a", "b"], Uint8Array.of(1)]]);
    const proof = tree.provePrefix(["a"]);
    const value = Uint8Array.of(1);
    const deep = ["a", "1", "2", "3", "4", "5", "6", "7", "8"];
    for (const path of [["a", ""], ["a", "b".repeat(256)], ["a", "\ud800"], deep, [], ["b"]]) {
      expect(whole(tree.root, ["a"], [[path, value]], proof)).toBe(false);
    }
    expect(whole(tree.root, ["a"], [[["a", "b"], new Uint8Array(1024 * 1024 + 1)]], proof)).toBe(false);
    expect(present(tree.root, ["a", "b"], new Uint8Array(1024 * 1024 + 1), tree.prove(["a", "b"]))).toBe(false);
  });
});

describe("T5, T6: no leaf poses as what it is not", () => {
  const value = Uint8Array.of(7);
  const tree = treeOf([
    [["a", "b"], value],
    [["c"], value],
    [["d"], value],
  ]);
  const { root } = tree;

  test("T9: a subtree is not the value with its root's bytes, nor the other way round", () => {
    const below = treeOf([[["b"], value]]).root;
    const proof = tree.provePrefix(["a"]);
    expect(whole(root, ["a"], [[["a", "b"], value]], proof)).toBe(true);
    expect(present(root, ["a"], below, proof)).toBe(false);
    // A state whose value at ["a"] is the subtree's root has another root than the state with the subtree.
    expect(treeOf([[["a"], below]]).root).not.toEqual(treeOf([[["a", "b"], value]]).root);
    const key = treeKey(nodeCrypto, "a");
    const posing = treeLeafHash(nodeCrypto, VALUE_LEAF, key, below);
    expect(whole(posing, ["a"], [[["a", "b"], value]], { kind: "present", levels: [[]] })).toBe(false);
    const honest = treeLeafHash(nodeCrypto, SUBTREE_LEAF, key, below);
    expect(whole(honest, ["a"], [[["a", "b"], value]], { kind: "present", levels: [[]] })).toBe(true);
  });

  test("an absence can't be shown by naming the path's own leaf as another type", () => {
    const proof = tree.prove(["c"]);
    const payload = treeValueHash(nodeCrypto, value);
    const key = treeKey(nodeCrypto, "c");
    for (const type of ["value", "subtree"] as const) {
      expect(absent(root, ["c"], { kind: "absent", levels: proof.levels, end: { type, key, payload } })).toBe(false);
    }
    const subtree = tree.provePrefix(["a"]);
    const end = { type: "subtree" as const, key: treeKey(nodeCrypto, "a"), payload: treeOf([[["b"], value]]).root };
    // Right for the value at ["a"], wrong for anything below it.
    expect(absent(root, ["a"], { kind: "absent", levels: subtree.levels, end })).toBe(true);
    expect(absent(root, ["a", "b"], { kind: "absent", levels: subtree.levels, end })).toBe(false);
    expect(whole(root, ["a"], [], { kind: "absent", levels: subtree.levels, end })).toBe(false);
  });

  test("a leaf from another place proves nothing about this one", () => {
    const proof = tree.prove(["c"]);
    const end = { type: "value" as const, key: treeKey(nodeCrypto, "c"), payload: treeValueHash(nodeCrypto, value) };
    const elsewhere = Array.from({ length: 60 }, (_, i) => `other${i}`).filter((segment) => {
      return absent(root, [segment], { kind: "absent", levels: proof.levels, end });
    });
    // Only keys that share the leaf's prefix are denied by it.
    for (const segment of elsewhere) expect(naiveKey(segment)[0]! >> 7).toBe(naiveKey("c")[0]! >> 7);
    expect(elsewhere.length).toBeLessThan(60);
    expect(elsewhere.length).toBeGreaterThan(0);
  });
});

describe("T10, T15: one form, within limits", () => {
  const tree = treeOf(randomEntries(5, 30));
  const json = (proof: TreeProof) => encodeDocument(treeProof, proof) as { [member: string]: Json };
  const refused = (form: Json) => expect(() => document(treeProof, form, "proof")).toThrow(LockstepError);
  const form = json(tree.prove(["nowhere"]));
  const zero = `${"A".repeat(43)}=`;

  test("the JSON form is closed", () => {
    expect(document(treeProof, form, "proof")).toEqual(tree.prove(["nowhere"]));
    refused({ ...form, extra: 1 });
    refused({ ...form, kind: "present" });
    refused({ kind: "absent", levels: [[]] });
    refused({ kind: "absent", levels: [], end: null });
    refused({ kind: "maybe", levels: [[]] });
    refused({ kind: "present", levels: [[`${"A".repeat(42)}B=`]] });
    refused({ kind: "present", levels: [["A".repeat(43)]] });
    refused({ kind: "present", levels: [[`${"A".repeat(40)}AA==`]] });
    refused({ kind: "present", levels: Array.from({ length: 9 }, () => []) });
    refused({ kind: "present", levels: [Array.from({ length: 257 }, () => zero)] });
  });

  test("an empty sibling at the bottom, a misplaced leaf, an empty subtree: shapes that no state has", () => {
    const value = Uint8Array.of(1);
    const key = treeKey(nodeCrypto, "a");
    const leaf = treeLeafHash(nodeCrypto, VALUE_LEAF, key, treeValueHash(nodeCrypto, value));
    const pair = key[0]! < 128 ? [leaf, EMPTY_ROOT] : [EMPTY_ROOT, leaf];
    const crafted = nodeCrypto.sha256Pairs(Uint8Array.from([...pair[0]!, ...pair[1]!]));
    expect(present(leaf, ["a"], value, { kind: "present", levels: [[]] })).toBe(true);
    expect(present(crafted, ["a"], value, { kind: "present", levels: [[EMPTY_ROOT]] })).toBe(false);
    // Two leaves in each other's places: the leaf found on the path's way has no business there.
    const sides = ["a", "b", "c", "d", "e"].toSorted((x, y) => naiveKey(x)[0]! - naiveKey(y)[0]!);
    const [low, high] = [sides[0]!, sides.at(-1)!];
    const leafOf = (segment: string) =>
      treeLeafHash(nodeCrypto, VALUE_LEAF, treeKey(nodeCrypto, segment), treeValueHash(nodeCrypto, value));
    const swapped = nodeCrypto.sha256Pairs(Uint8Array.from([...leafOf(high), ...leafOf(low)]));
    const end = { type: "value" as const, key: treeKey(nodeCrypto, high), payload: treeValueHash(nodeCrypto, value) };
    expect(naiveKey(low)[0]! >> 7).not.toBe(naiveKey(high)[0]! >> 7);
    expect(absent(swapped, [low], { kind: "absent", levels: [[leafOf(low)]], end })).toBe(false);
    const hollow = treeLeafHash(nodeCrypto, SUBTREE_LEAF, key, EMPTY_ROOT);
    expect(absent(hollow, ["a", "b"], { kind: "absent", levels: [[], []], end: null })).toBe(false);
    expect(absent(EMPTY_ROOT, ["a", "b"], { kind: "absent", levels: [[]], end: null })).toBe(true);
  });

  test("levels that are too many, too few or too deep are refused", () => {
    const [path, value] = randomEntries(5, 30)[0]!;
    const { levels } = tree.prove(path);
    expect(present(tree.root, path, value, { kind: "present", levels })).toBe(true);
    expect(present(tree.root, path, value, { kind: "present", levels: [...levels, []] })).toBe(false);
    expect(present(tree.root, path, value, { kind: "present", levels: levels.slice(1) })).toBe(false);
    expect(absent(tree.root, path, { kind: "absent", levels: [], end: null })).toBe(false);
    expect(absent(tree.root, path, { kind: "absent", levels: [...levels, []], end: null })).toBe(false);
    const deep = Array.from({ length: 257 }, () => nodeCrypto.sha256(value));
    expect(present(tree.root, path, value, { kind: "present", levels: levels.with(0, deep) })).toBe(false);
  });

  test("a path outside the limits is the caller's mistake", () => {
    const proof = tree.prove(["nowhere"]);
    for (const path of [[], [""], ["a", ""], ["a".repeat(256)], Array.from({ length: 9 }, () => "a")]) {
      expect(() => absent(tree.root, path, proof)).toThrow(LockstepError);
      expect(() => present(tree.root, path, new Uint8Array(), proof)).toThrow(LockstepError);
    }
  });
});
