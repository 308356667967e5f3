// Checkpoints (c2sp.org/tlog-checkpoint): a log's head as a signed note of origin, tree size and root. Whoever
// holds one, and the log's key from elsewhere, can check inclusion and growth without asking anybody.
import { base64Decode, base64Encode } from "./bytes.ts";
import type { Crypto } from "./crypto.ts";
import { LockstepError } from "./errors.ts";
import { isTreeNumber } from "./merkle.ts";
import type { TreeHead } from "./merkle-proof.ts";
import { type NoteKey, openNote } from "./note.ts";
import { parseDecimal } from "./units.ts";

/** A log's head: which log, how many leaves, the root over them. */
export interface Checkpoint extends TreeHead {
  /** The log's name, the same as its key's. */
  readonly origin: string;
}

function refuse(what: string): never {
  throw new LockstepError("MALFORMED", what);
}

/** The text that the log signs: origin, size and base64 root, a line each. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root } = checkpoint;
  if (origin === "" || origin.includes("\n")) refuse("a checkpoint's origin must be one line and not empty");
  if (!isTreeNumber(size)) refuse(`a checkpoint's size can't be ${size}`);
  if (root.length !== 32) refuse(`a checkpoint's root has 32 bytes, not ${root.length}`);
  return `${origin}\n${size}\n${base64Encode(root)}\n`;
}

/**
 * Reads a checkpoint's text. Extension lines are allowed where they stand and ignored, as the specification says;
 * our logs write none. MALFORMED for any other form.
 */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length < 3 || lines.includes("")) {
    refuse("a checkpoint needs at least three lines, none of them empty, each ended by a newline");
  }
  const size = Number(parseDecimal(lines[1]!));
  if (!isTreeNumber(size)) refuse(`a checkpoint's size of ${lines[1]} leaves is beyond any log`);
  const root = base64Decode(lines[2]!);
  if (root.length !== 32) refuse(`a checkpoint's root has 32 bytes, not ${root.length}`);
  return { origin: lines[0]!, size, root };
}

/**
 * The checkpoint in a note, once signed by the log's key. KEY_UNKNOWN or SIGNATURE_INVALID where it isn't,
 * MALFORMED when the text isn't a checkpoint or its origin is not the key's name.
 */
export function openCheckpoint(crypto: Crypto, note: Uint8Array, key: NoteKey): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(crypto, note, [key]).text);
  // Without this a key that serves two logs could pass one's head off as the other's.
  if (checkpoint.origin !== key.name) {
    refuse(`the checkpoint's origin "${checkpoint.origin.slice(0, 80)}" is not the log's name "${key.name}"`);
  }
  return checkpoint;
}
