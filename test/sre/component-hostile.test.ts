// Components that want to harm: names that become code, asynchronous parts, types without end, answers that break the
// canonical ABI or would fill the host (SPEC rules Y1 to Y8).
import { describe, expect, test } from "vitest";
import { transpile } from "../../sre/wasm/abi/component/transpiler.ts";
import { inspect, LocalSandbox } from "../../sre/wasm/index.ts";
import { means } from "../../sre/wasm/means.ts";
import { component, componentText } from "./support/component.ts";
import { ALLOCATOR } from "./support/component-text.ts";
import { sha256, type TaskOptions, task, text } from "./support/tasks.ts";

const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 }, means });

const run = async (module: Uint8Array, entry: string, input: string | Uint8Array = "", options: TaskOptions = {}) => {
  const outcome = await sandbox.run(task(module, { abi: "component/1", entry, input, ...options }));
  if (outcome.kind === "fault") throw new Error(outcome.message);
  return { exit: outcome.answer.exit.kind, note: outcome.note, text: text(outcome.output), fuel: outcome.answer.fuel };
};

/** A component of one function `f` of no parameters, whose core function `f` is exported under a name. */
const named = (name: string, core = "f"): Promise<Uint8Array> =>
  componentText(`(component
    (core module $m (func (export "${core}") (result i32) (i32.const 7)))
    (core instance $i (instantiate $m))
    (func (export "${name}") (result u32) (canon lift (core func $i "${core}"))))`);

/** A component of one function `f`, with an allocator, of this type and this code. */
const one = (type: string, core: string, fields = "", types = "") =>
  component(
    `package demo:one; ${types === "" ? "" : `interface t { ${types} }`}
     world app { ${types.replaceAll(/(?:record|variant|flags|enum) ([a-z]+).*?\}/g, "use t.{$1};")} export f: ${type}; }`,
    `(module ${ALLOCATOR} ${fields} (func (export "f") ${core}))`,
  );

describe("names (Y1)", () => {
  const HOSTILE = ["'];leak();['", "a'b", "a\\\\", "a\\nb", "a`b", `a${"$"}{b}`, "a\\u{2028}b", "__proto__", 'a\\"b'];

  test.each(HOSTILE)("a core export called %s is refused, whatever the transpiler makes of it", async (name) => {
    const module = await named("f", name);
    expect(() => inspect(module, {}, means)).toThrow("a name of a core export that is not plain");
  });

  test.each(HOSTILE)("a core import called %s is refused", async (name) => {
    const module = await componentText(`(component
      (core module $a (func (export "x") (result i32) (i32.const 1)))
      (core module $b (import "${name}" "x" (func (result i32))) (func (export "f") (result i32) (i32.const 1)))
      (core instance $i (instantiate $a))
      (core instance $j (instantiate $b (with "${name}" (instance $i))))
      (func (export "f") (result u32) (canon lift (core func $j "f"))))`);
    expect(() => inspect(module, {}, means)).toThrow("is not plain");
  });

  test("names of JavaScript are names like others", async () => {
    const words = ["constructor", "to-string", "has-own-property", "then", "default", "class", "await", "eval"];
    for (const name of [...words, "own-keys", "data-view", "instantiate", "web-assembly", "task"]) {
      expect(await run(await named(name), name), name).toMatchObject({ exit: "ok", text: "7" });
    }
    // No function of strict code may be called so, in any engine.
    expect(await run(await named("arguments"), "arguments")).toMatchObject({
      exit: "invalid-module",
      note: "the component has names that generated code can't have",
    });
  });

  test("names that the generated code needs are refused by name", async () => {
    for (const name of ["get-core-module", "exports0", "instantiate-core", "gen"]) {
      expect(await run(await named(name), name), name).toMatchObject({
        exit: "invalid-module",
        note: `the component is refused: it exports ${name}, a name that the transpiler needs itself`,
      });
    }
  });

  test("capitals are refused, and a component that breaks the transpiler spoils it for no other", async () => {
    const capitals = await named("HTTP-x1-YZ2");
    expect(() => inspect(capitals, {}, means)).toThrow("neither kebab-case in small letters nor");
    expect(transpile(capitals, means)).toBe("the transpiler can't make anything of it");
    expect(await run(await named("f"), "f")).toMatchObject({ exit: "ok" });
  });
});

describe("what is outside the ABI is refused by name and place (Y1)", () => {
  const CORE = `(core module $m (memory (export "mem") 1) (func (export "f") (result i32) (i32.const 1)))
    (core instance $i (instantiate $m))`;
  test.each([
    [
      "asynchronous functions",
      `(func (export "f") async (result u32) (canon lift (core func $i "f") async (callback (core func $i "f"))))`,
    ],
    [
      "asynchronous functions",
      `(func (export "f") (result u32) (canon lift (core func $i "f") async (memory (core memory $i "mem"))))`,
    ],
    ["strings in UTF-16", `(func (export "f") (result u32) (canon lift (core func $i "f") string-encoding=utf16))`],
    ["streams", `(type (stream u8))`],
    ["futures", `(type (future u8))`],
    ["asynchronous calls, streams or futures", `(core func (canon task.return))`],
    ["asynchronous calls, streams or futures", `(core func (canon backpressure.inc))`],
  ])("%s", async (feature, fields) => {
    const module = await componentText(`(component ${CORE} ${fields})`);
    expect(() => inspect(module, {}, means)).toThrow(
      expect.objectContaining({
        code: "INVALID_MODULE",
        message: expect.stringMatching(new RegExp(`uses ${feature}, which .*offset 0x`)),
        data: expect.objectContaining({ reason: "unsupported", feature, offset: expect.any(Number) }),
      }),
    );
  });

  test("imports are named one by one", async () => {
    const module = await component(
      "package demo:x; interface i { g: func(); } world app { import i; import h: func(); export f: func(); }",
      `(module (import "demo:x/i" "g" (func)) (import "$root" "h" (func)) (func (export "f")))`,
    );
    expect(() => inspect(module, {}, means)).toThrow(
      "it imports demo:x/i, h, which the ABI component/1 does not offer",
    );
  });

  test("a core module that the profile does not take says which, and why", async () => {
    const shared = await componentText(`(component
      (core module $m (memory 1 1 shared) (func (export "f") (result i32) (i32.const 1)))
      (core instance $i (instantiate $m)) (func (export "f") (result u32) (canon lift (core func $i "f"))))`);
    expect(() => inspect(shared, {}, means)).toThrow(/in its core module 0: uses threads/);
  });

  test("bytes that end early, and a component that is not valid", async () => {
    const whole = await named("f");
    const ends = Array.from({ length: whole.length - 8 }, (_, at) => 8 + at);
    const exits = await Promise.all(ends.map(async (end) => (await run(whole.subarray(0, end), "f")).exit));
    // Whole but for what tools note behind everything else.
    expect(exits.filter((exit) => exit !== "invalid-module")).toEqual(["ok"]);
    const wrong = await componentText(`(component
      (core module $m (func (export "f") (result i64) (i64.const 1)))
      (core instance $i (instantiate $m)) (func (export "f") (result u32) (canon lift (core func $i "f"))))`);
    expect(() => inspect(wrong, {}, means)).toThrow(/lowered result types `\[I32\]` do not match/);
  });

  test("types that name each other without end, or lie too deep", async () => {
    const pairs = Array.from({ length: 30 }, (_, at) => `(type $t${at + 1} (tuple $t${at} $t${at}))`).join(" ");
    const wide = await componentText(`(component (type $t0 (list u8)) ${pairs})`);
    expect(() => inspect(wide, {}, means)).toThrow("a component may have 1000 types, 48 deep");
    const nested = Array.from({ length: 60 }, (_, at) => `(type $t${at + 1} (list $t${at}))`).join(" ");
    const deep = await componentText(`(component (type $t0 (list u8)) ${nested})`);
    expect(() => inspect(deep, {}, means)).toThrow("48 deep");
  });
});

describe("ends (Y7)", () => {
  test("the input must be the arguments", async () => {
    const module = await one("func(a: u8) -> u8", "(param i32) (result i32) (local.get 0)");
    expect(await run(module, "f", "[256]")).toMatchObject({
      exit: "bad-input",
      note: expect.stringMatching(/^the input is none of the entry's: \$\[0\]: expected an integer from 0 to 255/),
    });
    for (const input of ["", "[]", "[1,2]", "1", "[1", "[null]", "{}"])
      expect((await run(module, "f", input)).exit).toBe("bad-input");
    expect((await run(module, "f", new Uint8Array([0x5b, 0xff, 0x5d]))).note).toBe("the input is not UTF-8");
    expect(await run(module, "g", "[1]")).toMatchObject({ exit: "invalid-module" });
  });

  test.each([
    ["a trap", "func()", "(unreachable)"],
    [
      "a string that is not UTF-8",
      "func() -> string",
      `(result i32) (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 1)) (i32.store8 (i32.const 16) (i32.const 255)) (i32.const 0)`,
    ],
    [
      "a string outside the memory",
      "func() -> string",
      `(result i32) (i32.store (i32.const 0) (i32.const 131070)) (i32.store (i32.const 4) (i32.const 100)) (i32.const 0)`,
    ],
    ["a result outside the memory", "func() -> string", "(result i32) (i32.const 131068)"],
    ["a result at a negative address", "func() -> string", "(result i32) (i32.const -8)"],
    ["a char that is none", "func() -> char", "(result i32) (i32.const 0xd800)"],
    ["a case that is none", "func() -> result", "(result i32) (i32.const 2)"],
    [
      "an option that is none",
      "func() -> option<u8>",
      "(result i32) (i32.store8 (i32.const 0) (i32.const 9)) (i32.const 0)",
    ],
  ])("%s is a trap", async (_name, type, core) => {
    expect((await run(await one(type, core), "f")).exit).toBe("trap");
  });

  test.each([
    ["outside the memory", "(i32.const 0x7fff0000)"],
    ["at a negative address", "(i32.const -16)"],
    ["by a trap", "(unreachable)"],
  ])("an allocator that answers %s is a trap", async (_name, answer) => {
    const module = await component(
      "package demo:x; world app { export f: func(s: string); }",
      `(module (memory (export "memory") 1) (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${answer})
        (func (export "f") (param i32 i32)))`,
    );
    expect((await run(module, "f", `["abc"]`)).exit).toBe("trap");
  });

  test("no fuel, no stack, no memory, no room for the answer", async () => {
    const spin = await one("func()", "(loop (br 0))");
    expect((await run(spin, "f")).exit).toBe("out-of-fuel");
    const deep = await one(
      "func()",
      "(call $deep (i32.const 0))",
      "(func $deep (param i32) (call $deep (local.get 0)))",
    );
    expect((await run(deep, "f")).exit).toBe("stack");
    expect((await run(spin, "f", "", { limits: { memory: 65_536 } })).exit).toBe("memory");
    const echo = await one(
      "func(s: string) -> string",
      `(param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)`,
    );
    expect(await run(echo, "f", `["four"]`, { limits: { output: 6 } })).toMatchObject({ exit: "ok", text: `"four"` });
    expect((await run(echo, "f", `["four"]`, { limits: { output: 5 } })).exit).toBe("output-limit");
  });

  test("a start function runs, is charged and may trap (Y8)", async () => {
    const starts = (code: string, start = "(start $s)") => one("func()", "", `${start} (func $s ${code})`);
    const divide = "(drop (i32.div_u (i32.const 1) (i32.const 1)))";
    const idle = (await run(await starts(divide, ""), "f")).fuel;
    expect((await run(await starts(divide), "f")).fuel - idle).toBe(11n);
    expect((await run(await starts("(unreachable)"), "f")).exit).toBe("trap");
    expect((await run(await starts("(loop (br 0))"), "f")).exit).toBe("out-of-fuel");
  });
});

describe("fuel (Y5, Y6)", () => {
  const LIST = `(result i32) (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const COUNT)) (i32.const 0)`;

  test("is exact: with what a run took it completes, with one less it does not", async () => {
    const module = await one(
      "func(s: list<string>) -> list<string>",
      `(param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)`,
    );
    const input = JSON.stringify([["a", "bc".repeat(500), "€"]]);
    const { exit, fuel } = await run(module, "f", input);
    expect(exit).toBe("ok");
    expect((await run(module, "f", input, { limits: { fuel } })).exit).toBe("ok");
    for (const less of [1n, 2n, 50n, fuel / 2n, fuel - 1n]) {
      const end = await run(module, "f", input, { limits: { fuel: (fuel - less) as typeof fuel } });
      expect(end).toMatchObject({ exit: "out-of-fuel", fuel: fuel - less });
    }
  });

  test("numbers cost one each, ranges their bytes in eights", async () => {
    const cost = async (type: string, count: number) => {
      const module = await one(`func() -> list<${type}>`, LIST.replace("COUNT", String(count)));
      const { exit, fuel, text: out } = await run(module, "f");
      expect(exit).toBe("ok");
      return fuel - BigInt(out.length >> 3);
    };
    expect((await cost("u64", 1000)) - (await cost("u64", 0))).toBe(1000n);
    expect((await cost("bool", 1000)) - (await cost("bool", 0))).toBe(1000n);
  });

  test("few bytes can't become many: lists of lists, and strings that all lie in one place", async () => {
    const huge = await one("func() -> list<bool>", LIST.replace("COUNT", "0x7fffffff"), "(memory 1)".slice(0, 0));
    expect((await run(huge, "f")).exit).toBe("trap");
    const same = await one(
      "func() -> list<string>",
      `(result i32) (local $i i32)
       (loop (i32.store (i32.add (i32.const 16) (local.get $i)) (i32.const 65536))
             (i32.store (i32.add (i32.const 20) (local.get $i)) (i32.const 60000))
             (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 40000))))
       ${LIST.replace("(result i32)", "").replace("COUNT", "5000")}`,
    );
    expect(await run(same, "f", "", { limits: { fuel: 1_000_000_000n as never } })).toMatchObject({
      exit: "bad-answer",
      note: "a call's values take more than 67108864 bytes",
    });
    expect((await run(same, "f", "", { limits: { fuel: 1_000_000n as never } })).exit).toBe("out-of-fuel");
  });
});

describe("WASI's own names with types of a guest's choice end in an answer, never in a fault (Y7)", () => {
  /** A component whose `f` calls imports of packages as it declares them. */
  const calling = (packages: string, imports: string, code: string) =>
    component(`package demo:app; world app { ${imports} export f: func(); } ${packages}`, `(module ${code})`);

  test.each([
    [
      "a list of options for fields",
      `package wasi:http@0.2.3 { interface types {
         resource fields { from-list: static func(of: list<option<u32>>) -> result<fields, u8>; } } }`,
      "import wasi:http/types@0.2.3;",
      `(import "wasi:http/types@0.2.3" "[static]fields.from-list" (func $g (param i32 i32 i32))) ${ALLOCATOR}
       (func (export "f") (call $g (i32.const 0) (i32.const 1) (i32.const 64)))`,
    ],
    [
      "half a status",
      `package wasi:http@0.2.3 { interface types { resource fields { constructor(); }
         resource outgoing-response { constructor(of: fields); set-status-code: func(to: f64) -> result; } } }`,
      "import wasi:http/types@0.2.3;",
      `(import "wasi:http/types@0.2.3" "[constructor]fields" (func $a (result i32)))
       (import "wasi:http/types@0.2.3" "[constructor]outgoing-response" (func $b (param i32) (result i32)))
       (import "wasi:http/types@0.2.3" "[method]outgoing-response.set-status-code" (func $g (param i32 f64) (result i32)))
       ${ALLOCATOR} (func (export "f") (drop (call $g (call $b (call $a)) (f64.const 200.5))))`,
    ],
    [
      "a time with half a nanosecond",
      `package wasi:filesystem@0.2.3 { interface types {
         record datetime { seconds: u64, nanoseconds: f64 } variant new-timestamp { no-change, now, timestamp(datetime) }
         resource descriptor { set-times: func(a: new-timestamp, b: new-timestamp) -> result<_, u8>; } }
         interface preopens { use types.{descriptor}; get-directories: func() -> list<tuple<descriptor, string>>; } }`,
      "import wasi:filesystem/types@0.2.3; import wasi:filesystem/preopens@0.2.3;",
      `(import "wasi:filesystem/preopens@0.2.3" "get-directories" (func $root (param i32)))
       (import "wasi:filesystem/types@0.2.3" "[method]descriptor.set-times"
         (func $g (param i32 i32 i64 f64 i32 i64 f64 i32)))
       ${ALLOCATOR} (func (export "f") (call $root (i32.const 0))
         (call $g (i32.load (i32.load (i32.const 0)))
           (i32.const 2) (i64.const 1) (f64.const 0.5) (i32.const 0) (i64.const 0) (f64.const 0) (i32.const 64)))`,
    ],
    [
      "a fraction of an exit code",
      "package wasi:cli@0.2.3 { interface exit { exit-with-code: func(code: f64); } }",
      "import wasi:cli/exit@0.2.3;",
      `(import "wasi:cli/exit@0.2.3" "exit-with-code" (func $g (param f64))) ${ALLOCATOR}
       (func (export "f") (call $g (f64.const 1.5)))`,
    ],
  ])("%s", async (_, packages, imports, code) => {
    expect(await run(await calling(packages, imports, code), "f")).toMatchObject({ exit: "trap" });
  });

  test("a command that says nothing of its end is a function like others", async () => {
    const RUN = "wasi:cli/run@0.2.3#run";
    const silent = await component(
      `package demo:app; world app { export wasi:cli/run@0.2.3; }
       package wasi:cli@0.2.3 { interface run { run: func(); } }`,
      `(module ${ALLOCATOR} (func (export "${RUN}")))`,
    );
    expect(await run(silent, RUN, "[]")).toMatchObject({ exit: "ok", text: "" });
  });

  test("a guest's words are not taken for the end of the engine's stack", async () => {
    const HANDLE = "wasi:http/incoming-handler@0.2.3#handle";
    const words = "Maximum call stack size exceeded";
    const handler = await component(
      `package demo:app; world app { export wasi:http/incoming-handler@0.2.3; }
       package wasi:http@0.2.3 { interface incoming-handler { handle: func() -> result<_, string>; } }`,
      `(module ${ALLOCATOR} (data (i32.const 0) "\\01\\00\\00\\00\\10\\00\\00\\00\\20\\00\\00\\00\\00\\00\\00\\00${words}")
        (func (export "${HANDLE}") (result i32) (i32.const 0)))`,
    );
    const request = JSON.stringify([{ method: "GET", path: "/", headers: [], body: "" }]);
    expect(await run(handler, HANDLE, request)).toMatchObject({ exit: "trap" });
  });
});

test("types within functions are capped together, for the glue has code for each (Y1)", async () => {
  const tuple = `(tuple ${"u8 ".repeat(49)})`;
  const wide = (functions: number) => {
    const params = Array.from({ length: 40 }, (_, at) => `(param "p${at}" $t)`).join(" ");
    const lifted = (at: number) =>
      `(func (export "f${at}") ${params} (canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "r"))))`;
    return componentText(`(component
      (core module $m (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) (i32.const 0))
        (func (export "f") (param i32)))
      (core instance $i (instantiate $m)) (type $t ${tuple})
      ${Array.from({ length: functions }, (_, at) => lifted(at)).join("\n")})`);
  };
  // 40 parameters of 50 types each are 2,000 a function; the cap is 20,000.
  expect(inspect(await wide(10), {}, means).abi).toBe("component/1");
  const over = await wide(11);
  expect(() => inspect(over, {}, means)).toThrow("has more than 20000 types in its functions together");
});
