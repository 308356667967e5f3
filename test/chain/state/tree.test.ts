// The state tree against its definition: the same root as a naive telling of the rules, whatever the order and the
// batching, with and without native batch hashing; rollback; the roots that other implementations must reproduce.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hexDecode, hexEncode, LockstepError, portableCrypto, treeRoot } from "../../../chain/protocol/index.ts";
import { type StateChange, StateTree } from "../../../chain/state/index.ts";
import { nodeCrypto } from "../../../host/crypto.ts";
import { run } from "../../campaigns/tree.ts";
import { type Model, naiveRoot, random, randomChanges, shuffled } from "../../support/state-tree.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const entries = (model: Model) =>
  [...model].map(([path, value]): [string[], Uint8Array] => [JSON.parse(path) as string[], value]);

/** A tree with these changes, committed. */
function treeOf(changes: Iterable<StateChange>): StateTree {
  const tree = new StateTree(nodeCrypto);
  tree.update(changes);
  tree.commit();
  return tree;
}

/** A model of `size` random changes. */
function randomModel(seed: number, size: number): Model {
  const model: Model = new Map();
  randomChanges(random(seed), model, size, 60);
  return model;
}

test("T1-T8: a seeded share of the campaign agrees with the naive telling", () => {
  run({ seed: 20261124, count: 150, log: () => {} });
});

test("T8: the root does not depend on order or batching", () => {
  const model = randomModel(7, 300);
  const expected = hexEncode(naiveRoot(model));
  for (let seed = 1; seed <= 20; seed++) {
    const next = random(seed);
    const tree = new StateTree(nodeCrypto);
    const rest = shuffled(next, entries(model));
    while (rest.length > 0) tree.update(rest.splice(0, 1 + next(40)));
    expect(hexEncode(tree.root), `seed ${seed}`).toBe(expected);
    tree.update(shuffled(next, entries(model)).map(([path]) => [path, null]));
    expect(tree.root, `seed ${seed}`).toEqual(new Uint8Array(32));
  }
});

test("T8: the order inside one batch of sets and removals means nothing", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const next = random(seed);
    const model = randomModel(seed, 60);
    const before = entries(model);
    const changes = randomChanges(next, model, 40, 60);
    for (let turn = 0; turn < 4; turn++) {
      const tree = treeOf(before);
      tree.update(shuffled(next, changes));
      expect(hexEncode(tree.root), `seed ${seed}`).toBe(hexEncode(naiveRoot(model)));
    }
  }
});

test("native batches, single hashes and the portable implementation give one root", () => {
  const model = randomModel(3, 500);
  const single = { ...nodeCrypto, sha256Pairs: portableCrypto.sha256Pairs };
  const roots = [nodeCrypto, single, portableCrypto].map((crypto) => new StateTree(crypto).update(entries(model)));
  expect(roots[1]).toEqual(roots[0]);
  expect(roots[2]).toEqual(roots[0]);
  expect(treeRoot(portableCrypto, entries(model))).toEqual(roots[0]);
});

test("more nodes than one batch takes, and memory that grows on the way", () => {
  const changes = Array.from({ length: 9000 }, (_, i): StateChange => [["accounts", `k${i}`], bytes(i & 255, i >> 8)]);
  const tree = new StateTree(nodeCrypto);
  expect(tree.update(changes)).toEqual(treeRoot(nodeCrypto, changes as [string[], Uint8Array][]));
});

describe("rollback", () => {
  test("returns to the committed root and content, over several updates, again and again", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const next = random(seed);
      const model = randomModel(seed, 80);
      const tree = treeOf(entries(model));
      const committed = hexEncode(naiveRoot(model));
      for (let turn = 0; turn < 4; turn++) {
        const candidate = new Map(model);
        for (let block = 0; block < 3; block++) {
          tree.update(randomChanges(next, candidate, 1 + next(20), 60));
          expect(hexEncode(tree.root), `seed ${seed}`).toBe(hexEncode(naiveRoot(candidate)));
        }
        tree.rollback();
        expect(hexEncode(tree.root), `seed ${seed}`).toBe(committed);
      }
      tree.update(randomChanges(next, model, 30, 60));
      expect(hexEncode(tree.root), `seed ${seed}`).toBe(hexEncode(naiveRoot(model)));
    }
  });

  test("is the only way on after a failed update", () => {
    const tree = treeOf([[["a", "b"], bytes(1)]]);
    const root = tree.root;
    const conflict = () =>
      tree.update([
        [["z"], bytes(1)],
        [["a"], bytes(2)],
      ]);
    expect(conflict).toThrow(/both a value and paths below it/);
    expect(() => tree.root).toThrow(/roll it back first/);
    expect(() => tree.update([])).toThrow(/roll it back first/);
    expect(() => tree.commit()).toThrow(/roll it back first/);
    expect(() => tree.prove(["a", "b"])).toThrow(/roll it back first/);
    tree.rollback();
    expect(tree.root).toEqual(root);
    expect(
      tree.update([
        [["a", "b"], null],
        [["a"], bytes(2)],
      ]),
    ).toEqual(treeRoot(nodeCrypto, [[["a"], bytes(2)]]));
  });
});

describe("T2, T3: misuse is refused", () => {
  const empty = () => new StateTree(nodeCrypto);
  const value = bytes(1);
  const code = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      return error instanceof LockstepError ? error.code : "another error";
    }
    return "no error";
  };

  test.each([
    ["no segment", [], "OUT_OF_RANGE"],
    ["nine segments", ["1", "2", "3", "4", "5", "6", "7", "8", "9"], "OUT_OF_RANGE"],
    ["an empty segment", ["a", ""], "OUT_OF_RANGE"],
    ["a segment of 256 bytes", ["a".repeat(256)], "OUT_OF_RANGE"],
    ["a segment of 256 bytes in 128 characters", ["é".repeat(128)], "OUT_OF_RANGE"],
    ["half a surrogate pair", ["\ud800"], "MALFORMED"],
  ])("a path of %s", (_, path, expected) => {
    expect(code(() => empty().update([[path, value]]))).toBe(expected);
    expect(code(() => treeRoot(nodeCrypto, [[path, value]]))).toBe(expected);
    expect(code(() => empty().prove(path))).toBe(expected);
  });

  test("the longest path and segments are fine", () => {
    const path = Array.from({ length: 8 }, (_, i) => String(i).repeat(255));
    expect(empty().update([[path, value]])).toEqual(treeRoot(nodeCrypto, [[path, value]]));
  });

  test("a value above the limit", () => {
    expect(code(() => empty().update([[["a"], new Uint8Array(1024 * 1024 + 1)]]))).toBe("TOO_LARGE");
    expect(code(() => empty().update([[["a"], new Uint8Array(1024 * 1024)]]))).toBe("no error");
  });

  test("a path set twice, or with both a value and paths below it", () => {
    const twice: StateChange[] = [
      [["a"], value],
      [["a"], bytes(2)],
    ];
    const both: StateChange[] = [
      [["a"], value],
      [["a", "b"], value],
    ];
    for (const changes of [twice, both, both.toReversed()]) {
      expect(code(() => empty().update(changes))).toBe("INTERNAL");
      expect(code(() => treeRoot(nodeCrypto, changes as [string[], Uint8Array][]))).toBe("MALFORMED");
    }
    expect(code(() => treeOf([[["a"], value]]).update([[["a", "b"], value]]))).toBe("INTERNAL");
  });
});

test("T4-T8: golden roots, which any other implementation must reproduce", () => {
  const file = new URL("../../data/state-tree.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as {
    cases: { name: string; entries: [string[], string][]; root: string }[];
  };
  expect(cases.length).toBeGreaterThan(8);
  for (const { name, entries: listed, root } of cases) {
    const state = listed.map(([path, hex]): [string[], Uint8Array] => [path, hexDecode(hex)]);
    expect(hexEncode(treeOf(state).root), name).toBe(root);
    expect(hexEncode(treeRoot(portableCrypto, state)), name).toBe(root);
    expect(hexEncode(naiveRoot(new Map(state.map(([path, bytes]) => [JSON.stringify(path), bytes])))), name).toBe(root);
  }
});
