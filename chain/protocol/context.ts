// The context: all that a guest may observe besides its input. An order names only what it wants otherwise; the
// rest has fixed defaults derived from the call itself, so that equal calls are equal everywhere.
import { z } from "zod";
import { utf8Encode } from "./bytes.ts";
import { blobRef, type Call } from "./equation.ts";
import { CONTEXT_LIMITS } from "./limits.ts";
import { decimal, digestText, shortText } from "./schema.ts";

/** Why a text can't be an argument or a value, to be said after it; null when it can: C programs end texts at a zero. */
function textFault(text: string): string | null {
  if (!text.isWellFormed()) return "must be well-formed Unicode";
  if (text.includes("\0")) return "must not have a zero in it";
  const size = utf8Encode(text).length;
  return size > CONTEXT_LIMITS.textBytes ? `must have at most ${CONTEXT_LIMITS.textBytes} bytes` : null;
}

/** Why a path can't be a file's, to be said after it; null when it can. */
export function filePathFault(path: string): string | null {
  if (path === "") return "must not be empty";
  if (!path.isWellFormed()) return "must be well-formed Unicode";
  if (/\p{Cc}/u.test(path)) return "must have no control characters";
  const size = utf8Encode(path).length;
  if (size > CONTEXT_LIMITS.pathBytes) return `must have at most ${CONTEXT_LIMITS.pathBytes} bytes`;
  const plain = path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
  return plain ? null : 'must be relative, of names joined by "/", none of them empty, "." or ".."';
}

/** A string that a rule finds no fault with. */
const faultless = (fault: (value: string) => string | null) =>
  z.string().superRefine((value, { addIssue }) => {
    const message = fault(value);
    if (message !== null) addIssue({ code: "custom", message });
  });

const text = faultless(textFault);
const variable = shortText.refine((name) => !name.includes("="), 'must have no "=" in it');

/** Why files can't lie beside each other, to be said of them; null when they can. */
function filesFault(files: Readonly<Record<string, { readonly size: number }>>): string | null {
  const paths = Object.keys(files);
  if (paths.length > CONTEXT_LIMITS.files) return `must be at most ${CONTEXT_LIMITS.files} files`;
  const total = paths.reduce((sum, path) => sum + files[path]!.size, 0);
  if (total > CONTEXT_LIMITS.fileBytes) return `must have at most ${CONTEXT_LIMITS.fileBytes} bytes together`;
  const folders = new Set(paths.flatMap((path) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))));
  const both = paths.find((path) => folders.has(path));
  return both === undefined ? null : `must not have "${both}" as a file and as a folder of another`;
}

/** What an order may say about the context; absent members take their default. */
export const contextRequest = z.strictObject({
  args: z.array(text).max(CONTEXT_LIMITS.args).optional(),
  capabilities: z.array(shortText).max(16).optional(),
  clock: decimal.optional(),
  env: z
    .record(variable, text)
    .refine((env) => Object.keys(env).length <= CONTEXT_LIMITS.env, `must be at most ${CONTEXT_LIMITS.env} variables`)
    .optional(),
  files: z
    .record(faultless(filePathFault), blobRef)
    .superRefine((files, { addIssue }) => {
      const message = filesFault(files);
      if (message !== null) addIssue({ code: "custom", message });
    })
    .optional(),
  seed: digestText.optional(),
});
/**
 * What an order may say about the context: command-line arguments, granted capabilities, clock origin (ms since
 * 1970), environment, files by path below the guest's root, seed of the guest's randomness. Seeds are chosen by whoever orders: good
 * for simulation, never for a lottery.
 */
export type ContextRequest = z.output<typeof contextRequest>;

/** A context with every default filled in. */
export const context = contextRequest.required();
/** A context with every default filled in; its JCS digest is what the equation carries. */
export type Context = z.output<typeof context>;

/** The part of a call from which the default seed is derived. */
export type CallBeforeContext = Omit<Call, "context">;
