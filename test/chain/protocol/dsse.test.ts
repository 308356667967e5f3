// DSSE envelopes and closed documents: the specification's own vector, one spelling, one signature, clear refusals.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  Admission,
  base64Encode,
  call,
  canonicalize,
  concat,
  document,
  encodeDocument,
  envelope,
  type Json,
  keyId,
  openEnvelope,
  pae,
  parseCanonical,
  portableSigner,
  seal,
  utf8Decode,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import { nodeCrypto as crypto } from "../../../host/crypto.ts";
import { codeOf, refusalOf } from "../../support/errors.ts";

const signer = portableSigner(new Uint8Array(32).fill(1));
const stranger = portableSigner(new Uint8Array(32).fill(2));
const TYPE = "application/vnd.in-toto+json";
const payload = utf8Encode('{"a":1}');
const sealed = seal(signer, TYPE, payload);
const sealedJson = encodeDocument(envelope, sealed) as Record<string, Json>;
const open = (changes: Record<string, unknown>) =>
  openEnvelope(crypto, new Admission(), document(envelope, { ...sealedJson, ...changes } as Json, "envelope"), TYPE);
const line = (changes: Record<string, unknown>) => ({
  signatures: [{ ...(sealedJson["signatures"] as Record<string, Json>[])[0], ...changes }],
});

test("the pre-authentication encoding of the DSSE specification", () => {
  expect(utf8Decode(pae("http://example.com/HelloWorld", utf8Encode("hello world")))).toBe(
    "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  );
  expect(utf8Decode(pae("é", utf8Encode("ü")))).toBe("DSSEv1 2 é 2 ü");
});

describe("envelopes", () => {
  test("come back from canonical bytes with payload and signer", () => {
    const bytes = canonicalize(sealedJson);
    const again = document(envelope, parseCanonical(bytes, 10_000), "envelope");
    const opened = openEnvelope(crypto, new Admission(), again, TYPE);
    expect(utf8Decode(opened.payload)).toBe('{"a":1}');
    expect(opened.signer).toBe(keyId(signer.publicKey));
    expect(utf8Decode(bytes)).toBe(utf8Decode(canonicalize(encodeDocument(envelope, again))));
  });

  test("of another payload, type or key do not open", () => {
    expect(codeOf(() => open({ payload: base64Encode(utf8Encode('{"a":2}')) }))).toBe("SIGNATURE_INVALID");
    expect(codeOf(() => open(line({ keyid: keyId(stranger.publicKey) })))).toBe("SIGNATURE_INVALID");
    expect(codeOf(() => open({ payloadType: "text/plain" }))).toBe("MALFORMED");
    const other = seal(signer, "text/plain", payload);
    expect(codeOf(() => openEnvelope(crypto, new Admission(), { ...other, payloadType: TYPE }, TYPE))).toBe(
      "SIGNATURE_INVALID",
    );
  });

  test("of a key that may not sign are refused before the signature is looked at", () => {
    const identity = concat(Uint8Array.of(1), new Uint8Array(31));
    expect(codeOf(() => open(line({ keyid: keyId(identity) })))).toBe("KEY_REFUSED");
  });

  const one = (sealedJson["signatures"] as Json[])[0]!;
  const sig = base64Encode(sealed.signatures[0].sig);
  // The digit before the padding carries two bits of the last byte; the other four must be zero.
  const stray = `${sig.slice(0, -3)}${{ A: "B", Q: "R", g: "h", w: "x" }[sig.at(-3)!]}==`;
  test.each<[string, Record<string, unknown>]>([
    ["no signature", { signatures: [] }],
    ["two signatures", { signatures: [one, one] }],
    ["an unknown member", { extra: 1 }],
    ["an unknown member of the signature", line({ extra: 1 })],
    ["a missing member", { payload: undefined }],
    ["a short signature", line({ sig: base64Encode(new Uint8Array(63)) })],
    ["a signature without padding", line({ sig: sig.slice(0, -2) })],
    ["a signature with stray bits", line({ sig: stray })],
    ["a payload in the URL alphabet", { payload: "-_-_" }],
    ["a payload that is not text", { payload: 1 }],
    ["a key id with a fragment", line({ keyid: `${keyId(signer.publicKey)}#1` })],
    ["no key id", line({ keyid: "" })],
    ["a type with a space", { payloadType: "a b" }],
  ])("the schema refuses %s", (_, changes) => {
    expect(codeOf(() => open(changes))).toBe("MALFORMED");
  });
});

describe("documents", () => {
  const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const json = {
    abi: "as-bytes/v1",
    before: null,
    context: digest,
    entry: "main",
    input: { sha256: digest, size: 10 },
    limits: { fuel: "1000000", logs: 0, memory: 65536, output: 10, stack: 10 },
    module: digest,
    profile: "draft-1",
    sre: "wasm",
  } satisfies Json;

  test("come back as they were", () => {
    const typed = document(call, json, "call");
    expect(typed.limits.fuel).toBe(1_000_000n);
    expect(canonicalize(encodeDocument(call, typed))).toEqual(canonicalize(json));
  });

  const refusal = (value: unknown) => refusalOf(() => document(call, value as Json, "call"))?.message;
  test("refusals name the place and the cause in our own words", () => {
    expect(refusal({ ...json, extra: 1 })).toBe('call has an unknown member "extra"');
    expect(refusal({ ...json, entry: undefined })).toBe("call.entry is missing or not of type string");
    expect(refusal({ ...json, sre: "java" })).toBe("call.sre is not one of the allowed values");
    expect(refusal({ ...json, input: { sha256: "x", size: 1 } })).toBe(
      "call.input.sha256 must be 64 lowercase hexadecimal digits",
    );
    expect(refusal({ ...json, input: { sha256: digest, size: -1 } })).toBe("call.input.size is below the minimum of 0");
    expect(refusal({ ...json, input: { sha256: digest, size: 1.5 } })).toContain("call.input.size is ");
    expect(refusal({ ...json, limits: { ...json.limits, fuel: "01" } })).toBe(
      "call.limits.fuel must be a decimal integer without sign or leading zero",
    );
    expect(refusal({ ...json, limits: { ...json.limits, fuel: "9223372036854775808" } })).toBe(
      "call.limits.fuel must be at most 2^63 - 1",
    );
    expect(refusal([])).toBe("call is missing or not of type object");
    expect(refusal(null)).toBe("call is missing or not of type object");
  });

  test("a member called __proto__ is refused wherever it stands", () => {
    const record = z.record(z.string(), z.string());
    for (const text of ['{"__proto__":"x"}', '{"a":[{"__proto__":1}]}']) {
      expect(codeOf(() => document(record, JSON.parse(text) as Json, "env"))).toBe("MALFORMED");
    }
    expect(document(record, { a: "b" }, "env")).toEqual({ a: "b" });
  });

  test("a value that does not fit its own schema is not encoded", () => {
    const typed = document(call, json, "call");
    expect(codeOf(() => encodeDocument(call, { ...typed, sre: "java" } as never))).toBe("MALFORMED");
    expect(codeOf(() => encodeDocument(call, { ...typed, limits: { ...typed.limits, fuel: -1n } } as never))).toBe(
      "MALFORMED",
    );
  });
});
