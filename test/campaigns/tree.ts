// Random histories of the state tree against the naive telling of its rules: sets, removals, paths giving way to
// paths below them, several blocks to a candidate, commits and rollbacks; after each, proofs of what is there and
// what is not. One case is one candidate.
import { deepStrictEqual, ok } from "node:assert/strict";
import { treeRoot, verifyAbsence, verifyPrefix, verifyPresence } from "../../chain/protocol/index.ts";
import { StateTree } from "../../chain/state/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { type Model, naiveRoot, random, randomChanges } from "../support/state-tree.ts";

export const name = "state tree against its naive telling";
export const whole = 20_000;

const entriesOf = (model: Model) =>
  [...model].map(([path, value]): [string[], Uint8Array] => [JSON.parse(path) as string[], value]);

/** Proofs of some paths of the model and around it verify, and say the truth. */
function checkProofs(next: (bound: number) => number, tree: StateTree, model: Model): void {
  const root = tree.root;
  const all = entriesOf(model);
  for (let i = 0; i < 3; i++) {
    const known = all.length > 0 ? all[next(all.length)]![0] : ["a0"];
    const path = [known, known.slice(0, -1), [...known, "x"], [`a${next(9)}`, `b${next(99)}`]][next(4)]!;
    if (path.length > 0) {
      const value = model.get(JSON.stringify(path));
      const proof = tree.prove(path);
      if (value) ok(verifyPresence(nodeCrypto, root, path, value, proof));
      else ok(verifyAbsence(nodeCrypto, root, path, proof));
    }
    const below = all.filter(([other]) => path.every((segment, level) => other[level] === segment));
    ok(verifyPrefix(nodeCrypto, root, path, below, tree.provePrefix(path)));
  }
}

/** Runs `count` candidates from the seed; throws at the first wrong root or proof. */
export function run({ seed, count, log }: { seed: number; count: number; log: (line: string) => void }): void {
  const next = random(seed);
  let tree = new StateTree(nodeCrypto);
  let model: Model = new Map();
  for (let done = 0; done < count; done++) {
    if (next(60) === 0) {
      tree = new StateTree(nodeCrypto);
      model = new Map();
    }
    const candidate = new Map(model);
    const width = [3, 20, 200][next(3)]!;
    for (let block = 1 + next(3); block > 0; block--) {
      tree.update(randomChanges(next, candidate, 1 + next(30), width));
      deepStrictEqual(Buffer.from(tree.root), Buffer.from(naiveRoot(candidate)));
    }
    deepStrictEqual(treeRoot(nodeCrypto, entriesOf(candidate)), tree.root);
    checkProofs(next, tree, candidate);
    if (next(3) === 0) tree.rollback();
    else {
      tree.commit();
      model = candidate;
    }
    deepStrictEqual(Buffer.from(tree.root), Buffer.from(naiveRoot(model)));
    if ((done + 1) % 5000 === 0) log(`${done + 1} of ${count}, ${model.size} paths`);
  }
}
