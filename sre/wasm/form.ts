// The bytes in which a rewritten module travels from the rewriting process to caches and to the processes that run it.
// Whoever reads them trusts them: the sandbox takes a form from a process that never ran a guest, or by its digest.
import type { Refusal, Rewritten } from "./rewrite/index.ts";

/** What runs need to know of a rewritten module besides its bytes; plain JSON, so that caches can keep it. */
export type Info = Omit<Rewritten, "bytes">;

/** A core module, rewritten. */
export interface Part {
  readonly info: Info;
  readonly bytes: Uint8Array;
}

/**
 * A program rewritten for an ABI: one or several core modules, and what the ABI needs besides, in words of its own
 * (empty: nothing), with a text of JavaScript where instances are made by one: the body of a function of `own`; or refused for good. It depends on source, ABI and profile alone and may be kept. Where the rewriter
 * refused, `refusal` says where, to whoever builds; it does not travel.
 */
export type Form =
  | { readonly kind: "rewritten"; readonly parts: readonly Part[]; readonly extra: string; readonly script?: string }
  | { readonly kind: "invalid"; readonly note: string; readonly refusal?: Refusal };

/**
 * Bytes of a form at most: a rewritten module of 128 MiB and as much for what is known of it; a module comes near only
 * with a hundred thousand exports of long names.
 */
export const FORM_BYTES = 256 * 1024 * 1024;

const KIND = { invalid: 0, rewritten: 1 } as const;
/** Bytes before a program's JSON: the kind, and the length of the JSON, little-endian. */
const HEAD_BYTES = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What the JSON of a form says. */
interface Head {
  readonly extra: string;
  readonly script?: string;
  /** Of each module, in the order in which their bytes follow. */
  readonly parts: readonly { readonly info: Info; readonly size: number }[];
}

/** The pieces of a form's bytes: kind, then a note; or kind, length of the JSON, JSON, modules. */
export function encodeForm(form: Form): readonly Uint8Array[] {
  if (form.kind === "invalid") return [new Uint8Array([KIND.invalid]), encoder.encode(form.note)];
  const { extra, script } = form;
  const parts = form.parts.map(({ info, bytes }) => ({ info, size: bytes.length }));
  const json = encoder.encode(
    JSON.stringify({ ...(script === undefined ? {} : { script }), extra, parts } satisfies Head),
  );
  const head = new Uint8Array(HEAD_BYTES);
  head[0] = KIND.rewritten;
  new DataView(head.buffer).setUint32(1, json.length, true);
  return [head, json, ...form.parts.map(({ bytes }) => bytes)];
}

/** Reads what `encodeForm` wrote. */
export function decodeForm(bytes: Uint8Array): Form {
  if (bytes[0] === KIND.invalid) return { kind: "invalid", note: decoder.decode(bytes.subarray(1)) };
  const start = HEAD_BYTES + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1, true);
  const { extra, parts, script } = JSON.parse(decoder.decode(bytes.subarray(HEAD_BYTES, start))) as Head;
  let at = start;
  const taken = parts.map(({ info, size }) => {
    at += size;
    return { info, bytes: bytes.subarray(at - size, at) };
  });
  return { kind: "rewritten", parts: taken, extra, ...(script === undefined ? {} : { script }) };
}

/** Why a form's module is refused for good; null when it is not. */
export function refusalIn(bytes: Uint8Array): string | null {
  return bytes[0] === KIND.invalid ? decoder.decode(bytes.subarray(1)) : null;
}

/** Whether bytes begin like a form: the least that is asked of a process that rewrites. */
export function isForm(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length > FORM_BYTES) return false;
  if (bytes[0] === KIND.invalid) return true;
  if (bytes[0] !== KIND.rewritten || bytes.length < HEAD_BYTES) return false;
  const json = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1, true);
  return HEAD_BYTES + json <= bytes.length;
}
