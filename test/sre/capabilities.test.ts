// A guest reaches nothing but what its ABI offers, and everything that it reaches is told: in the trace, call by call,
// and in the transcript's digest (SPEC rules M7, T1 to T4). The table has each import of each ABI, or the test fails.
import { afterAll, describe, expect, test } from "vitest";
import { ABI_NAMES, findAbi } from "../../sre/wasm/abi/index.ts";
import { WASI_IMPORTS, WASI_MODULES } from "../../sre/wasm/abi/wasi/imports.ts";
import { withTypes } from "../../sre/wasm/index.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { guest } from "./support/guests.ts";
import { type TaskOptions, task } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

/** A guest of `assemblyscript/1` that makes the calls before it gives its input back. */
const managed = (imports: string, calls: string) =>
  wat(`(module ${imports}
    (memory (export "memory") 1)
    (data (i32.const 512) "\\04\\00\\00\\00" "\\20\\00\\00\\00" "\\20\\00\\00\\00" "\\20\\00\\00\\00" "\\41\\00\\00\\00")
    (global (export "__rtti_base") i32 (i32.const 512))
    (func (export "__new") (param i32 i32) (result i32)
      (i32.store (i32.const 1016) (local.get 1)) (i32.store (i32.const 1020) (local.get 0)) (i32.const 1024))
    (func (export "__pin") (param i32) (result i32) (local.get 0))
    (func (export "__unpin") (param i32))
    (func (export "run") (param i32) (result i32) ${calls} (local.get 0)))`);
const plain = (imports: string, calls: string) => wat(guest(`${calls} (i64.const 0)`, imports));

const NUMBERS = "(f64.const 1) (f64.const 2) (f64.const 3) (f64.const 4) (f64.const 5)";
interface Door {
  readonly type: string;
  readonly call: (number: number) => string;
  /** What the trace says of the call, in either of two ways of making it; at least its name. */
  readonly told?: readonly [string, string];
}
/** The doors of WASI by the types that it offers; each call gives one number for everything. */
const WASI = Object.fromEntries(
  WASI_IMPORTS.map(({ module, name, type }): [string, Door] => {
    const nothing = type.results.length === 0;
    const call = (number: number) => `(call $it ${type.params.map((param) => `(${param}.const ${number})`).join(" ")})`;
    return [
      `${module}.${name}`,
      {
        type: `(param ${type.params.join(" ")}) ${nothing ? "" : "(result i32)"}`,
        call: (number) => (nothing ? call(number) : `(drop ${call(number)})`),
      },
    ];
  }),
);

/** The doors of AssemblyScript, with types or without. */
const ASSEMBLYSCRIPT: Readonly<Record<string, Door>> = {
  "env.abort": {
    type: "(param i32 i32 i32 i32)",
    call: (number) => `(call $it (i32.const 0) (i32.const 0) (i32.const ${number * 10}) (i32.const 1))`,
    told: ["==> abort(24 bytes)", "==> abort(24 bytes)"],
  },
  "env.console.log": {
    type: "(param i32)",
    call: () => "(call $it (i32.const 0))",
    told: ["==> console.log(4 bytes)", "==> console.log(4 bytes)"],
  },
  "env.trace": {
    type: "(param i32 i32 f64 f64 f64 f64 f64)",
    call: (number) => `(call $it (i32.const 0) (i32.const ${number}) ${NUMBERS})`,
    told: ["==> trace(13 bytes)", "==> trace(16 bytes)"],
  },
  "env.Date.now": {
    type: "(result f64)",
    call: () => "(drop (call $it))",
    told: ["==> Date.now()", "==> Date.now()"],
  },
  "env.seed": { type: "(result f64)", call: () => "(drop (call $it))", told: ["==> seed()", "==> seed()"] },
};

/** By ABI and import: its type, a call of it that depends on a number, and what the trace says. */
const DOORS: Readonly<Record<string, Readonly<Record<string, Door>>>> = {
  "bytes/1": {
    "lockstep.log": {
      type: "(param i32 i32)",
      call: (number) => `(call $it (i32.const 0) (i32.const ${number}))`,
      told: ["==> log(1 bytes)", "==> log(2 bytes)"],
    },
    "lockstep.abort": {
      type: "(param i32 i32)",
      call: (number) => `(call $it (i32.const 0) (i32.const ${number}))`,
      told: ["==> abort(1 bytes)", "==> abort(2 bytes)"],
    },
  },
  // What a component imports is typed, and taken from WASI 0.2 as a whole.
  "component/1": {},
  "assemblyscript/1": ASSEMBLYSCRIPT,
  "assemblyscript/2": ASSEMBLYSCRIPT,
  "wasi/1": WASI,
};
/** Those whose call depends on nothing that the guest says. */
const ALIKE = new Set([
  ...["env.console.log", "env.Date.now", "env.seed"],
  ...["sched_yield", "args_sizes_get", "environ_sizes_get"].flatMap((name) =>
    WASI_MODULES.map((module) => `${module}.${name}`),
  ),
]);

const rows = Object.entries(DOORS).flatMap(([abi, doors]) =>
  Object.entries(doors).map(([name, door]) => ({ abi, name, door })),
);
const split = (name: string): readonly [string, string] => {
  const at = name.indexOf(".");
  return [name.slice(0, at), name.slice(at + 1)];
};
const making: Readonly<Record<string, (imports: string, calls: string) => Uint8Array>> = {
  "bytes/1": plain,
  "assemblyscript/1": managed,
  "assemblyscript/2": (imports, calls) =>
    withTypes(
      managed(imports, calls),
      JSON.stringify({ version: 1, types: ["string"], functions: [{ name: "run", params: [0], result: 0 }] }),
    ),
  "wasi/1": (imports, calls) =>
    wat(
      `(module ${imports} (memory (export "memory") 1) (func (export "_initialize")) (func (export "run") ${calls}))`,
    ),
};

describe("host calls", () => {
  const sandbox = new WasmSandbox({ workers: 1 });
  afterAll(() => sandbox.close());

  async function run(module: Uint8Array, abi: string, options: TaskOptions = {}) {
    const lines: string[] = [];
    const outcome = await sandbox.run(task(module, { abi, ...options, trace: (line) => lines.push(line) }));
    if (outcome.kind === "fault") throw new Error(outcome.message);
    return { ...outcome, lines };
  }

  test("the table has every import of every ABI (B2, A5 to A8, W2)", () => {
    const offered = ABI_NAMES.map((name) => [
      name,
      findAbi(name)!
        .imports.map((door) => `${door.module}.${door.name}`)
        .sort(),
    ]);
    const known = Object.entries(DOORS).map(([name, doors]) => [name, Object.keys(doors).sort()]);
    expect(Object.fromEntries(known)).toEqual(Object.fromEntries(offered));
  });

  test.each(rows)("$abi $name: told in the trace and in the digest, no call is silent", async ({ abi, name, door }) => {
    const [module, field] = split(name);
    const imports = `(import "${module}" "${field}" (func $it ${door.type}))`;
    const made = (numbers: readonly number[]) => making[abi]!(imports, numbers.map(door.call).join(" "));
    const none = await run(made([]), abi);
    expect([none.lines, none.answer.calls]).toEqual([[], { sha256: "00".repeat(32), count: 0n }]);
    const one = await run(made([1]), abi);
    const other = await run(made([2]), abi);
    const named = expect.stringContaining(`==> ${field}(`);
    expect([one.lines[0], other.lines[0]]).toEqual(door.told ?? [named, named]);
    expect(one.lines[1]).toMatch(/^<== /);
    expect([one.lines.length, one.answer.calls.count]).toEqual([2, 1n]);
    expect(one.answer.calls.sha256).not.toBe(none.answer.calls.sha256);
    expect(other.answer.calls.sha256 === one.answer.calls.sha256).toBe(ALIKE.has(name));
    expect((await run(made([1]), abi)).answer.calls).toEqual(one.answer.calls);
  });

  test.each(rows)(
    "$abi $name: with another type, or from another module, it is refused by name",
    async ({ abi, name, door }) => {
      const [module, field] = split(name);
      for (const [from, as, type] of [
        [module, field, `(param i64) ${door.type}`],
        [`${module}x`, field, door.type],
        [module, `${field}2`, door.type],
        ["", name, door.type],
      ] as const) {
        const made = making[abi]!(`(import "${from}" "${as}" (func ${type}))`, "");
        const { answer, note, lines } = await run(made, abi);
        expect([answer.exit.kind, answer.fuel, lines]).toEqual(["invalid-module", 0n, []]);
        expect(note).toContain(`imports "${from}"."${as}"`);
      }
    },
  );

  test("what one ABI offers another does not", async () => {
    for (const { name, door } of rows) {
      const other = ABI_NAMES.find((candidate) => DOORS[candidate]![name] === undefined)!;
      const [module, field] = split(name);
      const made = making[other]!(`(import "${module}" "${field}" (func ${door.type}))`, "");
      expect((await run(made, other)).answer.exit.kind).toBe("invalid-module");
    }
  });

  test("no granted capability opens a door that the ABI does not have (C4)", async () => {
    const capabilities = ["network", "files", "clock"];
    const made = plain(`(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))`, "");
    const context = { capabilities, env: { HOME: "/" }, args: ["x"] };
    expect((await run(made, "bytes/1", { context })).answer.exit.kind).toBe("invalid-module");
  });
});
