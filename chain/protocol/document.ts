// From JSON to typed documents and back, by closed schemas. The schema library finds what is wrong; the sentence
// about it is ours, so that it stays the same when the library changes.
import { z } from "zod";
import { LockstepError } from "./errors.ts";
import type { Json } from "./jcs.ts";

type Issue = z.core.$ZodIssue;

/** Our words for the library's closed set of issues; texts that our own schemas carry are kept. */
function sentence(issue: Issue): string {
  switch (issue.code) {
    case "custom":
    case "invalid_format":
      return issue.message;
    case "invalid_key":
      return `is the name of a member that ${sentence(issue.issues[0]!)}`;
    case "unrecognized_keys":
      return `has an unknown member "${issue.keys[0]!.slice(0, 40)}"`;
    case "invalid_type":
      return `is missing or not of type ${issue.expected}`;
    case "invalid_value":
      return "is not one of the allowed values";
    case "too_big":
      return `is above the maximum of ${issue.maximum}`;
    case "too_small":
      return `is below the minimum of ${issue.minimum}`;
    default:
      return "has the wrong form";
  }
}

function placeOf(issue: Issue): string {
  return issue.path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step).slice(0, 40)}`)).join("");
}

/**
 * Whether a member called `__proto__` occurs. The schema library silently drops it from records, and what a
 * document says must never depend on who reads it, so documents may not have one.
 */
function hasProto(json: Json): boolean {
  if (json === null || typeof json !== "object") return false;
  if (Array.isArray(json)) return json.some(hasProto);
  return Object.hasOwn(json, "__proto__") || Object.values(json).some(hasProto);
}

/** Checks JSON against a closed schema; MALFORMED with the place and the cause of the first thing wrong. */
export function document<S extends z.ZodType>(schema: S, json: Json, what: string): z.output<S> {
  if (hasProto(json)) throw new LockstepError("MALFORMED", `${what} has a member "__proto__", which no document may`);
  const result = z.safeParse(schema, json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new LockstepError("MALFORMED", `${what}${placeOf(issue)} ${sentence(issue)}`);
}

/** The JSON form of a typed document; MALFORMED when the value does not fit its own schema. */
export function encodeDocument<S extends z.ZodType>(schema: S, value: z.output<S>): Json {
  const result = z.safeEncode(schema, value);
  if (result.success) return result.data as Json;
  const issue = result.error.issues[0]!;
  throw new LockstepError("MALFORMED", `the value to encode${placeOf(issue)} ${sentence(issue)}`);
}
