// Types of globals and tags, own or imported.
import type { Draft } from "./draft.ts";
import { OUTSIDE } from "./features.ts";
import type { Reader } from "./reader.ts";
import type { Global } from "./types.ts";
import { readValueType } from "./valuetypes.ts";

/** Reads the type of global `index`. */
export function readGlobalType(reader: Reader, index: number): Pick<Global, "type" | "mutable"> {
  const type = readValueType(reader);
  const at = reader.offset;
  const mutability = reader.byte();
  if (mutability > 1) {
    if (mutability <= 3) reader.refuseFeature(OUTSIDE.threads, `global ${index} is shared`, at);
    reader.refuse("malformed", `global ${index} has unknown mutability`, at);
  }
  return { type, mutable: mutability === 1 };
}

/** Reads a tag's type and adds it. */
export function readTag(reader: Reader, draft: Draft): void {
  const at = reader.offset;
  reader.require("exceptions", "a tag", at);
  if (reader.byte() !== 0) reader.refuse("malformed", `tag ${draft.tags.length} is of unknown kind`, at);
  const type = reader.index(draft.types.length, "type");
  if (draft.types[type]!.results.length > 0) reader.refuse("invalid", `tag ${draft.tags.length} has results`, at);
  draft.tags.push(type);
}
