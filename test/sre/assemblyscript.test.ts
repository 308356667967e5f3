// AssemblyScript guests from source through a worker process: the whole road of a function (SPEC rules A1 to A9).
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspect, PROFILE } from "../../sre/wasm/index.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { assemblyscript } from "./support/assemblyscript.ts";
import { type TaskOptions, task, text } from "./support/tasks.ts";

const SOURCE = `
export function greet(name: string): string { console.log("greeting " + name); return "hello " + name; }
export function reverse(a: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = a[a.length - 1 - i];
  return out;
}
export function tail(a: ArrayBuffer): ArrayBuffer { return a.slice(1); }
export function chance(x: string): string { return Math.random().toString() + " " + Date.now().toString() + " " + Date.now().toString(); }
export function boom(x: string): string { throw new Error("no " + x); }
export function traced(x: string): string { trace(x, 3, 1.5, -0.0, NaN); return x; }
export function ints(x: string): string { return changetype<string>(new Int32Array(2)); }
export function nothing(x: string): string { return changetype<string>(0); }
`;

describe("AssemblyScript guests in a worker process", () => {
  const sandbox = new WasmSandbox({ workers: 1 });
  let module: Uint8Array;
  beforeAll(async () => {
    module = await assemblyscript(SOURCE);
  });
  afterAll(() => sandbox.close());

  const run = async (entry: string, input: string | Uint8Array, options: TaskOptions = {}) => {
    const outcome = await sandbox.run(task(module, { abi: "assemblyscript/1", entry, input, ...options }));
    if (outcome.kind === "fault") throw new Error(outcome.message);
    return { ...outcome, text: text(outcome.output), log: text(outcome.logs), exit: outcome.answer.exit.kind };
  };

  test("inspection names ABI and entries", () => {
    const { abi, entries, profile } = inspect(module);
    const names = ["greet", "reverse", "tail", "chance", "boom", "traced", "ints", "nothing"];
    expect({ abi, entries, profile }).toEqual({ abi: "assemblyscript/1", entries: names, profile: PROFILE });
  });

  test("a string goes in and out, console.log goes to the logs (A2, A4, A6)", async () => {
    const outcome = await run("greet", "Ada €😀");
    expect(outcome).toMatchObject({ exit: "ok", text: "hello Ada €😀", log: "greeting Ada €😀\n", note: "" });
    expect(outcome.answer.calls.count).toBe(1n);
  });

  test("a byte order mark survives in short and in long strings (A4)", async () => {
    for (const rest of ["x", "x".repeat(1000)])
      expect((await run("traced", `\ufeff${rest}`)).output.length).toBe(3 + rest.length);
  });

  test("bytes and buffers go in and out by the entry's convention (A3)", async () => {
    expect((await run("reverse:bytes", "abc")).text).toBe("cba");
    expect((await run("tail:buffer", "abc")).text).toBe("bc");
    expect((await run("reverse:bytes", "")).text).toBe("");
    expect((await run("reverse:words", "abc")).exit).toBe("invalid-module");
  });

  test("time and randomness come from the context alone (A8, C1 to C3)", async () => {
    const once = await run("chance", "");
    expect(once.text).toMatch(/ 1000 1001$/);
    expect((await run("chance", "")).text).toBe(once.text);
    const later = await run("chance", "", { context: { clock: 5_000n } });
    expect(later.text).toBe(once.text.replace("1000 1001", "5000 5001"));
  });

  test("a thrown error is a trap whose reason is in the logs (A5)", async () => {
    const outcome = await run("boom", "way");
    expect(outcome).toMatchObject({ exit: "trap", text: "" });
    expect(outcome.log).toMatch(/^abort: no way at guest\.ts:\d+:\d+\n$/);
  });

  test("trace prints its numbers (A7)", async () => {
    expect((await run("traced", "x")).log).toBe("trace: x 1.5, 0, NaN\n");
  });

  test("an answer that is neither string nor bytes is a bad answer (A9)", async () => {
    expect((await run("ints", "")).exit).toBe("bad-answer");
    expect((await run("nothing", "")).exit).toBe("bad-answer");
  });
});
