// The bytes in which a rewritten module travels from the rewriting process to caches and to the processes that run it.
// Whoever reads them trusts them: the sandbox takes a form from a process that never ran a guest, or by its digest.
import type { Form, Info } from "./engine.ts";

/**
 * Bytes of a form at most: a rewritten module of 128 MiB and as much for what is known of it; a module comes near only
 * with a hundred thousand exports of long names.
 */
export const FORM_BYTES = 256 * 1024 * 1024;

const KIND = { invalid: 0, rewritten: 1 } as const;
/** Bytes before a rewritten module's JSON: the kind, and the length of the JSON, little-endian. */
const HEAD_BYTES = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The pieces of a form's bytes: kind, then a note; or kind, length of the JSON, JSON, module. */
export function encodeForm(form: Form): readonly Uint8Array[] {
  if (form.kind === "invalid") return [new Uint8Array([KIND.invalid]), encoder.encode(form.note)];
  const json = encoder.encode(JSON.stringify(form.info));
  const head = new Uint8Array(HEAD_BYTES);
  head[0] = KIND.rewritten;
  new DataView(head.buffer).setUint32(1, json.length, true);
  return [head, json, form.bytes];
}

/** Reads what `encodeForm` wrote. */
export function decodeForm(bytes: Uint8Array): Form {
  if (bytes[0] === KIND.invalid) return { kind: "invalid", note: decoder.decode(bytes.subarray(1)) };
  const start = HEAD_BYTES + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1, true);
  const info = JSON.parse(decoder.decode(bytes.subarray(HEAD_BYTES, start))) as Info;
  return { kind: "rewritten", info, bytes: bytes.subarray(start) };
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
