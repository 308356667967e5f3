// The atoms that every document's schema is made of. Documents are closed (no unknown member) and have one
// spelling; a codec's input side is the JSON form, its output side the checked and branded value.
import { z } from "zod";
import { base64Decode, base64Encode } from "./bytes.ts";
import { LockstepError } from "./errors.ts";
import { isKeyId } from "./keys.ts";
import { DOCUMENT_LIMITS } from "./limits.ts";
import {
  type Amount,
  type BlockTime,
  type Digest,
  type Duration,
  type Fuel,
  type Height,
  INT64_MAX,
  isDigest,
  type KeyId,
  type Nonce,
} from "./units.ts";

const decimalText = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,18})$/, "must be a decimal integer without sign or leading zero");

function decimalOf<T extends bigint>() {
  const value = z.custom<T>((candidate) => typeof candidate === "bigint" && candidate >= 0n && candidate <= INT64_MAX, {
    message: "must be at most 2^63 - 1",
  });
  return z.codec(decimalText, value, { decode: (text) => BigInt(text) as T, encode: (number) => String(number) });
}

/** A plain integer from 0 to 2^63 - 1 as a decimal string. */
export const decimal = decimalOf<bigint>();
/** `Fuel` as a decimal string. */
export const fuelText = decimalOf<Fuel>();
/** `Amount` as a decimal string. */
export const amountText = decimalOf<Amount>();
/** `Height` as a decimal string. */
export const heightText = decimalOf<Height>();
/** `BlockTime` as a decimal string. */
export const timeText = decimalOf<BlockTime>();
/** `Duration` as a decimal string. */
export const durationText = decimalOf<Duration>();
/** `Nonce` as a decimal string. */
export const nonceText = decimalOf<Nonce>();
/** A `Digest`: 64 lowercase hexadecimal digits. */
export const digestText = z.custom<Digest>((text) => typeof text === "string" && isDigest(text), {
  message: "must be 64 lowercase hexadecimal digits",
});
/** A `KeyId`: `did:key:z6Mk…`. Whether its point is on the curve is a question for admission, not for form. */
export const keyText = z.custom<KeyId>((text) => typeof text === "string" && isKeyId(text), {
  message: "must be an Ed25519 did:key (did:key:z6Mk…)",
});
/** Bytes as canonical base64: one spelling per value. */
export const base64Bytes = z.codec(
  z.string(),
  z.custom<Uint8Array>((bytes) => bytes instanceof Uint8Array),
  {
    decode: (text, context) => {
      try {
        return base64Decode(text);
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        // Reported rather than thrown, so that the sentence gets its place in the document.
        context.issues.push({ code: "custom", message: `must be canonical base64: ${error.message}`, input: text });
        return z.NEVER;
      }
    },
    encode: base64Encode,
  },
);
/** An Ed25519 signature, 64 bytes, as canonical base64. */
export const signatureBytes = base64Bytes.refine((bytes) => bytes.length === 64, "must be a signature of 64 bytes");
/** A hash, 32 bytes, as canonical base64. */
export const hashBytes = base64Bytes.refine((bytes) => bytes.length === 32, "must be a hash of 32 bytes");
/** A size or count as a JSON integer, exact up to 2^53 - 1. */
export const safeSize = z.int().min(0);
/** A short identifier: printable ASCII without space, 1 to 128 characters. */
export const shortText = z
  .string()
  .max(DOCUMENT_LIMITS.identifierChars)
  .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces");
