// A type per unit, made only by checked constructors, so that a height can't be spent and fuel can't be a price.
// Money, fuel and times are bigint inside and decimal strings in documents: JSON numbers lose bits above 2^53.
import { LockstepError } from "./errors.ts";

declare const unit: unique symbol;
type Branded<T, Name extends string> = T & { readonly [unit]: Name };

/** Metered work of a run, in fuel units, 0 to 2^63 - 1. */
export type Fuel = Branded<bigint, "Fuel">;
/** Money in micro-credits (1 credit = 1,000,000), 0 to 2^63 - 1. */
export type Amount = Branded<bigint, "Amount">;
/** A block's number, genesis being 0. */
export type Height = Branded<bigint, "Height">;
/** Block time: milliseconds since 1970 as the orderer stamped them; strictly increasing from block to block. */
export type BlockTime = Branded<bigint, "BlockTime">;
/** A span of block time in milliseconds. */
export type Duration = Branded<bigint, "Duration">;
/** How many transactions an account has had applied: the next transaction must carry exactly this number. */
export type Nonce = Branded<bigint, "Nonce">;
/** A SHA-256 digest as 64 lowercase hexadecimal digits. */
export type Digest = Branded<string, "Digest">;
/** An Ed25519 public key as `did:key:z6Mk…` (multibase base58btc of the multicodec prefix ed01 and 32 bytes). */
export type KeyId = Branded<string, "KeyId">;
/** An account's name on the ledger: the `KeyId` that the account began with; it stays when the key is rotated. */
export type AccountId = KeyId;

/** The largest value of every bigint unit: the ledger's integers fit a signed 64-bit column. */
export const INT64_MAX = 2n ** 63n - 1n;

function uint63(name: string, value: bigint): bigint {
  if (value < 0n || value > INT64_MAX) {
    throw new LockstepError("OUT_OF_RANGE", `${name} must lie between 0 and ${INT64_MAX}, not ${value}`);
  }
  return value;
}

/** Checks and brands fuel; OUT_OF_RANGE below 0 or above 2^63 - 1. */
export const fuel = (value: bigint): Fuel => uint63("fuel", value) as Fuel;
/** Checks and brands an amount of micro-credits; OUT_OF_RANGE below 0 or above 2^63 - 1. */
export const amount = (value: bigint): Amount => uint63("an amount", value) as Amount;
/** Checks and brands a block height. */
export const height = (value: bigint): Height => uint63("a height", value) as Height;
/** Checks and brands a block time in milliseconds since 1970. */
export const blockTime = (value: bigint): BlockTime => uint63("a block time", value) as BlockTime;
/** Checks and brands a duration in milliseconds. */
export const duration = (value: bigint): Duration => uint63("a duration", value) as Duration;
/** Checks and brands an account's nonce. */
export const nonce = (value: bigint): Nonce => uint63("a nonce", value) as Nonce;

const DECIMAL = /^(0|[1-9][0-9]{0,18})$/;

/** Parses the one decimal spelling of 0 to 2^63 - 1 (no sign, no leading zero); MALFORMED otherwise. */
export function parseDecimal(text: string): bigint {
  const value = DECIMAL.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value > INT64_MAX) {
    throw new LockstepError("MALFORMED", `"${text.slice(0, 40)}" is not a decimal integer from 0 to ${INT64_MAX}`);
  }
  return value;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** Whether a string is spelled as a digest. */
export const isDigest = (text: string): text is Digest => DIGEST.test(text);

/** Checks and brands a digest; MALFORMED unless it is 64 lowercase hexadecimal digits. */
export function digest(text: string): Digest {
  if (!isDigest(text)) {
    throw new LockstepError(
      "MALFORMED",
      `"${text.slice(0, 80)}" is not a SHA-256 digest (64 lowercase hexadecimal digits)`,
    );
  }
  return text;
}
