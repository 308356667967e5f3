// The door of chain/store. The SQLite store is not here: it needs Node, and a node imports `sqlite.ts` itself.
export { STORE_LIMITS } from "./limits.ts";
export { MemoryStore } from "./memory.ts";
export { Records } from "./records.ts";
export type { LedgerStore, StoredBlock, StoredReceipt, StoredTransaction } from "./store.ts";
