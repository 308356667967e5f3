// The manifest: what is known about a module besides its bytes. It is a note for people and tools, never a proof:
// whoever doubts it inspects the module and builds the source again.
import { createHash } from "node:crypto";
import { z } from "zod";
import {
  type BlobRef,
  blobRef,
  canonicalize,
  type Digest,
  digest,
  digestText,
  document,
  encodeDocument,
  parseCanonical,
  shortText,
} from "../../chain/protocol/index.ts";
import { BUILD_LIMITS } from "./limits.ts";

/** The form of a manifest, closed. */
export const manifestSchema = z.strictObject({
  version: z.literal(1),
  module: blobRef,
  sre: z.enum(["wasm", "quickjs", "container", "gpu"]),
  abi: shortText,
  entries: z.array(shortText).max(BUILD_LIMITS.entries),
  profile: shortText,
  language: shortText,
  toolchain: z.strictObject({ name: shortText, version: shortText }).nullable(),
  source: digestText.nullable(),
});

/**
 * What is known about a module: its digest and size in bytes; the kind of sandbox that runs it; guest ABI; exported functions that can be called;
 * determinism profile; the language it was built from, as `--lang` spells it (`wasm`, `kernel` or `image` for a module taken as it was), and
 * for built ones the toolchain and the digest of the source (see `sourceDigest`).
 */
export type Manifest = z.output<typeof manifestSchema>;

/** A manifest's bytes, in canonical JSON. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return canonicalize(encodeDocument(manifestSchema, manifest));
}

/** Parses a manifest's bytes; MALFORMED unless they are canonical JSON of exactly that form. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  return document(manifestSchema, parseCanonical(bytes, BUILD_LIMITS.manifestBytes, "manifest"), "manifest");
}

/** Names bytes by content. */
export function blobRefOf(bytes: Uint8Array): BlobRef {
  return { sha256: sha256Hex(bytes), size: bytes.length };
}

/**
 * The digest of source files: SHA-256 over one line `<sha256 of the file>  <path>` per file, sorted by path as bytes.
 * In the project's folder `sha256sum FILE... | sha256sum` gives the same, files in the order of `LC_ALL=C sort`.
 */
export function sourceDigest(files: Iterable<readonly [path: string, bytes: Uint8Array]>): Digest {
  const sorted = [...files].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return sha256Hex(Buffer.from(sorted.map(([path, bytes]) => `${sha256Hex(bytes)}  ${path}\n`).join("")));
}

function sha256Hex(bytes: Uint8Array): Digest {
  return digest(createHash("sha256").update(bytes).digest("hex"));
}
