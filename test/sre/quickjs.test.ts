// What JavaScript programs get and give, on every sandbox: conventions, promises, errors with their place, clock and
// randomness, console, the few names besides the language. Rules in brackets are of sre/SPEC.md.
import { afterAll, describe, expect, test } from "vitest";
import { JAVASCRIPT, PROGRAM_BYTES } from "../../sre/quickjs/index.ts";
import { resultOf, runnerOf, SANDBOXES } from "./support/javascript.ts";
import { type TaskOptions, text, utf8 } from "./support/tasks.ts";

describe.each(SANDBOXES)("a quickjs sandbox %s", (_name, make) => {
  const sandbox = make();
  afterAll(() => sandbox.close());
  const run = runnerOf(sandbox);
  const value = async (source: string, options: TaskOptions = {}) => resultOf(await run(source, options));
  const logs = async (source: string) => text((await run(source)).logs);
  /** The value of an expression. */
  const give = (expression: string, options: TaskOptions = {}) => value(`export default () => ${expression}`, options);

  test("names what it is", () => {
    expect([sandbox.sre, sandbox.profiles]).toEqual(["quickjs", [JAVASCRIPT.id]]);
  });

  test("JSON: an array of the arguments in, the result out, nothing for undefined (Q5, Q6)", async () => {
    expect(await value("export default (a, b) => a + b", { input: "[20, 22]" })).toBe(42);
    expect(await value("export default (...all) => all.length")).toBe(0);
    const source = "export function pair(a) { return { this: this === undefined, a } }";
    expect(await value(source, { entry: "pair", input: '["ä\\u0000"]' })).toEqual({ this: true, a: "ä\0" });
    expect((await run("export default () => undefined")).output.length).toBe(0);
    expect(await value("export default class { toJSON() {} }")).toBe(
      "trap: main.js:1:36: TypeError: class constructors must be invoked with 'new'",
    );
  });

  test("an input that is no JSON array, and a result that is no JSON, say so (Q6)", async () => {
    const source = "export default (a) => a()";
    expect(await value(source, { input: "{}" })).toBe("bad-input: the input is no JSON array of the arguments");
    expect(await value(source, { input: "[1" })).toMatch(/^bad-input: the input is no JSON: /);
    for (const input of [new Uint8Array([0x5b, 0xff, 0x5d]), utf8("[1]\0")]) {
      expect(await value(source, { input })).toBe(
        "bad-input: the input is no JSON: it is not UTF-8, or has a zero byte",
      );
    }
    expect(await give("Symbol()")).toBe("trap: uncaught TypeError: default gave a symbol, which is no JSON");
    expect(await give("1n")).toMatch(/^trap: uncaught TypeError: .*BigInt/);
    expect(await value("const a = []; a[0] = a; export default () => a")).toMatch(/^trap: .*circular/);
  });

  test("bytes: a Uint8Array in; buffer, view or text out (Q5, Q7)", async () => {
    const bytes = async (expression: string, input: Uint8Array | string = "") => {
      const outcome = await run(`export const f = (input) => ${expression}`, { entry: "f:bytes", input });
      return outcome.answer.exit.kind === "ok" ? [...outcome.output] : outcome.note;
    };
    expect(await bytes("input.map((byte) => byte + 1)", new Uint8Array([0, 1, 255]))).toEqual([1, 2, 0]);
    expect(await bytes("input.length")).toBe("uncaught TypeError: f gave neither bytes nor a string");
    expect(await bytes("new Uint16Array([1, 2, 3]).subarray(1)")).toEqual([2, 0, 3, 0]);
    expect(await bytes("new DataView(new ArrayBuffer(4), 1, 2)")).toEqual([0, 0]);
    expect(await bytes("new ArrayBuffer(3)")).toEqual([0, 0, 0]);
    expect(await bytes("new Uint8Array(0)")).toEqual([]);
    expect(await bytes("'ä\\0\\ud800'")).toEqual([0xc3, 0xa4, 0, 0xef, 0xbf, 0xbd]);
  });

  test("the output limit: exactly at it passes (Q6, Q7)", async () => {
    const kind = async (length: number, entry: string) => {
      const source = `const text = "x".repeat(${length}); export const json = () => text.slice(2), bytes = () => text`;
      return (await run(source, { entry, limits: { output: 10_000 } })).answer.exit.kind;
    };
    expect([await kind(10_000, "json"), await kind(10_000, "bytes:bytes")]).toEqual(["ok", "ok"]);
    expect([await kind(10_001, "json"), await kind(10_001, "bytes:bytes")]).toEqual(["output-limit", "output-limit"]);
  });

  test("promises are awaited, the module's own too; one that nothing settles is told (Q8)", async () => {
    expect(await value("export default async (x) => { await null; return x * 2 }", { input: "[21]" })).toBe(42);
    expect(await value("const x = await Promise.resolve(4); export default () => x")).toBe(4);
    const waits = "trap: default waits for a promise that nothing settles";
    expect(await value("export default () => new Promise(() => {})")).toBe(waits);
    expect(await value("await new Promise(() => {}); export default () => 1")).toBe(waits);
    expect(await value("await Promise.reject(new Error('no')); export default () => 1")).toBe(
      "trap: main.js:1:31: Error: no",
    );
    const late =
      "export default async () => { queueMicrotask(() => console.log('late')); Promise.reject(1); return 1 }";
    expect(await logs(late)).toBe("late\n");
  });

  test("what is thrown is told with file, line and column, and logged with its stack (Q9)", async () => {
    const source = "export default () => inner();\n\nfunction inner() {\n  return null.x;\n}\n";
    const outcome = await run(source);
    expect([outcome.answer.exit, outcome.output.length]).toEqual([{ kind: "trap", code: 0 }, 0]);
    expect(outcome.note).toBe("main.js:4:14: TypeError: cannot read property 'x' of null");
    expect(text(outcome.logs)).toBe(
      "Uncaught TypeError: cannot read property 'x' of null\n    at inner (main.js:4:14)\n    at default (main.js:1:27)\n",
    );
  });

  test("what is thrown need not be an error (Q9)", async () => {
    const thrown = async (expression: string) => (await run(`export default () => { throw ${expression} }`)).note;
    expect(await thrown("5")).toBe("uncaught 5");
    expect(await thrown("'no\\nmore'")).toBe("uncaught no");
    expect(await thrown("{ a: 1 }")).toBe("uncaught { a: 1 }");
    expect(await thrown("undefined")).toBe("uncaught undefined");
    expect(await thrown("Symbol('s')")).toBe("uncaught Symbol(s)");
    expect(await thrown("Object.create(null)")).toBe("uncaught {}");
    const hostile = "Object.assign(new Error('q'), { name: { toString() { throw 1 } } })";
    expect(await thrown(hostile)).toBe("main.js:1:53: something that can't be shown");
    expect(await thrown("new Proxy({}, { getPrototypeOf() { throw 1 } })")).toBe(
      "uncaught something that can't be shown",
    );
  });

  test("invalid-module: no UTF-8, too long, no syntax, an import, no such entry (Q4, Q5)", async () => {
    const invalid = async (source: string | Uint8Array, entry = "default") => {
      const { answer, note } = await run(source, { entry });
      return [answer.exit.kind, answer.fuel === 0n, note];
    };
    const none = (note: string) => ["invalid-module", true, note];
    const some = (note: string) => ["invalid-module", false, note];
    expect(await invalid(new Uint8Array([0x2f, 0x2f, 0xff]))).toEqual(some("the program is not UTF-8"));
    const long = new Uint8Array(PROGRAM_BYTES + 1).fill(0x20);
    expect(await invalid(long)).toEqual(some("the program has 16777217 bytes; at most 16777216"));
    const syntax = "let x = 1;\nlet y = ;\nexport default 1";
    expect(await invalid(syntax)).toEqual(some("main.js:2:9: SyntaxError: unexpected token in expression: ';'"));
    const missing = "uncaught ReferenceError: could not load module 'node:fs'";
    expect(await invalid("import 'node:fs'; export default 1")).toEqual(some(missing));
    expect(await invalid("export const f = 1", "f")).toEqual(some('the program exports no function "f"'));
    expect(await invalid("export const f = 1", "toString")).toEqual(some('the program exports no function "toString"'));
    for (const entry of ["__proto__", "a b", "", ":bytes", "f:text"]) {
      expect(await invalid("export const f = 1", entry)).toEqual(none(`the module has no entry "${entry}"`));
    }
    // Thrown while it runs, not while it is read.
    expect((await run("JSON.parse('{'); export default 1")).answer.exit.kind).toBe("trap");
    expect(await value("export default async () => { try { await import('x') } catch (e) { return e.name } }")).toBe(
      "ReferenceError",
    );
  });

  test("clock and randomness are the job's, the zone is UTC, the locale none (Q10, C1 to C3)", async () => {
    const source = `[Date.now(), +new Date(), new Date(0).getTimezoneOffset(), String(new Date(0)),
      new Date(0).toLocaleString(), (1234.5).toLocaleString(), typeof Intl]`;
    expect(await give(source, { context: { clock: 1_000n } })).toEqual([
      ...[1000, 1001, 0, "Thu Jan 01 1970 00:00:00 GMT+0000", "01/01/1970, 12:00:00 AM", "1234.5", "undefined"],
    ]);
    const draw = (seed: string) =>
      give("[Math.random(), Math.random()]", { context: { seed: seed.repeat(32) as never } });
    const [first, second] = (await draw("01")) as number[];
    expect([first! >= 0 && first! < 1, first === second]).toEqual([true, false]);
    expect(await draw("01")).toEqual([first, second]);
    expect(await draw("02")).not.toEqual([first, second]);
    const lines: string[] = [];
    await give("Date.now() + Math.random()", { trace: (line) => lines.push(line) });
    expect(lines).toEqual(["==> clock()", "<== 1000", "==> random()", expect.stringMatching(/^<== \d+$/)]);
  });

  test("console writes log lines (Q11)", async () => {
    const said = async (statement: string) => logs(`export default () => { ${statement} }`);
    expect(await said("console.log('a', 1, -0, 2n, null, undefined, true, Symbol('s'))")).toBe(
      "a 1 -0 2n null undefined true Symbol(s)\n",
    );
    expect(await said("console.warn('w'); console.error('e'); console.assert(1, 'x'); console.assert(0, 'y')")).toBe(
      "warning: w\nerror: e\nassertion failed: y\n",
    );
    expect(await said("console.log({ a: [1, 'x', { b: { c: {} } }], 'x y': () => {}, get g() { throw 1 } })")).toBe(
      '{ a: [ 1, "x", { b: { c: [Object] } } ], "x y": [Function: x y], g: [Getter] }\n',
    );
    expect(
      await said(
        "console.log(new Map([[1, new Set(['x'])]]), new Uint8Array(2), [], {}, class A {}, /x/g, new Date(0))",
      ),
    ).toBe('Map(1) { 1 => Set(1) { "x" } } Uint8Array(2) [ 0, 0 ] [] {} [Function: A] /x/g 1970-01-01T00:00:00.000Z\n');
    expect(await said("class B { x = 1 }; const b = new B(); b.b = b; console.log(b, Array(102).fill(0).length)")).toBe(
      "B { x: 1, b: [Circular] } 102\n",
    );
    expect(await said("console.log(Array.from({ length: 103 }, (_, i) => i))")).toMatch(
      /, 98, 99, \.\.\. 3 more \]\n$/,
    );
    expect(await said("console.log('z\\0z\\ud800')")).toBe("z\ufffdz\ufffd\n");
    const lines: string[] = [];
    const { calls } = (await run("export default () => console.log('ä')", { trace: (line) => lines.push(line) }))
      .answer;
    expect([lines, calls.count]).toEqual([["==> log(2 bytes)", "<== ok"], 1n]);
  });

  test("logs are cut at their limit, the program goes on (L1, Q11)", async () => {
    const outcome = await run("export default () => { console.log('abc'); return 1 }", { limits: { logs: 2 } });
    expect([text(outcome.logs), outcome.answer.logs.truncated, resultOf(outcome)]).toEqual(["ab", true, 1]);
  });

  test("arguments and environment of the context (Q12)", async () => {
    const context = { args: ["a", "ä"], env: { TZ: "Asia/Kolkata", LANG: "de_DE" } };
    const turned = { ...context, env: { LANG: "de_DE", TZ: "Asia/Kolkata" } };
    const lines: string[] = [];
    const seen = await give("[process.argv, process.env, process.env === process.env, new Date(0).getHours()]", {
      ...{ context, trace: (line: string) => lines.push(line) },
    });
    expect(seen).toEqual([context.args, context.env, true, 0]);
    expect(lines).toEqual(["==> environment()", "<== 62 bytes"]);
    const [one, other] = [
      await run("export default () => process.env", { context }),
      await run("export default () => process.env", { context: turned }),
    ];
    expect(other).toEqual(one);
    expect(await give("[process.argv, process.env]")).toEqual([[], {}]);
  });

  test("text and bytes: TextEncoder, TextDecoder, btoa, atob (Q14, Q15)", async () => {
    expect(await give("[...new TextEncoder().encode('ä\\0\\ud800x')]")).toEqual([
      0xc3, 0xa4, 0, 0xef, 0xbf, 0xbd, 0x78,
    ]);
    expect(await give("new TextEncoder().encode().length")).toBe(0);
    const decode = (bytes: number[], options = "{}") =>
      give(`new TextDecoder('utf8', ${options}).decode(new Uint8Array(${JSON.stringify(bytes)}))`);
    const broken = [0xef, 0xbb, 0xbf, 0x61, 0, 0xff, 0xe2, 0x82, 0x62, 0xf0, 0x9f, 0x98, 0x80, 0];
    expect(await decode(broken)).toBe(new TextDecoder().decode(new Uint8Array(broken)));
    expect(await decode(broken, "{ ignoreBOM: true }")).toBe(
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(broken)),
    );
    expect(await decode(broken, "{ fatal: true }")).toMatch(/the bytes are not UTF-8$/);
    expect(await decode([0xc3, 0xa4], "{ fatal: true }")).toBe("ä");
    expect(await give("new TextDecoder().decode(new Uint8Array([1, 65, 66, 2]).subarray(1, 3))")).toBe("AB");
    expect(await give("new TextDecoder('latin1')")).toMatch(/only utf-8 is known here/);
    for (const plain of ["", "a", "ab", "abc", "\xff\x00\x7f\x80"]) {
      expect(await give(`btoa(${JSON.stringify(plain)})`)).toBe(btoa(plain));
      expect(await give(`atob(" ${btoa(plain)}")`)).toBe(plain);
    }
    expect(await give("btoa('ä\u0100')")).toMatch(/above U\+00FF/);
    for (const bad of ["a", "a=bc", "ab*="]) expect(await give(`atob("${bad}")`)).toMatch(/no base64/);
  });

  test("timers: by their time, then as they were set, in a time that jumps when nothing is left to do (Q16)", async () => {
    const order = `export default async () => {
      const seen = [];
      const say = (name) => seen.push(name);
      setTimeout(say, 10, "late");
      setTimeout(say, 1.9, "early");
      for (const delay of [0, -1, NaN, "x", 2 ** 31, undefined]) setTimeout(say, delay, "at once");
      clearTimeout(setTimeout(say, 3, "never"));
      const every = setInterval(() => { seen.push("tick"); if (seen.length > 9) clearInterval(every) }, 4);
      queueMicrotask(() => say("job"));
      seen.push(await new Promise((done) => setTimeout(done, 10, "awaited")));
      await new Promise((done) => setTimeout(done, 1_000_000));
      return seen;
    }`;
    const lines: string[] = [];
    const outcome = await run(order, { trace: (line) => lines.push(line) });
    const once = ["early", ...Array.from({ length: 6 }, () => "at once")];
    expect(resultOf(outcome)).toEqual(["job", ...once, "tick", "tick", "late", "awaited"]);
    const waits = [1, 0, 0, 0, 0, 0, 0, 3, 4, 2, 0, 1_000_000];
    expect(lines).toEqual(waits.flatMap((wait) => [`==> wait(${wait})`, "<== ok"]));
  });

  test("the clock passes by what a timer waits; a program without an answer that waits for no timer says so (Q8, Q16)", async () => {
    const source = `const then = Date.now(); let after;
      await new Promise((done) => setTimeout(done, 5000)); after = Date.now();
      export default () => after - then`;
    expect(await value(source)).toBe(5001);
    expect(await value("export default () => new Promise(() => setTimeout(() => {}, 5))")).toMatch(/nothing settles$/);
    const race = `export default () => {
      setInterval(() => console.log("late"), 1);
      return Promise.race([1, new Promise((_, no) => setTimeout(no, 30_000, new Error("timeout")))]);
    }`;
    const outcome = await run(race);
    expect([resultOf(outcome), text(outcome.logs)]).toEqual([1, ""]);
    const thrown = "export default () => new Promise(() => setTimeout(() => { throw new Error('t') }, 5))";
    expect(await value(thrown)).toMatch(/^trap: main.js:1:\d+: Error: t$/);
    expect(await give("setTimeout('1')")).toMatch(/setTimeout: the first argument is no function$/);
  });

  test("bytes of the job's randomness (Q17)", async () => {
    const source = `[[...crypto.getRandomValues(new Uint16Array(20))], crypto.randomUUID(), crypto.getRandomValues(new Int8Array(0)).length]`;
    const draw = (seed: string) => give(source, { context: { seed: seed.repeat(32) as never } });
    const first = (await draw("01")) as [number[], string, number];
    expect(await draw("01")).toEqual(first);
    expect(await draw("02")).not.toEqual(first);
    expect(Math.max(...first[0])).toBeGreaterThan(255);
    expect(first[1]).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const view = "const all = new Uint8Array(8); crypto.getRandomValues(all.subarray(2, 4)); return [...all]";
    const filled = (await value(`export default () => { ${view} }`)) as number[];
    expect([...filled.slice(0, 2), ...filled.slice(4)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await give("crypto.getRandomValues(new Float64Array(1))")).toMatch(/no array of integers$/);
    expect(await give("crypto.getRandomValues(new Uint8Array(65537))")).toMatch(/at most 65536 bytes at once/);
  });

  test("structuredClone copies values with their cycles, and refuses what is no value (Q15)", async () => {
    const source = `export default () => {
      const bytes = new Uint8Array([1, 2, 3, 4]);
      const a = { date: new Date(5), pattern: /x/gi, map: new Map([[1, { a: 1 }]]), set: new Set([[1]]), part: bytes.subarray(1, 3),
        view: new DataView(bytes.buffer, 2), error: new RangeError("q", { cause: [1] }), boxed: Object(5), nothing: undefined, holes: [1, , 3],
        big: 1n, buffer: bytes.buffer, ["__proto__"]: 7, get read() { return "read" } };
      a.self = a;
      const b = structuredClone(a);
      bytes.fill(9);
      return [b.self === b, b !== a, b.date.getTime(), String(b.pattern), b.map.get(1), b.map.get(1) !== a.map.get(1), [...b.set], [...b.part],
        b.part.byteOffset, b.view.byteLength, b.part.buffer === b.buffer, b.view.buffer === b.buffer, b.error instanceof RangeError,
        b.error.cause, b.error.message, typeof b.boxed, "nothing" in b, 1 in b.holes, b.holes.length, typeof b.big,
        Object.hasOwn(b, "__proto__"), b.read];
    }`;
    expect(await value(source)).toEqual([
      ...[true, true, 5, "/x/gi", { a: 1 }, true, [[1]], [2, 3]],
      ...[1, 2, true, true, true, [1], "q", "object", true, false, 3, "bigint", true, "read"],
    ]);
    for (const none of ["() => 1", "Symbol()", "Promise.resolve()", "{ a: new WeakMap() }", "[class {}]"]) {
      expect(await give(`structuredClone(${none})`)).toMatch(/DataCloneError: structuredClone: .* can't be cloned$/);
    }
    expect(await give("structuredClone(new ArrayBuffer(1), { transfer: [new ArrayBuffer(1)] })")).toMatch(
      /can't be cloned$/,
    );
  });

  test("what crosses is charged by its length (Q5, Q14)", async () => {
    const fuelOf = async (source: string, options: TaskOptions = {}) => (await run(source, options)).answer.fuel;
    const ignores = "export const f = () => ''";
    const inputs = [new Uint8Array(8_000), new Uint8Array(800_000)] as const;
    const [short, long] = [
      await fuelOf(ignores, { entry: "f:bytes", input: inputs[0] }),
      await fuelOf(ignores, { entry: "f:bytes", input: inputs[1] }),
    ];
    expect(long - short).toBeGreaterThanOrEqual(99_000n);
    const comment = (length: number) => fuelOf(`${ignores}//${" ".repeat(length)}`, { entry: "f:bytes" });
    expect((await comment(80_000)) - (await comment(0))).toBeGreaterThanOrEqual(10_000n);
    const log = (length: number) =>
      fuelOf(`const text = "x".repeat(${length}); export const f = () => (console.log(text), "")`, {
        entry: "f:bytes",
      });
    const silent = (length: number) =>
      fuelOf(`const text = "x".repeat(${length}); export const f = () => ""`, { entry: "f:bytes" });
    const [loud, quiet] = [(await log(80_000)) - (await log(8_000)), (await silent(80_000)) - (await silent(8_000))];
    expect(loud - quiet).toBeGreaterThanOrEqual(9_000n);
  });

  test("fuel: at the limit it passes, one less and it fails (F1)", async () => {
    const source = "export default () => { console.log('x'); return Math.random() }";
    const { fuel } = (await run(source)).answer;
    expect((await run(source, { limits: { fuel } })).answer.exit.kind).toBe("ok");
    const less = (await run(source, { limits: { fuel: (fuel - 1n) as never } })).answer;
    expect([less.exit.kind, less.fuel]).toEqual(["out-of-fuel", fuel - 1n]);
  });
});
