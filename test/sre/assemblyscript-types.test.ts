// Modules whose types lie, and answers that lie about their types: no such module fits or the run ends by its rule, and
// nothing reads outside the guest's memory or works for nothing (SPEC rules A10, A11, A15 to A17, J6).
import { describe, expect, test } from "vitest";
import { inspect, LocalSandbox, withTypes } from "../../sre/wasm/index.ts";
import { sha256, type TaskOptions, task, text } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });

interface Fake {
  /** What `run` answers. */
  readonly answer?: string;
  readonly made?: string;
  readonly params?: string;
  readonly result?: string;
  readonly more?: string;
}

/** A module with a runtime of its own invention. */
const fake = ({
  answer = "(i32.const 2000)",
  made = "(i32.const 1024)",
  params = "i32",
  result = "i32",
  more = "",
}: Fake) =>
  wat(`(module
    (memory (export "memory") 1)
    (global (export "__rtti_base") i32 (i32.const 512))
    (func (export "__new") (param i32 i32) (result i32) ${made})
    (func (export "__pin") (param i32) (result i32) (local.get 0))
    (func (export "__unpin") (param i32))
    ${more}
    (func (export "run") ${params === "" ? "" : `(param ${params})`} ${result === "" ? "" : `(result ${result})`} ${answer}))`);

const TYPES = [
  "i32",
  "string",
  { array: { id: 9, element: 0 } },
  { nullable: 1 },
  { object: { id: 12, size: 8, fields: [{ name: "next", type: 5, offset: 4 }] } },
  { nullable: 4 },
  { static: { id: 7, element: 7 } },
  { static: { id: 7, element: 6 } },
  { view: { id: 8, element: 9 } },
  "f64",
  "buffer",
  { array: { id: 9, element: 11 } },
] as const;

/** A text of types: `run` of one parameter and a result by their numbers. */
const types = (result: number | null, params: readonly number[] = [0], all: readonly unknown[] = TYPES) =>
  JSON.stringify({ version: 1, types: all, functions: [{ name: "run", params, result }] });

async function run(module: Uint8Array, options: TaskOptions = {}) {
  const outcome = await sandbox.run(task(module, { abi: "assemblyscript/2", input: "[1]", ...options }));
  if (outcome.kind === "fault") throw new Error(outcome.message);
  return { exit: outcome.answer.exit.kind, note: outcome.note, text: text(outcome.output), fuel: outcome.answer.fuel };
}

/** Writes the header of an object at 2000. */
const object = (id: number, size: string, rest = "") =>
  `(i32.store (i32.const 1992) (i32.const ${id})) (i32.store (i32.const 1996) (i32.const ${size})) ${rest} (i32.const 2000)`;
const word = (at: number, value: string) => `(i32.store (i32.const ${at}) (i32.const ${value}))`;

describe("a section that is none (A10, A11)", () => {
  const valid = types(0);
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["no JSON", "{", /section "lockstep.types": \$: expected a field's name/],
    ["another version", valid.replace('"version":1', '"version":2'), /version is 2/],
    ["no function", JSON.stringify({ version: 1, types: TYPES, functions: [] }), /names no function/],
    ["one function twice", valid.replace(/"functions":\[(.*)\]/, '"functions":[$1,$1]'), /the function "run" twice/],
    ["a type that is not there", types(12), /type 12 of 12/],
    ["a type within a type that is not there", types(0, [0], ["i32", { nullable: 7 }]), /type 7 of 2/],
    ["an unknown type", types(0, [0], ["i32", "externref"]), /\$\.types\[1\]: expected one of the cases/],
    ["a nullable number", types(0, [0], ["i32", { nullable: 0 }]), /nullable type is no reference/],
    ["a null of a null", types(0, [0], ["i32", { nullable: 2 }, { nullable: 1 }]), /nullable type is no reference/],
    ["a typed array of strings", types(0, [0], ["i32", "string", { view: { id: 1, element: 1 } }]), /are no numbers/],
    [
      "a field outside its object",
      types(0, [0], ["i32", { object: { id: 1, size: 4, fields: [{ name: "a", type: 0, offset: 1 }] } }]),
      /the field "a" lies outside/,
    ],
    [
      "a field outside its object by overflow",
      types(0, [0], ["i32", { object: { id: 1, size: 4, fields: [{ name: "a", type: 0, offset: 4294967295 }] } }]),
      /the field "a" lies outside/,
    ],
    [
      "two fields of one name",
      types(
        0,
        [0],
        ["i32", { object: { id: 1, size: 8, fields: ["", ""].map(() => ({ name: "a", type: 0, offset: 0 })) } }],
      ),
      /two fields of one name/,
    ],
    ["parameters that the function lacks", types(0, [0, 0]), /exports no such function run/],
    ["a result of another type", types(9), /exports no such function run/],
    ["a function that is not exported", valid.replace('"run"', '"gone"'), /exports no such function gone/],
  ];
  test.each(cases)("%s", async (_, section, reason) => {
    const module = withTypes(fake({}), section);
    expect(await run(module)).toMatchObject({ exit: "invalid-module", note: expect.stringMatching(reason), fuel: 0n });
    // It is still what it is without types.
    expect(inspect(module).abi).toBe("assemblyscript/1");
  });

  test("none, two, one that is no UTF-8, one that is too long", async () => {
    const once = withTypes(fake({}), valid);
    expect(inspect(once).abi).toBe("assemblyscript/2");
    const spoilt = once.slice();
    spoilt[spoilt.length - 1] = 0xff;
    const long = withTypes(fake({}), valid + " ".repeat(262_144));
    for (const module of [fake({}), withTypes(once, valid), spoilt, long]) {
      expect(await run(module)).toMatchObject({
        exit: "invalid-module",
        note: expect.stringContaining("has no section"),
      });
    }
  });

  test("a function whose name no call can spell is passed over", () => {
    const more = `(func (export "a.b") (param i32) (result i32) (local.get 0))`;
    const section = valid.replace('"functions":[', '"functions":[{"name":"a.b","params":[0],"result":0},');
    expect(inspect(withTypes(fake({ more }), section)).entries).toEqual(["run"]);
  });

  test("a helper of another type than the compiler's is not called", async () => {
    const more = `(func (export "__setArgumentsLength") (param i64) unreachable)`;
    expect(await run(withTypes(fake({ answer: "(local.get 0)", more }), valid))).toMatchObject({
      exit: "ok",
      text: "1",
    });
  });
});

describe("an answer that lies (A16)", () => {
  test.each([
    ["null where none may be", types(1), "(i32.const 0)", "bad-answer"],
    ["a pointer outside the memory", types(1), "(i32.const 65600)", "bad-answer"],
    ["a pointer that is not aligned", types(1), "(i32.const 2001)", "bad-answer"],
    ["a negative pointer", types(1), "(i32.const -4)", "bad-answer"],
    ["another type's object", types(1), object(1, "4"), "bad-answer"],
    ["a string past the memory's end", types(1), object(2, "65536"), "bad-answer"],
    ["an object that is too small", types(4), object(12, "7"), "bad-answer"],
    ["an array whose data lie outside", types(2), object(9, "16", word(2004, "65530") + word(2012, "2")), "bad-answer"],
    [
      "an array whose length overflows",
      types(2),
      object(9, "16", word(2004, "0") + word(2012, "0x40000000")),
      "bad-answer",
    ],
    [
      "a typed array whose data lie outside",
      types(8),
      object(8, "12", word(2004, "65520") + word(2008, "24")),
      "bad-answer",
    ],
    ["an object that holds itself", types(4), object(12, "8", word(2004, "2000")), "output-limit"],
    [
      "an array that holds itself",
      types(11),
      object(9, "16", word(2004, "2100") + word(2012, "1") + word(2100, "2000")),
      "output-limit",
    ],
    // 64 levels of 64 times itself each would be 2^384 values.
    [
      "an array that holds itself 64 times",
      types(11),
      object(
        9,
        "16",
        word(2004, "2100") +
          word(2012, "64") +
          Array.from({ length: 64 }, (_, index) => word(2100 + 4 * index, "2000")).join(" "),
      ),
      "output-limit",
    ],
    ["more values than there may be", types(2), object(9, "16", word(2004, "0") + word(2012, "16384")), "ok"],
    [
      "a string in an array that is none",
      types(6, [0], [...TYPES.slice(0, 6), { static: { id: 7, element: 1 } }]),
      object(7, "4"),
      "bad-answer",
    ],
  ])("%s", async (_, section, answer, exit) => {
    expect(await run(withTypes(fake({ answer }), section), { input: "[1]" })).toMatchObject({ exit });
  });

  test("no fuel for what it names: nothing is read", async () => {
    const answer = object(2, "60000");
    expect(await run(withTypes(fake({ answer }), types(1)), { limits: { fuel: 4_000n as never } })).toMatchObject({
      exit: "out-of-fuel",
    });
  });

  test("the same long string many times: the output limit counts it each time", async () => {
    // A static array of 1,000 strings that are one of 20,000 units.
    const all = [...TYPES.slice(0, 6), { static: { id: 7, element: 1 } }];
    const fill = Array.from({ length: 1_000 }, (_, index) => word(2000 + 4 * index, "8000")).join(" ");
    const string = `(i32.store (i32.const 7992) (i32.const 2)) (i32.store (i32.const 7996) (i32.const 40000))`;
    const module = withTypes(fake({ answer: object(7, "4000", fill + string) }), types(6, [0], all));
    expect(await run(module)).toMatchObject({ exit: "output-limit", note: expect.stringContaining("1000000") });
  });

  test("small integers count by their low bits", async () => {
    const module = withTypes(fake({ answer: "(i32.const 0x12345680)" }), types(0, [0], ["i8"]));
    expect(await run(module)).toMatchObject({ exit: "ok", text: "-128" });
  });
});

describe("an allocator that lies (A15)", () => {
  test.each([
    ["outside the memory", "(i32.const 65535)"],
    ["far outside the memory", "(i32.const -1)"],
  ])("%s", async (_, made) => {
    const module = withTypes(fake({ made }), types(null, [1]).replace('"result":null', '"result":0'));
    expect(await run(module, { input: '["abc"]' })).toMatchObject({ exit: "bad-answer" });
  });

  test("always the same place: the last one written counts, nothing breaks", async () => {
    const answer = `(i32.store (i32.const 1016) (i32.const 9)) (i32.store (i32.const 1020) (i32.const 16)) (local.get 0)`;
    const outcome = await run(withTypes(fake({ answer }), types(2, [2])), { input: "[[1,2,3]]" });
    expect(outcome).toMatchObject({ exit: "ok", text: "[1024,1024,12]" });
  });

  test("a trap within it", async () => {
    const module = withTypes(fake({ made: "unreachable" }), types(0, [1]));
    expect(await run(module, { input: '["abc"]' })).toMatchObject({ exit: "trap" });
  });
});
