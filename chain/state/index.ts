// The door of chain/state: everything that the rest of the house may use of it.
export { DEVELOPMENT_PARAMETERS, type DevelopmentOptions, developmentGenesis } from "./development.ts";
export { type DrawCandidate, type DrawSeed, draw } from "./draw.ts";
export { JOB_EVENTS, type JobEventType, type LedgerEvent } from "./events.ts";
export { type BlockRequest, Ledger, type LedgerOptions } from "./ledger.ts";
export { LEDGER_LIMITS } from "./limits.ts";
export { readSnapshot, type Snapshot, writeSnapshot } from "./snapshot.ts";
export { StateTree } from "./tree.ts";
export type { AcceptedReceipt, Candidate, Head, StateChange, StateView } from "./view.ts";
