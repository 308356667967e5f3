// Checks every word of a worker process. A guest that broke out of the engine speaks with the worker's voice, so
// a reply is hostile: a closed form, bounded sizes, and nothing that the rules could not have produced.
import { z } from "zod";
import { decimal, digestText, EXIT_KINDS, type Limits } from "../../../chain/protocol/index.ts";
import type { Ending } from "../engine.ts";
import { WIRE_LIMITS } from "../wire.ts";
import { TRY_NAMES, type Try } from "./walls/index.ts";

const text = z.string().max(WIRE_LIMITS.textChars);
const exit = z.strictObject({
  type: z.literal("exit"),
  exit: z.enum(EXIT_KINDS).exclude(["code"]),
  fuel: decimal,
  output: z.int().min(0),
  truncated: z.boolean(),
  calls: z.strictObject({ sha256: digestText, count: decimal }),
  note: text,
});
const header = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("ready"), refused: z.array(z.enum(TRY_NAMES)).max(TRY_NAMES.length) }),
  z.strictObject({ type: z.literal("need-module") }),
  z.strictObject({ type: z.literal("trace"), line: text }),
  z.strictObject({ type: z.literal("fault"), message: text }),
  exit,
]);

/** What a worker can say. */
export type Reply =
  | { readonly type: "ready"; readonly refused: readonly Try[] }
  | { readonly type: "need-module" }
  | { readonly type: "trace"; readonly line: string }
  | { readonly type: "ending"; readonly ending: Ending };

/** Reads a frame's header and body under the limits of the job that runs (null: none does); null when it is a lie. */
export function readReply(json: Uint8Array, body: Uint8Array, limits: Limits | null): Reply | null {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch {
    return null;
  }
  const parsed = header.safeParse(value);
  if (!parsed.success) return null;
  const message = parsed.data;
  if (message.type === "exit") return limits === null ? null : readExit(message, body, limits);
  if (body.length > 0) return null;
  if (message.type === "fault") return { type: "ending", ending: { kind: "fault", message: message.message } };
  return message;
}

function readExit(message: z.output<typeof exit>, body: Uint8Array, limits: Limits): Reply | null {
  const { exit, truncated, note, calls, fuel } = message;
  const logs = body.length - message.output;
  if (logs < 0 || logs > limits.logs || message.output > limits.output || fuel > limits.fuel) return null;
  if (exit !== "ok" && message.output > 0) return null;
  const output = body.slice(0, message.output);
  const ending: Ending = {
    ...{ kind: "exit", exit, fuel, output, truncated, calls, note },
    logs: body.slice(message.output),
  };
  return { type: "ending", ending };
}
