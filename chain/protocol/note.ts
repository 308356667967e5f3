// Signed notes (c2sp.org/signed-note): a text, a blank line, and signature lines. The log's heads are published in
// this form, so that tools which are not ours can check them. Notes come from anyone: size and signatures are
// bounded, signatures of unknown keys are ignored as the specification demands, and one bad signature of a known
// key refuses the whole note.
import { base64Decode, base64Encode, concat, equalBytes, hexEncode, utf8Decode, utf8Encode } from "./bytes.ts";
import type { Crypto, Signer } from "./crypto.ts";
import { admitKey } from "./ed25519.ts";
import { LockstepError } from "./errors.ts";
import { NOTE_LIMITS } from "./limits.ts";

/** Signature type 0x01: Ed25519 over the text. */
const ED25519 = Uint8Array.of(0x01);
const ID_BYTES = 4;
const DASH = "\u2014 ";

/** A key that signs notes, admitted. */
export interface NoteKey {
  /** The key's name, for a log its origin: not empty, no space, no plus. */
  readonly name: string;
  /** The 32-byte Ed25519 public key. */
  readonly publicKey: Uint8Array;
  /** SHA-256(name ‖ newline ‖ 0x01 ‖ key). Its first four bytes mark signature lines; Sigstore's log id is all 32. */
  readonly id: Uint8Array;
}

/** One signature line, unchecked. */
export interface NoteSignature {
  readonly name: string;
  /** The key's id as the line has it: 4 bytes. */
  readonly id: Uint8Array;
  readonly signature: Uint8Array;
}

/** A note taken apart, unchecked. */
export interface Note {
  /** What is signed, with its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

function refuse(what: string): never {
  throw new LockstepError("MALFORMED", what);
}

/** Whether a name can stand in a signature line: white space (U+0085 is in Cc), plus and controls can't. */
function isKeyName(name: string): boolean {
  return name !== "" && !/[\s+\p{Cc}]/u.test(name);
}

function requireText(text: string): void {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 && unit !== 0x0a) refuse(`a note has a control character at character ${at}`);
  }
  if (!text.endsWith("\n")) refuse("a note's text must end with a newline");
}

function idOf(crypto: Crypto, name: string, publicKey: Uint8Array): Uint8Array {
  return crypto.sha256(concat(utf8Encode(`${name}\n`), ED25519, publicKey));
}

/** A key under a name; MALFORMED for an impossible name, KEY_REFUSED for a key that may not sign. */
export function noteKey(crypto: Crypto, name: string, publicKey: Uint8Array): NoteKey {
  if (!isKeyName(name)) refuse(`"${name.slice(0, 80)}" can't name a note's key: it is empty or has a space or a plus`);
  if (!admitKey(publicKey)) {
    throw new LockstepError("KEY_REFUSED", `the key of "${name.slice(0, 80)}" may not sign: it is not admissible`);
  }
  return { name, publicKey, id: idOf(crypto, name, publicKey) };
}

/** The key in the form that verifiers are configured with: `name+id+base64(0x01 ‖ key)`. */
export function formatVerifierKey(key: NoteKey): string {
  return `${key.name}+${hexEncode(key.id.subarray(0, ID_BYTES))}+${base64Encode(concat(ED25519, key.publicKey))}`;
}

/** Reads a verifier key; MALFORMED unless it is the one form of an Ed25519 key, KEY_REFUSED if it may not sign. */
export function parseVerifierKey(crypto: Crypto, text: string): NoteKey {
  const parts = /^([^+]{1,256})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(text);
  const bytes = parts === null ? null : base64Decode(parts[3]!);
  if (parts === null || bytes === null || bytes[0] !== ED25519[0]) {
    return refuse(`"${text.slice(0, 80)}" is not the verifier key of an Ed25519 log (name+id+key)`);
  }
  const key = noteKey(crypto, parts[1]!, bytes.slice(1));
  if (formatVerifierKey(key) !== text) refuse(`the verifier key of "${key.name}" carries the id of another key`);
  return key;
}

/** Signs a text, which must end with a newline, under a key name; the note's bytes. */
export function signNote(crypto: Crypto, signer: Signer, name: string, text: string): Uint8Array {
  requireText(text);
  if (!isKeyName(name)) refuse(`"${name.slice(0, 80)}" can't name a note's key: it is empty or has a space or a plus`);
  const id = idOf(crypto, name, signer.publicKey).subarray(0, ID_BYTES);
  const signature = signer.sign(utf8Encode(text));
  return utf8Encode(`${text}\n${DASH}${name} ${base64Encode(concat(id, signature))}\n`);
}

function parseSignature(line: string): NoteSignature {
  const space = line.indexOf(" ", DASH.length);
  const name = line.slice(DASH.length, space);
  if (!line.startsWith(DASH) || space < 0 || !isKeyName(name)) refuse("a note's signature line has the wrong form");
  const bytes = base64Decode(line.slice(space + 1));
  if (bytes.length <= ID_BYTES) refuse("a note's signature is too short");
  return { name, id: bytes.slice(0, ID_BYTES), signature: bytes.slice(ID_BYTES) };
}

/** Takes a note apart; TOO_LARGE above `NOTE_LIMITS`, MALFORMED when it isn't one. Nothing of it is checked yet. */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > NOTE_LIMITS.bytes) {
    throw new LockstepError(
      "TOO_LARGE",
      `a note has ${bytes.length} bytes, more than the ${NOTE_LIMITS.bytes} allowed`,
    );
  }
  const whole = utf8Decode(bytes);
  requireText(whole);
  const blank = whole.lastIndexOf("\n\n");
  if (blank < 0) refuse("a note has no blank line before its signatures");
  const lines = whole.slice(blank + 2, -1).split("\n");
  if (lines.length > NOTE_LIMITS.signatures) {
    throw new LockstepError("TOO_LARGE", `a note has ${lines.length} signatures, more than ${NOTE_LIMITS.signatures}`);
  }
  return { text: whole.slice(0, blank + 1), signatures: lines.map(parseSignature) };
}

/**
 * Checks a note against the keys that the verifier trusts; its text and which of them signed it, at least one.
 * SIGNATURE_INVALID when a line of a trusted key does not verify, KEY_UNKNOWN when no trusted key signed.
 */
export function openNote(
  crypto: Crypto,
  bytes: Uint8Array,
  trusted: readonly NoteKey[],
): { text: string; signers: readonly NoteKey[] } {
  const { text, signatures } = parseNote(bytes);
  const message = utf8Encode(text);
  const signers = trusted.filter((key) => {
    const own = signatures.filter(
      (line) => line.name === key.name && equalBytes(line.id, key.id.subarray(0, ID_BYTES)),
    );
    if (own.some((line) => !crypto.verify(key.publicKey, message, line.signature))) {
      throw new LockstepError("SIGNATURE_INVALID", `the note's signature by ${key.name} does not verify`);
    }
    return own.length > 0;
  });
  if (signers.length === 0) throw new LockstepError("KEY_UNKNOWN", "the note is signed by none of the trusted keys");
  return { text, signers };
}
