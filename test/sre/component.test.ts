// Components through both sandboxes: typed values in and out by the component's own types (SPEC rules Y2, Y4).
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspect, LocalSandbox, PROFILE } from "../../sre/wasm/index.ts";
import { means } from "../../sre/wasm/means.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { component } from "./support/component.ts";
import { sha256, type TaskOptions, task, text } from "./support/tasks.ts";
import { ALL_TYPES, TYPED_CORE, TYPED_WIT } from "./support/typed.ts";

const engine = { name: "v8", version: process.versions.v8 };
const sandboxes = [
  ["in this thread", () => new LocalSandbox({ sha256, engine, means })],
  ["in worker processes", () => new WasmSandbox({ workers: 1 })],
] as const;

test("the component that engines are held to is this one", async () => {
  const path = new URL("../data/wasm/typed.wasm", import.meta.url);
  expect(await component(TYPED_WIT, TYPED_CORE)).toEqual(new Uint8Array(readFileSync(path)));
});

test("inspection names ABI, profile, entries and their types", async () => {
  const { abi, entries, profile, signatures } = inspect(await component(TYPED_WIT, TYPED_CORE), {}, means);
  expect({ abi, profile }).toEqual({ abi: "component/1", profile: PROFILE });
  expect(entries).toEqual([
    ...["add", "half", "greet-twice", "text", "text-at", "spin"],
    ...["demo:all/types@0.1.0#echo", "demo:all/types@0.1.0#try", "demo:all/types@0.1.0#nothing"],
  ]);
  expect(signatures[0]).toBe("add: func(a: u32, b: u32) -> u32");
  expect(signatures[7]).toBe("demo:all/types@0.1.0#try: func(v: result<u8, string>) -> result<u8, string>");
});

describe.each(sandboxes)("components %s", (_name, make) => {
  const sandbox = make();
  let module: Uint8Array;
  beforeAll(async () => {
    module = await component(TYPED_WIT, TYPED_CORE);
  });
  afterAll(() => sandbox.close());

  const run = async (entry: string, input: unknown, options: TaskOptions = {}) => {
    const json = typeof input === "string" ? input : JSON.stringify(input);
    const outcome = await sandbox.run(task(module, { abi: "component/1", entry, input: json, ...options }));
    if (outcome.kind === "fault") throw new Error(outcome.message);
    const { exit, fuel } = outcome.answer;
    return { exit: exit.kind, text: text(outcome.output), note: outcome.note, fuel };
  };

  test("numbers, strings, nothing", async () => {
    expect(await run("add", [3000000000, 7])).toMatchObject({ exit: "ok", text: "3000000007", note: "" });
    expect(await run("half", [0.1, "NaN"])).toMatchObject({ exit: "ok", text: '"NaN"' });
    expect(await run("half", [0.5, 1])).toMatchObject({ exit: "ok", text: "1.5" });
    expect(await run("greet-twice", ["Ada 😀"])).toMatchObject({ exit: "ok", text: '"Ada 😀"' });
    expect(await run("demo:all/types@0.1.0#nothing", "")).toMatchObject({ exit: "ok", text: "" });
  });

  test("every type there and back", async () => {
    const outcome = await run("demo:all/types@0.1.0#echo", [ALL_TYPES]);
    expect(outcome.note).toBe("");
    expect(JSON.parse(outcome.text)).toEqual(ALL_TYPES);
  });

  test("a function's result", async () => {
    expect(await run("demo:all/types@0.1.0#try", [{ ok: 3 }])).toMatchObject({ exit: "ok", text: '{"ok":3}' });
    expect(await run("demo:all/types@0.1.0#try", [{ error: "x" }])).toMatchObject({
      exit: "ok",
      text: '{"error":"x"}',
    });
  });
});
