// The interpreter and its image: pinned to the byte, the same as a cold start gives, with nothing of the start in it.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { javascriptAbi } from "../../sre/quickjs/abi.ts";
import { warm } from "../../sre/quickjs/image.ts";
import { JAVASCRIPT, quickjs } from "../../sre/quickjs/index.ts";
import { INTERPRETER_DIGEST } from "../../sre/quickjs/interpreter.ts";
import { PRELUDE } from "../../sre/quickjs/prelude.ts";
import { IMAGE_DIGEST } from "../../sre/quickjs/profile.ts";
import { LocalSandbox, PROFILE, PROFILES } from "../../sre/wasm/index.ts";
import { interpreter } from "./support/javascript.ts";
import { hex, sha256 } from "./support/tasks.ts";

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const made = warm(interpreter);

describe("the image", () => {
  test("is the pinned one, whenever and wherever it is made (Q1, Q2)", () => {
    expect(digest(interpreter)).toBe(INTERPRETER_DIGEST);
    expect(digest(made.module)).toBe(IMAGE_DIGEST);
    expect(warm(interpreter)).toEqual(made);
  });

  test("names the profile, with the WebAssembly profile below (Q3)", () => {
    const below = PROFILE.slice("wasm-1-".length);
    expect(JAVASCRIPT.id).toBe(`quickjs-1-${IMAGE_DIGEST.slice(0, 16)}-${below.slice(0, 16)}`);
    expect(JAVASCRIPT.engines).toEqual(["v8", "spidermonkey", "javascriptcore"]);
  });

  test("is all that a run begins with: one form for every program, 24 pages (Q1, Q2)", () => {
    const form = javascriptAbi.form(interpreter, PROFILES[0]!);
    if (form.kind === "invalid") throw new Error(form.note);
    const [{ info }] = form.parts as [(typeof form.parts)[0]];
    expect([form.parts.length, JSON.parse(form.extra)]).toEqual([1, made.image]);
    expect(info.memory?.initial).toBe(24);
    expect(info.features).toEqual([]);
  });

  test("holds no text of ours that a program could find: the prelude is byte code there", () => {
    // Freed memory keeps what was in it; a program has no way to look at it, and the digest above pins it.
    expect(PRELUDE).not.toContain("\r");
    expect(made.module.length).toBeLessThan(1_000_000);
  });
});

test("an interpreter of another digest is refused (Q1)", () => {
  const other = interpreter.slice();
  other[other.length - 1]! ^= 1;
  const make = () => new LocalSandbox({ kind: quickjs(other), sha256, engine: { name: "v8", version: "" } });
  expect(make).toThrow(expect.objectContaining({ code: "DIGEST_MISMATCH" }));
  expect(hex(sha256(interpreter))).toBe(INTERPRETER_DIGEST);
});
