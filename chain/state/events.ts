// What a block tells those who listen. Events are derived from the block and are part of no root: who needs
// certainty asks for a proof.
import type { AccountId, Digest } from "../protocol/index.ts";

/**
 * What happened to a job. `placed`: ordered; `assigned`: a provider was drawn; `running`: it took the attempt;
 * `refused`, `lapsed`, `timed-out`: the attempt ended without a result (declined, not taken in time, not
 * answered in time); `accepted`: the result is fixed; `final`: paid; `expired`, `cancelled`: the escrow returned.
 */
export const JOB_EVENTS = [
  "placed",
  "assigned",
  "running",
  "refused",
  "lapsed",
  "timed-out",
  "accepted",
  "final",
  "expired",
  "cancelled",
] as const;
/** What happened to a job. */
export type JobEventType = (typeof JOB_EVENTS)[number];

/** Something that happened to a job; `provider` and `attempt` where an assignment is or was in force. */
export interface LedgerEvent {
  readonly type: JobEventType;
  readonly job: Digest;
  readonly attempt: number;
  readonly provider: AccountId | null;
}
