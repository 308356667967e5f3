// Where all the money of a ledger is, counted from its records alone: what SPEC M1 says must always be the same.
import type { z } from "zod";
import {
  accountRecord,
  chainRecord,
  document,
  dueRecord,
  type Json,
  jobRecord,
  type Parameters,
  providerRecord,
  utf8Decode,
} from "../../chain/protocol/index.ts";
import type { StateView } from "../../chain/state/index.ts";

const HELD = ["waiting", "assigned", "running", "accepted"];

/** Records of one kind; the schemas refuse whatever is negative or beyond int64. */
function read<S extends z.ZodType>(view: StateView, prefix: string, schema: S): (readonly [string, z.output<S>])[] {
  return view
    .scan([prefix], null, 10_000)
    .map(([segment, value]) => [segment, document(schema, JSON.parse(utf8Decode(value)) as Json, prefix)]);
}

/** Throws unless the state's money and its indexes are in order. */
export function auditState(view: StateView, parameters: Parameters): void {
  const fail = (what: string): never => {
    throw new Error(`the state is out of order: ${what}`);
  };
  const chain = document(chainRecord, JSON.parse(utf8Decode(view.get(["chain"])!)) as Json, "chain");
  const jobs = read(view, "jobs", jobRecord);
  const providers = new Map(read(view, "providers", providerRecord));
  let held = 0n;
  for (const [, { balance }] of read(view, "accounts", accountRecord)) held += balance;
  for (const { stake } of providers.values()) held += stake;
  for (const [, { status, ceiling }] of jobs) {
    if (HELD.includes(status)) held += ceiling;
    if (status === "running") held += parameters.reservationFee;
  }
  if (held !== chain.minted - chain.burned)
    fail(`${held} is held of ${chain.minted} minted less ${chain.burned} burned`);

  const reserved = new Map<string, bigint>();
  const unbonding = new Map<string, bigint>();
  const add = (map: Map<string, bigint>, key: string, value: bigint) => map.set(key, (map.get(key) ?? 0n) + value);
  const open = new Set<string>();
  for (const [id, { status, assignment }] of jobs) {
    if (HELD.includes(status)) open.add(id);
    const reserves = ["assigned", "running", "accepted"].includes(status);
    if (reserves) add(reserved, assignment!.provider, assignment!.reserved);
  }
  for (const [, entry] of read(view, "due", dueRecord)) {
    if (entry.kind === "unbond") add(unbonding, entry.provider, entry.amount);
    else if (!open.delete(entry.job)) fail(`job ${entry.job} is due and has nothing ahead, or is due twice`);
  }
  if (open.size > 0) fail(`jobs ${[...open].join()} are open and never due`);
  const waiting = jobs.filter(([, { status }]) => status === "waiting").map(([id]) => id);
  const indexed = view.scan(["waiting"], null, 10_000).map(([segment]) => segment.slice(21));
  if (waiting.sort().join() !== indexed.sort().join()) fail("the index of waiting jobs is not what waits");
  for (const [id, provider] of providers) {
    if (provider.reserved !== (reserved.get(id) ?? 0n)) fail(`provider ${id} has another reservation than its jobs`);
    if (provider.unbonding !== (unbonding.get(id) ?? 0n)) fail(`provider ${id} unbonds something else than is due`);
    if (provider.stake < provider.reserved + provider.unbonding) fail(`provider ${id} has less stake than is held`);
  }
}
