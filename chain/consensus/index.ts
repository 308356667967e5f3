// The door of chain/consensus: who orders transactions, and how a ledger is opened and derived again.
export { signCheckpoint } from "./checkpoint.ts";
export { allLeaves } from "./leaves.ts";
export { SEQUENCER_LIMITS } from "./limits.ts";
export { type OpenOptions, openLedger } from "./open.ts";
export type { Applied, BlockListener, Orderer, Timing } from "./orderer.ts";
export { type Difference, type ReplayOptions, type ReplayReport, replay } from "./replay.ts";
export { Sequencer, type SequencerOptions } from "./sequencer.ts";
