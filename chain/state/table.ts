// One kind of record as a block sees it: what the block changed over what is committed. Records are immutable and
// replaced whole, so that committed ones can be shared and a refused transaction leaves nothing behind.
import { LockstepError, type Path } from "../protocol/index.ts";
import type { Codec } from "./records.ts";
import type { StateChange } from "./view.ts";

/** Where a table's records come from and go to. */
export interface TableSpec<K extends string, R> {
  readonly codec: Codec<R>;
  path(key: K): Path;
  /** The committed record. */
  read(key: K): R | undefined;
}

/** Records of one kind, with a block's changes over the committed ones. */
export class Table<K extends string, R> {
  readonly #spec: TableSpec<K, R>;
  /** Null: removed by this block. */
  readonly #changed = new Map<K, R | null>();
  /** Keys that are known not to be committed. */
  readonly #born = new Set<K>();

  constructor(spec: TableSpec<K, R>) {
    this.#spec = spec;
  }

  /** The record as it is now. */
  get(key: K): R | undefined {
    const changed = this.#changed.get(key);
    return changed === undefined ? this.#spec.read(key) : (changed ?? undefined);
  }

  /** Puts a record. */
  set(key: K, record: R): void {
    this.#changed.set(key, record);
  }

  /** Puts a record whose key was never used before and never will be again, which saves looking for it. */
  create(key: K, record: R): void {
    if (this.#changed.has(key)) throw new LockstepError("INTERNAL", `a ledger record at ${key} is made twice`);
    this.#born.add(key);
    this.#changed.set(key, record);
  }

  /** Removes a record. */
  delete(key: K): void {
    if (this.#born.has(key)) this.#changed.delete(key);
    else this.#changed.set(key, null);
  }

  /** What this block changed, by key; null for removed. */
  entries(): Iterable<readonly [K, R | null]> {
    return this.#changed;
  }

  /** Appends what this block changed as bytes. Removing what is not committed is no change. */
  changes(into: StateChange[]): void {
    for (const [key, record] of this.#changed) {
      if (record !== null) into.push([this.#spec.path(key), this.#spec.codec.encode(record)]);
      else if (this.#spec.read(key) !== undefined) into.push([this.#spec.path(key), null]);
    }
  }
}
