// The context: all that a guest may observe besides its input. An order names only what it wants otherwise; the
// rest has fixed defaults derived from the call itself, so that equal calls are equal everywhere.
import { z } from "zod";
import { blobRef, type Call } from "./equation.ts";
import { decimal, digestText, shortText } from "./schema.ts";

const text = z.string().max(4096);

/** What an order may say about the context; absent members take their default. */
export const contextRequest = z.strictObject({
  args: z.array(text).max(64).optional(),
  capabilities: z.array(shortText).max(16).optional(),
  clock: decimal.optional(),
  env: z.record(shortText, text).optional(),
  files: z.record(shortText, blobRef).optional(),
  seed: digestText.optional(),
});
/**
 * What an order may say about the context: command-line arguments, granted capabilities, clock origin (ms since
 * 1970), environment, files by path, seed of the guest's randomness. Seeds are chosen by whoever orders: good
 * for simulation, never for a lottery.
 */
export type ContextRequest = z.output<typeof contextRequest>;

/** A context with every default filled in. */
export const context = contextRequest.required();
/** A context with every default filled in; its JCS digest is what the equation carries. */
export type Context = z.output<typeof context>;

/** The part of a call from which the default seed is derived. */
export type CallBeforeContext = Omit<Call, "context">;
