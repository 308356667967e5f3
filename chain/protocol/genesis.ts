// The genesis: the file that a chain begins with. Its digest is the chain id, so that whoever knows the id knows the
// supply, the orderer and every rule that has a number.
import { z } from "zod";
import type { Crypto } from "./crypto.ts";
import { document, encodeDocument } from "./document.ts";
import { limits } from "./equation.ts";
import { canonicalize, digestOf, parseCanonical } from "./jcs.ts";
import { DOCUMENT_LIMITS } from "./limits.ts";
import { amountText, decimal, durationText, keyText, shortText, timeText } from "./schema.ts";
import type { Digest } from "./units.ts";

/** The numbers of the ledger's rules. Durations are block time; amounts are micro-credits. */
export const parameters = z.strictObject({
  /** Flat fee of every transaction except `faucet`, credited to the orderer's account. */
  fee: amountText,
  /** Fee of a `deploy` for each KiB or part of one that the module has, on top of the flat fee. */
  deployFeePerKib: amountText,
  /** How long after a transaction's block its `expires` may lie at most. */
  transactionLifetime: durationText,
  /** How long an assigned provider may take to send `accept`. */
  acceptWindow: durationText,
  /** What a provider gets on top of the fuel limit's worst time before an accepted attempt times out. */
  resultGrace: durationText,
  /** Slowest speed that the profile is calibrated for, in fuel units per millisecond. */
  slowestFuelPerMs: decimal,
  /** Longest time from an order to its deadline. */
  longestDeadline: durationText,
  /** How long an accepted result can be challenged before it is final. */
  challengeWindow: durationText,
  /** How long unbonded stake stays locked; longer than the challenge window. */
  unbondingTime: durationText,
  /** Smallest stake of a provider. */
  smallestStake: amountText,
  /** Stake that each assignment reserves until the job is final. */
  reservation: amountText,
  /** What `accept` takes from the provider's balance; back with the result, burned when the attempt times out. */
  reservationFee: amountText,
  /** Assignments that one job may have before it expires. */
  mostAttempts: z.int().min(1).max(64),
  /** The largest limits that a job may ask for. */
  largestLimits: limits,
});
/** The numbers of the ledger's rules. */
export type Parameters = z.output<typeof parameters>;

/** The genesis document. A `faucet` above zero marks a development chain: anyone may mint that much, once. */
export const genesis = z.strictObject({
  version: z.literal(1),
  name: shortText,
  time: timeText,
  orderer: keyText,
  faucet: amountText,
  balances: z.record(keyText, amountText),
  parameters,
});
/** The genesis document. */
export type Genesis = z.output<typeof genesis>;

/** The id of a chain: digest of its genesis file's bytes, which are the JCS of the document. */
export function chainId(crypto: Crypto, value: Genesis): Digest {
  return digestOf(crypto, encodeDocument(genesis, value));
}

/** Reads a genesis file; TOO_LARGE or MALFORMED. */
export function readGenesis(bytes: Uint8Array): Genesis {
  return document(genesis, parseCanonical(bytes, DOCUMENT_LIMITS.genesisBytes, "genesis"), "genesis");
}

/** The genesis file of a genesis. */
export function encodeGenesis(value: Genesis): Uint8Array {
  return canonicalize(encodeDocument(genesis, value));
}
