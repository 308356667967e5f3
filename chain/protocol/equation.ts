// The equation: what a job is (`Call`) and what came of it (`Answer`). Two honest providers write the same bytes
// here, whatever engine or machine they use; everything else about a run is an observation and lives elsewhere.
import { z } from "zod";
import { decimal, digestText, fuelText, safeSize, shortText } from "./schema.ts";
import type { Digest } from "./units.ts";

/** The kinds of sandbox. */
export const SRES = ["wasm", "quickjs", "container", "gpu"] as const;
/** One kind of sandbox. */
export type Sre = (typeof SRES)[number];

/** Bytes named by content: their SHA-256 and their length in bytes. */
export const blobRef = z.strictObject({ sha256: digestText, size: safeSize });
/** Bytes named by content. */
export type BlobRef = z.output<typeof blobRef>;

/** What a run may use: fuel units; bytes of linear memory, of guest stack, of output and of logs. */
export const limits = z.strictObject({
  fuel: fuelText,
  memory: safeSize,
  stack: safeSize,
  output: safeSize,
  logs: safeSize,
});
/** What a run may use. */
export type Limits = z.output<typeof limits>;

/** The left side of the equation: everything that decides what the guest will do. */
export const call = z.strictObject({
  sre: z.enum(SRES),
  module: digestText,
  entry: shortText,
  abi: shortText,
  profile: shortText,
  input: blobRef,
  context: digestText,
  limits,
  before: z.null(),
});
/** The left side of the equation. `context` is the digest of the resolved context, `before` is kept for actors. */
export type Call = z.output<typeof call>;

/**
 * How a run can end inside the equation, signed, agreed and paid:
 * `ok`; `code`, the guest ended itself with a nonzero code; `trap`, it did something undefined or aborted;
 * `out-of-fuel`, `stack`, `memory`, `output-limit`, it passed that limit; `invalid-module`, the module is
 * outside the profile; `bad-answer`, it broke its ABI's contract; `bad-input`, the input is not what its entry takes.
 */
export const EXIT_KINDS = [
  "ok",
  "code",
  "trap",
  "out-of-fuel",
  "stack",
  "memory",
  "output-limit",
  "invalid-module",
  "bad-answer",
  "bad-input",
] as const;
/** How a run ended inside the equation. */
export type ExitKind = (typeof EXIT_KINDS)[number];

/** An exit: its kind, and the guest's own code, which is nonzero exactly for the kind `code`. */
export const exit = z
  .strictObject({ kind: z.enum(EXIT_KINDS), code: z.int().min(-0x80000000).max(0x7fffffff) })
  .refine((value) => (value.kind === "code") === (value.code !== 0), "code must be nonzero exactly for kind code");
/** An exit. */
export type Exit = z.output<typeof exit>;

/** The right side of the equation. */
export const answer = z.strictObject({
  exit,
  output: blobRef,
  logs: z.strictObject({ sha256: digestText, size: safeSize, truncated: z.boolean() }),
  calls: z.strictObject({ sha256: digestText, count: decimal }),
  fuel: fuelText,
  after: z.null(),
});
/**
 * The right side of the equation: exit; output (empty unless the exit is `ok` or `code`); logs, cut at their limit; digest
 * and number of the host calls made (`calls.sha256` is over the transcript that `sre/core` defines); fuel used.
 */
export type Answer = z.output<typeof answer>;

/** SHA-256 of no bytes: the digest of an empty output. */
export const EMPTY_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" as Digest;
