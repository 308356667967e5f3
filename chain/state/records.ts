// Records as bytes. What the ledger wrote itself it reads back without the doors' checks: the state root is checked
// when the ledger opens, and each record is decoded once and encoded once per block.
import type { z } from "zod";
import {
  type AccountRecord,
  accountRecord,
  canonicalize,
  chainRecord,
  deploymentRecord,
  document,
  dueRecord,
  type Json,
  jobRecord,
  keyRecord,
  LockstepError,
  nameRecord,
  providerRecord,
  utf8Decode,
  utf8Encode,
  waitingRecord,
} from "../protocol/index.ts";

/** Turns one kind of record into its canonical bytes and back. */
export interface Codec<R> {
  /** What the bytes say, as their readers elsewhere parse it. */
  readonly schema: z.ZodType<R>;
  encode(record: R): Uint8Array;
  /** STORAGE_CORRUPT when the bytes are no such record. */
  decode(bytes: Uint8Array): R;
}

/** A record as JSON: the schema's own encoding, a decimal string for each bigint, without checking it again. */
function jsonOf(value: unknown): Json {
  if (typeof value === "bigint") return String(value);
  if (value === null || typeof value !== "object") return value as Json;
  if (Array.isArray(value)) return value.map(jsonOf);
  const json: Record<string, Json> = {};
  for (const name of Object.keys(value)) json[name] = jsonOf((value as Record<string, unknown>)[name]);
  return json;
}

function parse(bytes: Uint8Array): Json {
  try {
    return JSON.parse(utf8Decode(bytes)) as Json;
  } catch {
    throw new LockstepError("STORAGE_CORRUPT", "a record in the stored state is not JSON");
  }
}

function codecOf<R>(schema: z.ZodType<R>, what: string): Codec<R> {
  return {
    schema,
    encode: (record) => canonicalize(jsonOf(record)),
    decode(bytes) {
      try {
        return document(schema, parse(bytes), what);
      } catch (error) {
        throw new LockstepError("STORAGE_CORRUPT", `the stored state is damaged: ${(error as Error).message}`);
      }
    },
  };
}

/** Accounts are read and written by every transaction, so theirs is written out; a test holds it to the schema. */
const accountCodec: Codec<AccountRecord> = {
  schema: accountRecord,
  encode: ({ balance, nonce, key, faucet }) =>
    utf8Encode(`{"balance":"${balance}","faucet":${faucet},"key":"${key}","nonce":"${nonce}"}`),
  decode(bytes) {
    const json = parse(bytes) as Record<"balance" | "nonce" | "key", string> & { faucet: boolean };
    if (typeof json?.balance !== "string" || typeof json.nonce !== "string" || typeof json.faucet !== "boolean") {
      throw new LockstepError("STORAGE_CORRUPT", "the stored state is damaged: an account is not of its form");
    }
    return {
      balance: BigInt(json.balance),
      nonce: BigInt(json.nonce),
      key: json.key,
      faucet: json.faucet,
    } as AccountRecord;
  },
};

/** The codec of each kind of record. */
export const CODECS = {
  account: accountCodec,
  chain: codecOf(chainRecord, "the chain's record"),
  deployment: codecOf(deploymentRecord, "a deployment's record"),
  due: codecOf(dueRecord, "a due entry"),
  job: codecOf(jobRecord, "a job's record"),
  key: codecOf(keyRecord, "a key's record"),
  name: codecOf(nameRecord, "a name's record"),
  provider: codecOf(providerRecord, "a provider's record"),
  waiting: codecOf(waitingRecord, "a waiting entry"),
} as const;
