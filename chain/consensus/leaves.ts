// The whole log of a store, read in portions.
import { type LedgerStore, STORE_LIMITS } from "../store/index.ts";

/** Every leaf of a store's log in order, as it was when the reading began. */
export function* allLeaves(store: LedgerStore): Generator<Uint8Array> {
  const size = store.head()?.log.size ?? 0;
  for (let from = 0; from < size; from += STORE_LIMITS.leavesPerRead) {
    yield* store.leaves(from, Math.min(STORE_LIMITS.leavesPerRead, size - from));
  }
}
