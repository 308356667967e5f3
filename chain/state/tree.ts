// The ledger's authenticated tree: in memory, changed in batches, one root per block. It holds hashes only; values
// stay in the key-value view, so it can be built again from the view at any time. The rules are chain/SPEC.md T1-T9,
// their definition from scratch is `treeRoot` in chain/protocol, and both must give the same root.
import {
  type Crypto,
  checkPath,
  EMPTY_ROOT,
  LockstepError,
  type Path,
  type TreeProof,
  treeValueHash,
} from "../protocol/index.ts";
import { Arena } from "./arena.ts";
import { KeyCache } from "./key-cache.ts";
import { LevelEditor, type Place, type Setting, walk } from "./tree-level.ts";
import type { StateChange } from "./view.ts";

/** What one update does to one tree of the nest. */
interface Work {
  readonly parent: Work | null;
  /** The key of its leaf in the parent's tree. */
  readonly key: Uint8Array;
  /** Its root pair, 0 while there is none. */
  root: number;
  readonly removals: Uint8Array[];
  readonly emptied: Uint8Array[];
  readonly settings: Setting[];
  readonly children: Map<string, Work>;
}

/**
 * The authenticated state tree. Updates since the last `commit` are a candidate: several may follow one another
 * (blocks waiting for one group commit), `rollback` undoes all of them. Roots and proofs are of the candidate.
 */
export class StateTree {
  readonly #crypto: Crypto;
  readonly #arena = new Arena();
  readonly #editor: LevelEditor;
  readonly #keys: KeyCache;
  readonly #root: number;
  /** How many leaves of the candidate earlier updates made. */
  #settled = 0;
  #failed = false;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
    this.#editor = new LevelEditor(this.#arena, crypto);
    this.#keys = new KeyCache(crypto);
    this.#root = this.#arena.allocatePair(0);
    this.#arena.commit();
  }

  /** The root of the candidate state, 32 bytes; 32 zero bytes for the empty state. */
  get root(): Uint8Array {
    this.#refuseAfterFailure();
    return this.#arena.hash(this.#root);
  }

  /**
   * Applies a set of changes, whose order means nothing, and returns the new root. Removing what is not there
   * changes nothing; a path both removed and set is set. INTERNAL when a path is set twice or would have both a
   * value and paths below it, and the errors of `treeKey` and `treeValueHash`; after any error only `rollback` is
   * possible.
   */
  update(changes: Iterable<StateChange>): Uint8Array {
    this.#refuseAfterFailure();
    this.#failed = true;
    const levels = this.#plan(changes);
    for (let level = levels.length - 1; level >= 0; level--) this.#apply(levels[level]!);
    this.#settled = this.#arena.unmark(this.#settled);
    this.#failed = false;
    return this.root;
  }

  /** Makes the candidate the state that `rollback` returns to. */
  commit(): void {
    this.#refuseAfterFailure();
    this.#arena.commit();
    this.#settled = 0;
  }

  /** Returns to the state of the last commit. */
  rollback(): void {
    this.#editor.reset();
    this.#arena.rollback();
    this.#settled = 0;
    this.#failed = false;
  }

  /** A proof of what is at a path: of presence when a value is there, else of absence. */
  prove(path: Path): TreeProof {
    checkPath(path, 1);
    return this.#prove(path, false);
  }

  /**
   * A proof of the whole content at or below a prefix. It holds hashes around that content only: the verifier
   * brings the entries.
   */
  provePrefix(prefix: Path): TreeProof {
    checkPath(prefix, 0);
    return this.#prove(prefix, true);
  }

  #refuseAfterFailure(): void {
    if (this.#failed) throw new LockstepError("INTERNAL", "a state update failed, roll it back first");
  }

  /** Sorts the changes by tree; the trees by how deep they are nested. */
  #plan(changes: Iterable<StateChange>): Work[][] {
    const top = newWork(null, EMPTY_ROOT, this.#root);
    const levels = [[top]];
    for (const [path, value] of changes) {
      checkPath(path, 1);
      let work = top;
      const last = path.length - 1;
      for (let level = 0; level < last; level++) work = this.#child(work, path[level]!, level, levels);
      const key = this.#keys.key(path[last]!);
      if (value === null) work.removals.push(key);
      else work.settings.push([key, treeValueHash(this.#crypto, value), 0]);
    }
    return levels;
  }

  #child(parent: Work, segment: string, level: number, levels: Work[][]): Work {
    const known = parent.children.get(segment);
    if (known !== undefined) return known;
    const key = this.#keys.key(segment);
    const child = newWork(parent, key, this.#subtree(parent.root, key));
    parent.children.set(segment, child);
    if (levels.length === level + 1) levels.push([]);
    levels[level + 1]!.push(child);
    return child;
  }

  /** The root pair of the subtree at a key, 0 when there is none. */
  #subtree(root: number, key: Uint8Array): number {
    if (root === 0) return 0;
    const place = walk(this.#arena, root, key);
    return place.found ? this.#arena.subtree(place.leaf) : 0;
  }

  /** Changes and hashes all trees of one depth of nesting, then hands their roots to the trees above. */
  #apply(works: readonly Work[]): void {
    for (const work of works) this.#change(work);
    this.#editor.rehash();
    for (const work of works) if (work.parent !== null) this.#report(work, work.parent);
  }

  /** Removals come first, so that a path can give way to paths below it, or these to it, in one update. */
  #change(work: Work): void {
    if (work.root === 0) {
      if (work.settings.length === 0) return;
      work.root = this.#arena.allocatePair(0);
    }
    for (const key of work.removals) this.#editor.remove(work.root, key, "value");
    for (const key of work.emptied) this.#editor.remove(work.root, key, "subtree");
    this.#editor.setAll(work.root, work.settings);
  }

  #report(work: Work, parent: Work): void {
    if (work.root === 0) return;
    if (this.#arena.held(work.root) === 0) {
      parent.emptied.push(work.key);
      this.#arena.retirePair(work.root);
    } else {
      parent.settings.push([work.key, this.#arena.hash(work.root), work.root]);
    }
  }

  #prove(path: Path, subtreeCounts: boolean): TreeProof {
    this.#refuseAfterFailure();
    const levels: Uint8Array[][] = [];
    let root = this.#root;
    const keys = path.map((segment) => this.#keys.key(segment));
    for (const [level, key] of keys.entries()) {
      const place = walk(this.#arena, root, key);
      levels.push(this.#siblings(place));
      const subtree = place.found ? this.#arena.subtree(place.leaf) : 0;
      const ends = level === keys.length - 1;
      if (!place.found || (ends ? subtree !== 0 && !subtreeCounts : subtree === 0)) {
        return { kind: "absent", levels, end: this.#end(place) };
      }
      root = subtree;
    }
    return { kind: "present", levels };
  }

  #siblings({ slot, depth }: Place): Uint8Array[] {
    const siblings = new Array<Uint8Array>(depth);
    let at = slot;
    for (let above = depth - 1; above >= 0; above--) {
      siblings[above] = this.#arena.hash(at ^ 1);
      at = this.#arena.parent(at & ~1);
    }
    return siblings;
  }

  #end({ leaf }: Place): Extract<TreeProof, { kind: "absent" }>["end"] {
    if (leaf < 0) return null;
    const type = this.#arena.subtree(leaf) === 0 ? "value" : "subtree";
    return { type, key: this.#arena.key(leaf), payload: this.#arena.payload(leaf) };
  }
}

function newWork(parent: Work | null, key: Uint8Array, root: number): Work {
  return { parent, key, root, removals: [], emptied: [], settings: [], children: new Map() };
}
