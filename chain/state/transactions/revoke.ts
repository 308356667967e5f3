// revoke: declares an earlier key of the account untrustworthy from now on. It takes nothing back: the
// record, which has a proof, is for whoever judges what that key signed.
import type { Body, KeyRecord, LockstepError } from "../../protocol/index.ts";
import { type Block, refusal } from "../block.ts";

/** KEY_IN_USE for the key that speaks now, KEY_UNKNOWN for one that is not the account's, KEY_INACTIVE when done before. */
export function checkRevoke(block: Block, body: Body<"revoke">): LockstepError | KeyRecord {
  if (block.account(body.from).key === body.key) {
    return refusal("KEY_IN_USE", `key ${body.key} speaks for the account now, rotate to another one first`);
  }
  const record = block.tables.keys.get(body.key);
  if (record?.account !== body.from) {
    return refusal("KEY_UNKNOWN", `key ${body.key} never spoke for account ${body.from}`);
  }
  if (record.revoked !== null) return refusal("KEY_INACTIVE", `key ${body.key} is revoked already`);
  return record;
}

/** Marks the key with time and reason. */
export function applyRevoke(block: Block, body: Body<"revoke">, record: KeyRecord): void {
  block.tables.keys.set(body.key, { ...record, revoked: { time: block.time, reason: body.reason } });
}
