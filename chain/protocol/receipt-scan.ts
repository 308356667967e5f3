// A fast reader for the usual receipt file: a job's, with log entry and record. Canonical JSON of a closed schema has
// one layout, so such a file is a fixed text with gaps; reading it as that costs a fraction of parsing, checking and
// encoding it again. It may only save time: what it reads, the schema `receiptFile` reads alike, and whatever it
// can't read is left to the schema, which is the definition. Tests hold the two equal on damaged and hostile files.
import { base64Decode, latin1Decode, utf8Decode } from "./bytes.ts";
import { LockstepError } from "./errors.ts";
import { isKeyId } from "./keys.ts";
import { TREE_LIMITS } from "./limits.ts";
import {
  type BlockEntry,
  BUNDLE_MEDIA_TYPE,
  type Bundle,
  NOTE_CHARS,
  PATH_HASHES,
  RECEIPT_MEDIA_TYPE,
  type ReceiptFile,
  type RecordProof,
} from "./receipt.ts";
import { type BlockTime, digest, type Height, type KeyId, parseDecimal } from "./units.ts";

/** `shortText`, as the schema of an envelope has it. */
const PAYLOAD_TYPE = /^[!#-[\]-~]{1,128}$/;

/** A JSON string's inside without control characters, and without escapes but for newlines. */
const NOTE_TEXT = /^(?:[ !#-[\]-\uffff]|\\n)*$/;

function unusual(): never {
  throw new LockstepError("MALFORMED", "not the usual receipt file");
}

/** The file as a text with gaps. Bytes and characters have the same places: each byte is one character. */
class Gaps {
  readonly #bytes: Uint8Array;
  readonly #text: string;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#text = latin1Decode(bytes);
  }

  /** Goes past a fixed text. */
  past(fixed: string): this {
    if (!this.#text.startsWith(fixed, this.#at)) unusual();
    this.#at += fixed.length;
    return this;
  }

  /** The characters up to the next quote. */
  text(): string {
    const from = this.#at;
    this.#at = this.#text.indexOf('"', from);
    return this.#at < 0 ? unusual() : this.#text.slice(from, this.#at);
  }

  /** Canonical base64, of `size` bytes where that is known. */
  base64(size?: number): Uint8Array {
    const bytes = base64Decode(this.text());
    return size === undefined || bytes.length === size ? bytes : unusual();
  }

  key(): KeyId {
    const text = this.text();
    return isKeyId(text) ? text : unusual();
  }

  decimal(): bigint {
    return parseDecimal(this.text());
  }

  treeNumber(): number {
    const value = Number(this.decimal());
    return Number.isSafeInteger(value) ? value : unusual();
  }

  /** A plain JSON integer. */
  size(): number {
    const [digits] = /(?:0|[1-9][0-9]{0,15})/y.exec(this.#text.slice(this.#at, this.#at + 16)) ?? unusual();
    this.#at += digits.length;
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : unusual();
  }

  /** A JSON string of any characters except quotes. */
  note(): string {
    const from = this.#at;
    this.text();
    const raw = utf8Decode(this.#bytes.subarray(from, this.#at));
    // Of all escapes a note needs only the newline's. Bounded first: the pattern's cost is the engine's affair.
    if (raw.length > 2 * NOTE_CHARS || !NOTE_TEXT.test(raw)) unusual();
    const note = raw.replaceAll("\\n", "\n");
    return note.length <= NOTE_CHARS ? note : unusual();
  }

  /** The items of a list after its opening bracket, and the closing one. */
  list<Item>(item: () => Item, most: number): Item[] {
    const items: Item[] = [];
    while (this.#text[this.#at] !== "]") {
      if (items.length > 0) this.past(",");
      if (items.length === most) unusual();
      items.push(item());
    }
    this.#at += 1;
    return items;
  }

  hashes(most = PATH_HASHES): Uint8Array[] {
    return this.list(() => {
      const hash = this.past('"').base64(32);
      this.past('"');
      return hash;
    }, most);
  }

  end(): void {
    if (this.#at !== this.#text.length) unusual();
  }
}

function scanBundle(gaps: Gaps): Bundle {
  const payload = gaps.past('{"bundle":{"dsseEnvelope":{"payload":"').base64();
  const payloadType = gaps.past('","payloadType":"').text();
  if (!PAYLOAD_TYPE.test(payloadType)) unusual();
  const keyid = gaps.past('","signatures":[{"keyid":"').key();
  const sig = gaps.past('","sig":"').base64(64);
  const hint = gaps.past(`"}]},"mediaType":"${BUNDLE_MEDIA_TYPE}","verificationMaterial":{"publicKey":{"hint":"`).key();
  const canonicalizedBody = gaps.past('"},"tlogEntries":[{"canonicalizedBody":"').base64();
  const envelope = gaps.past('","inclusionProof":{"checkpoint":{"envelope":"').note();
  const hashes = gaps.past('"},"hashes":[').hashes();
  const proofIndex = gaps.past(',"logIndex":"').treeNumber();
  const rootHash = gaps.past('","rootHash":"').base64(32);
  const treeSize = gaps.past('","treeSize":"').treeNumber();
  const fixed = '"},"integratedTime":"0","kindVersion":{"kind":"hashedrekord","version":"0.0.2"},"logId":{"keyId":"';
  const logId = gaps.past(fixed).base64(32);
  const logIndex = gaps.past('"},"logIndex":"').treeNumber();
  gaps.past('"}]}},');
  const inclusionProof = { logIndex: proofIndex, rootHash, treeSize, hashes, checkpoint: { envelope } };
  return {
    mediaType: BUNDLE_MEDIA_TYPE,
    dsseEnvelope: { payload, payloadType, signatures: [{ keyid, sig }] },
    verificationMaterial: {
      publicKey: { hint },
      tlogEntries: [
        {
          logIndex,
          logId: { keyId: logId },
          kindVersion: { kind: "hashedrekord", version: "0.0.2" },
          integratedTime: "0",
          inclusionProof,
          canonicalizedBody,
        },
      ],
    },
  };
}

function scanBlock(gaps: Gaps): BlockEntry {
  const chain = digest(gaps.past('{"chain":"').text());
  const height = gaps.past('","height":"').decimal() as Height;
  const receipts = gaps.past('","kind":"block","receipts":').size();
  const stateRoot = digest(gaps.past(',"stateRoot":"').text());
  const time = gaps.past('","time":"').decimal() as BlockTime;
  const transactions = gaps.past('","transactions":').size();
  gaps.past("}");
  return { kind: "block", chain, height, time, stateRoot, transactions, receipts };
}

function scanRecord(gaps: Gaps): RecordProof {
  const block = scanBlock(gaps.past('"record":{"block":'));
  const hashes = gaps.past(',"hashes":[').hashes();
  const index = gaps.past(',"index":"').treeNumber();
  const record = gaps.past('","record":"').base64();
  gaps.past('","state":{"kind":"present","levels":[');
  const levels = gaps.list(() => gaps.past("[").hashes(TREE_LIMITS.depth), TREE_LIMITS.segments);
  gaps.past("}}}").end();
  return { record, state: { kind: "present", levels }, block, index, hashes };
}

/** The receipt file that these bytes are if they have the usual layout; null says nothing about them. */
export function scanReceiptFile(bytes: Uint8Array): ReceiptFile | null {
  const gaps = new Gaps(bytes);
  try {
    const bundle = scanBundle(gaps);
    const record = scanRecord(gaps.past(`"mediaType":"${RECEIPT_MEDIA_TYPE}",`));
    return { mediaType: RECEIPT_MEDIA_TYPE, bundle, record };
  } catch (error) {
    if (error instanceof LockstepError) return null;
    throw error;
  }
}
