// Values as people type them on the command line, and what goes by them.
import { InvalidArgumentError } from "commander";
import {
  type BlobRef,
  type Crypto,
  type Digest,
  digestOfBytes,
  INT64_MAX,
  isDigest,
  isKeyId,
  type KeyId,
  nameText,
} from "../../chain/protocol/index.ts";

const CREDITS = /^(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,6}))?$/;

/** Credits with up to six decimals, as micro-credits. */
export function creditsOption(text: string): bigint {
  const parts = CREDITS.exec(text);
  if (parts === null) throw new InvalidArgumentError("Credits look like 10 or 0.25, with at most six decimals.");
  const value = BigInt(parts[1]!) * 1_000_000n + BigInt((parts[2] ?? "").padEnd(6, "0"));
  if (value > INT64_MAX) throw new InvalidArgumentError("That is more than there can be.");
  return value;
}

/** The id of a job, deployment or transaction. */
export function idOption(text: string): Digest {
  if (isDigest(text)) return text;
  throw new InvalidArgumentError("An id has 64 hexadecimal digits, in lower case.");
}

/** An account or key id. */
export function keyOption(text: string): KeyId {
  if (isKeyId(text)) return text;
  throw new InvalidArgumentError("An account looks like did:key:z6Mk…, as `key show` prints it.");
}

/** A name that a deployment can have. */
export function nameOption(text: string): string {
  if (nameText.safeParse(text).success) return text;
  throw new InvalidArgumentError("A name has 3 to 63 of a-z, 0-9 and inner dashes, and begins with a letter.");
}

/** A port number from 0 to 65535. */
export function portOption(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 65_536;
  if (port > 65_535) throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return port;
}

/** A whole number above 0 that fits 63 bits, such as fuel. */
export function wholeOption(text: string): bigint {
  const value = /^[1-9][0-9]{0,18}$/.test(text) ? BigInt(text) : 0n;
  if (value === 0n || value > INT64_MAX)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${INT64_MAX}.`);
  return value;
}

/** How many of something to show: 1 to 10,000. */
export function countOption(text: string): number {
  const count = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 10_000) throw new InvalidArgumentError("It must be a whole number from 1 to 10000.");
  return count;
}

/** A number of seconds with up to three decimals, as milliseconds. */
export function secondsOption(text: string): bigint {
  const parts = /^([0-9]{1,9})(?:\.([0-9]{1,3}))?$/.exec(text);
  const ms = parts === null ? 0n : BigInt(parts[1]!) * 1000n + BigInt((parts[2] ?? "").padEnd(3, "0"));
  if (ms === 0n) throw new InvalidArgumentError("Seconds look like 30 or 2.5.");
  return ms;
}

/** Names bytes by content. */
export function refOf(crypto: Crypto, bytes: Uint8Array): BlobRef {
  return { sha256: digestOfBytes(crypto, bytes), size: bytes.length };
}
