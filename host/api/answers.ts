// From our values to HTTP answers and from HTTP requests to our values: the edge where everything is checked.
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import {
  canonicalize,
  type Digest,
  digestOfCid,
  ERROR_TABLE,
  encodeDocument,
  INT64_MAX,
  isDigest,
  type KeyId,
  LockstepError,
  parseKeyId,
} from "../../chain/protocol/index.ts";
import { errorAnswer } from "../wire.ts";

/** Bytes as hono takes them: a view on an ArrayBuffer of their own. */
const body = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** A JSON answer by its schema. */
export function answer<S extends z.ZodType>(context: Context, schema: S, value: z.output<S>): Response {
  const bytes = canonicalize(encodeDocument(schema, value));
  return context.body(body(bytes), 200, { "content-type": "application/json" });
}

/** Raw bytes of a type. */
export function bytesAnswer(context: Context, bytes: Uint8Array, type: string): Response {
  return context.body(body(bytes), 200, { "content-type": type });
}

/** Any error as an answer; what is not ours is told without its wording, which may name files and internals. */
export function errorResponse(context: Context, error: unknown): Response {
  const told =
    error instanceof LockstepError ? error : new LockstepError("INTERNAL", "the node failed at this request");
  const { code, message, data } = told;
  const bytes = canonicalize(
    encodeDocument(errorAnswer, { error: { code, message: message.slice(0, 2048).toWellFormed(), data } }),
  );
  const status = ERROR_TABLE[code].http as ContentfulStatusCode;
  return context.body(body(bytes), status, { "content-type": "application/json" });
}

/** A digest in a path. */
export function digestParameter(text: string): Digest {
  if (!isDigest(text))
    throw new LockstepError("MALFORMED", "the path needs a digest of 64 lowercase hexadecimal digits");
  return text;
}

/** A blob's name in a path: its CID, or its bare digest. */
export const blobParameter = (text: string): Digest => (isDigest(text) ? text : digestOfCid(text));

/** An account in a path. */
export const accountParameter = (text: string): KeyId => parseKeyId(text);

const NUMBER = /^(0|[1-9][0-9]{0,18})$/;

/** A decimal integer of the query, or its default when it is absent; OUT_OF_RANGE above `most`. */
export function numberQuery(context: Context, name: string, most: bigint, absent: bigint): bigint {
  const text = context.req.query(name);
  if (text === undefined) return absent;
  const value = NUMBER.test(text) ? BigInt(text) : INT64_MAX + 1n;
  if (value > most) throw new LockstepError("OUT_OF_RANGE", `the query's ${name} must be an integer from 0 to ${most}`);
  return value;
}
