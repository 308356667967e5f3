// Whom a verifier trusts. These keys come from the verifier's own side, never from a receipt: what a receipt says
// of itself proves nothing. Log keys are admitted here, once, so that verifying many receipts does not repeat it.
import { z } from "zod";
import {
  type BlockTime,
  type Crypto,
  document,
  equalBytes,
  type Json,
  type KeyId,
  keyText,
  LockstepError,
  type NoteKey,
  type NoteSignature,
  parseVerifierKey,
  timeText,
  utf8Decode,
} from "../protocol/index.ts";
import { LIGHT_LIMITS } from "./limits.ts";

const common = {
  /** For people: whose key it is. */
  note: z.string().max(256).optional(),
  /** Block times between which the key is trusted: from the first, up to but without the second. */
  from: timeText.optional(),
  until: timeText.optional(),
};

/** A trusted key with its role. */
export const trustedKey = z.discriminatedUnion("role", [
  z.strictObject({
    role: z.literal("log"),
    /** The log's verifier key, `name+id+key`. */
    key: z.string().max(LIGHT_LIMITS.verifierKeyChars),
    /** Whether a provider is trusted for a result because the ledger behind this log accepted it from that provider. */
    vouches: z.boolean().optional(),
    ...common,
  }),
  z.strictObject({ role: z.literal("provider"), key: keyText, ...common }),
]);
/** A trusted key with its role. */
export type TrustedKey = z.output<typeof trustedKey>;

/** The trust file. */
export const trustFile = z.strictObject({ keys: z.array(trustedKey).max(LIGHT_LIMITS.trustedKeys) });

/** Reads a trust file. People write these, so any JSON spelling goes. TOO_LARGE, or MALFORMED with the place. */
export function readTrustFile(bytes: Uint8Array): TrustedKey[] {
  if (bytes.length > LIGHT_LIMITS.trustFileBytes) {
    throw new LockstepError(
      "TOO_LARGE",
      `the trust file has ${bytes.length} bytes, more than the ${LIGHT_LIMITS.trustFileBytes} allowed`,
    );
  }
  let json: Json;
  try {
    json = JSON.parse(utf8Decode(bytes)) as Json;
  } catch {
    throw new LockstepError("MALFORMED", 'the trust file is not JSON; it should look like {"keys": […]}');
  }
  return document(trustFile, json, "trust file").keys;
}

/** The part of a trusted key that says when it is trusted. */
export type Window = Pick<TrustedKey, "from" | "until">;

/** Whether a key is trusted at a block time. Null, no ledger fixes the time, is outside every window but the open one. */
export function isWithin(window: Window, time: BlockTime | null): boolean {
  if (window.from === undefined && window.until === undefined) return true;
  if (time === null) return false;
  return time >= (window.from ?? 0n) && (window.until === undefined || time < window.until);
}

/** A log that the verifier trusts. */
export interface TrustedLog {
  readonly key: NoteKey;
  readonly vouches: boolean;
  readonly window: Window;
}

/** The keys of one verifier, ready for use. */
export class Trust {
  readonly #logs = new Map<string, TrustedLog[]>();
  readonly #providers = new Map<KeyId, Window[]>();

  /** MALFORMED for a log key that is none, KEY_REFUSED for one that may not sign. */
  constructor(crypto: Crypto, keys: readonly TrustedKey[]) {
    for (const entry of keys) {
      if (entry.role === "provider") {
        this.#providers.set(entry.key, [...(this.#providers.get(entry.key) ?? []), entry]);
      } else {
        const key = parseVerifierKey(crypto, entry.key);
        const log = { key, vouches: entry.vouches ?? false, window: entry };
        this.#logs.set(key.name, [...(this.#logs.get(key.name) ?? []), log]);
      }
    }
  }

  /** The trusted logs whose key a checkpoint's signature line names, one for each window. */
  logs(line: NoteSignature): readonly TrustedLog[] {
    return (this.#logs.get(line.name) ?? []).filter(({ key }) =>
      equalBytes(key.id.subarray(0, line.id.length), line.id),
    );
  }

  /** The windows in which a provider's key is trusted; none when it is not listed. */
  provider(key: KeyId): readonly Window[] {
    return this.#providers.get(key) ?? [];
  }
}
