// Programs that want more than their job: endless work in the language and inside natives, all memory, deep recursion,
// the host, and what another job left. Each ends by a rule, by fuel, memory or stack and never by time; the next
// program sees nothing of it. Rules in brackets are of sre/SPEC.md.
import { afterAll, describe, expect, test } from "vitest";
import { fuel } from "../../chain/protocol/index.ts";
import { resultOf, runnerOf, SANDBOXES } from "./support/javascript.ts";
import type { TaskOptions } from "./support/tasks.ts";

/** Programs without end, by what they are busy with. */
const ENDLESS = {
  loop: "for (;;);",
  "a power of a BigInt": "7n ** 100000000n",
  "a product of BigInts": "let x = 3n; for (;;) x *= x",
  "digits of a BigInt": "const x = 1n << 1000000n; for (;;) String(x)",
  repeat: "for (;;) 'x'.repeat(10000000)",
  "a regular expression": "/^(a+)+$/.test('a'.repeat(40) + 'b')",
  "a lookbehind": "/(?<=(a|aa)+)b$/.test('a'.repeat(5000))",
  sorting: "const a = Array.from({ length: 1e5 }, (_, i) => i ^ 0x5555); for (;;) a.sort()",
  JSON: "const o = { a: [1, { b: 2 }] }; for (;;) JSON.parse(JSON.stringify(o))",
  "a proxy's traps": "const p = new Proxy({}, { get: () => { for (;;); } }); p.x",
  timers: "return new Promise(() => setInterval(() => {}, 2147483647))",
  "timers that set timers": "const again = () => setTimeout(again); again(); return new Promise(() => {})",
  "a list of timers": "for (;;) setTimeout(() => {}, Math.random() * 1000)",
  "a copy": "const a = Array.from({ length: 1e4 }, (_, i) => ({ i })); for (;;) structuredClone(a)",
  promises: "const again = () => Promise.resolve().then(again); return again()",
  "a generator": "const g = (function* () { for (;;) yield 1; })(); for (const x of g);",
  "an iterator of the spread operator": "[...{ [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) }].length",
  "text that is taken apart": "const s = 'a,'.repeat(1e6); for (;;) s.split(',')",
  "a stack trace": "for (;;) new Error().stack",
} as const;

/** Programs that take all memory. */
const GREEDY = {
  repeat: "return 'x'.repeat(1e9).length",
  arrays: "const a = []; for (;;) a.push(new Array(1000).fill(1))",
  buffers: "const a = []; for (;;) a.push(new Uint8Array(1 << 20))",
  "one buffer": "return new ArrayBuffer(2 ** 31 - 1)",
  text: "let s = 'x'; for (;;) s = (s + s).replace('x', 'y')",
  "a map": "const m = new Map(); for (let i = 0; ; i++) m.set(i, [i])",
  BigInts: "let x = 1n << 1000000n; const a = []; for (;;) a.push(x += 1n)",
} as const;

/** Programs that go too deep. */
const DEEP = {
  calls: "const f = (n) => 1 + f(n + 1); return f(0)",
  getters: "const o = { get a() { return this.a } }; return o.a",
  proxies: "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x",
  JSON: "return JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))",
  "JSON of something deep": "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a",
  "a pattern": "return new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5)).test('')",
  code: "return eval('('.repeat(1e5) + '1' + ')'.repeat(1e5))",
  "a copy": "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return structuredClone(a)",
  converting: "const o = { toString() { return String(o) } }; return String(o)",
} as const;

describe.each(SANDBOXES)("hostile programs %s", (_name, make) => {
  const sandbox = make();
  afterAll(() => sandbox.close());
  const run = runnerOf(sandbox);
  const body = (statements: string) => `export default () => { ${statements} }`;
  const value = async (source: string, options: TaskOptions = {}) => resultOf(await run(source, options));

  test.each(Object.entries(ENDLESS))(
    "endless: %s ends by the fuel, twice alike (F1, Q1)",
    async (_what, statements) => {
      const limits = { fuel: fuel(300_000_000n), memory: 256 * 1024 * 1024 };
      const first = await run(body(statements), { limits });
      expect([first.answer.exit.kind, first.answer.fuel]).toEqual(["out-of-fuel", limits.fuel]);
      expect(await run(body(statements), { limits })).toEqual(first);
    },
  );

  test.each(Object.entries(GREEDY))("greedy: %s ends by the memory (G2, Q13)", async (_what, statements) => {
    const limits = { fuel: fuel(3_000_000_000n), memory: 16 * 1024 * 1024 };
    const { answer, note } = await run(body(statements), { limits });
    expect([answer.exit.kind, note]).toEqual(["memory", expect.stringMatching(/out of memory|memory limit|null/)]);
  });

  test("a program can catch that there is no more memory, and go on (Q13)", async () => {
    const statements = `let kept = [];
      try { for (;;) kept.push(new Uint8Array(1 << 20)); } catch (error) { const had = kept.length; kept = null; return [had > 5, error.message] }`;
    expect(await value(body(statements), { limits: { memory: 16 * 1024 * 1024 } })).toEqual([true, "out of memory"]);
  });

  test("a memory limit below what the interpreter begins with, and no room for the program (G1, Q13)", async () => {
    expect((await run(body(""), { limits: { memory: 1024 * 1024 } })).answer).toMatchObject({
      ...{ exit: { kind: "memory" }, fuel: 0n },
    });
    const large = `${body("")}//${" ".repeat(4_000_000)}`;
    expect((await run(large, { limits: { memory: 2 * 1024 * 1024 } })).answer.exit.kind).toBe("memory");
  });

  test.each(Object.entries(DEEP))("deep: %s ends by the stack or by an error (S3)", async (_what, statements) => {
    const limits = { fuel: fuel(3_000_000_000n) };
    const { answer, note } = await run(body(statements), { limits });
    expect(`${answer.exit.kind} ${note}`).toMatch(/^stack |stack overflow$/);
    expect((await run(body(statements), { limits })).answer).toEqual(answer);
  });

  test("the interpreter's own stack ends in an error that a program can catch, far above its data (Q1, Q18)", async () => {
    // Some 2.5 kB a call: the interpreter's 512 KiB end first, long before the 256 KiB of the metric.
    const many = Array.from({ length: 300 }, (_, index) => `v${index} = n`).join();
    const source = `let depth = 0;
      const deeper = (n) => { depth++; let ${many}; deeper(n + 1); return v0 };
      export default () => { try { deeper(0) } catch (error) { return [depth, error.name, error.message] } }`;
    expect(await value(source)).toEqual([expect.closeTo(200, -2), "InternalError", "stack overflow"]);
  });

  test("how deep calls nest before the metric ends them: plainly, by a method of arrays, by await (Q18)", async () => {
    const kind = async (source: string, depth: number) =>
      (await run(`${source}; export default () => f(${depth})`)).answer.exit.kind;
    const shapes = [
      ["const f = (n) => (n === 0 ? 0 : 1 + f(n - 1))", 459],
      ["const f = (n) => (n === 0 ? 0 : [n].map((x) => f(x - 1))[0])", 109],
      ["const f = async (n) => (n === 0 ? 0 : 1 + (await f(n - 1)))", 157],
    ] as const;
    for (const [source, depth] of shapes) {
      expect([await kind(source, depth), await kind(source, depth + 1)]).toEqual(["ok", "stack"]);
    }
  });

  test("input that nests too deeply ends by a rule (S3, Q6)", async () => {
    const { answer, note } = await run("export default () => 1", { input: "[".repeat(1_000_000) });
    expect(`${answer.exit.kind} ${note}`).toMatch(/^stack |stack overflow$/);
  });

  test("nothing of the host is there: only names of the language and of the specification (Q15)", async () => {
    const names = (await value("export default () => Object.getOwnPropertyNames(globalThis)")) as string[];
    const own = [
      ...["console", "process", "TextEncoder", "TextDecoder", "btoa", "atob", "queueMicrotask", "structuredClone"],
      ...["setTimeout", "setInterval", "clearTimeout", "clearInterval", "crypto"],
    ];
    expect(names.slice(-own.length).sort()).toEqual([...own].sort());
    for (const absent of ["require", "fetch", "URL", "WebAssembly", "Deno", "std", "os", "print", "HostRef"]) {
      expect(names).not.toContain(absent);
    }
    expect(await value("export default () => [Object.keys(process), Object.keys(crypto)]")).toEqual([
      ["argv", "env"],
      ["getRandomValues", "randomUUID"],
    ]);
  });

  test("no way by prototypes, constructors or stack leads to the functions of the prelude (Q15)", async () => {
    const tricks = [
      "[].constructor.constructor('return this.process.binding')()",
      "Math.random.constructor('return typeof HostRef')()",
      "(() => { try { return console.log.caller } catch (e) { return e.name } })()",
      "(() => { try { return console.log.arguments.callee } catch (e) { return e.name } })()",
      "(() => { const seen = []; Error.prepareStackTrace = (_, frames) => frames.map((f) => f.getThis && f.getFunction); " +
        "try { null.x } catch (e) { seen.push(typeof e.stack) } return seen })()",
      "(() => { Object.prototype.get = () => 7; Array.prototype.push = () => 7; console.log([1]); return 'same' })()",
      "Reflect.ownKeys(Math.random).concat(Reflect.ownKeys(console.log)).filter((k) => typeof k === 'symbol').length",
    ];
    const seen = [];
    for (const trick of tricks) seen.push(await value(`export default () => ${trick}`));
    expect(seen).toEqual([undefined, "undefined", "TypeError", "TypeError", expect.anything(), "same", 0]);
  });

  test("a program that changes every built-in object changes its own answer alone (Q9, Q11)", async () => {
    const ruin = `for (const name of Object.getOwnPropertyNames(globalThis)) {
        const target = globalThis[name]?.prototype;
        if (target) for (const key of Reflect.ownKeys(target)) { try { target[key] = () => { throw 'ruined' } } catch {} }
      }
      JSON.stringify = JSON.parse = Reflect.apply = Reflect.ownKeys = Object.is = null;
      export default async () => { console.log({ a: [1] }); return 'x'; };
      export const throwing = () => { throw { a: 1 }; };`;
    expect(await value(ruin)).toMatch(/^(trap: |x$)/);
    expect(await value(ruin, { entry: "throwing" })).toMatch(/^trap: /);
    expect(await value("export default (x) => [JSON.stringify({}), x]", { input: "[1]" })).toEqual(["{}", 1]);
  });

  test.each([
    ["no number", "NaN"],
    ["a part", "0.5"],
    ["less than nothing, which would give fuel back", "-800000000"],
    ["more than there is", "1e12"],
    ["what never ends", "Infinity"],
  ])("what a program makes the prelude ask for ends it: %s (H2, Q16, Q17)", async (_what, asked) => {
    const bytes = `const view = new Uint8Array(4);
      Object.defineProperty(view, "byteLength", { value: { valueOf: () => 1, toString: () => "${asked}" } });
      crypto.getRandomValues(view)`;
    const time = `let timers;
      Object.defineProperty(Array.prototype, "constructor", { get() { timers ??= this; return Array } });
      setTimeout(() => {}, 5);
      timers[0].due = Number("${asked}");
      return new Promise(() => {})`;
    for (const statements of [bytes, time]) {
      const { answer, note } = await run(body(statements));
      expect([answer.exit.kind, note]).toEqual(["trap", expect.stringContaining("which is no whole number up to")]);
      expect(answer.fuel > 0n).toBe(true);
    }
  });

  test("a text that some engine's strings can't hold does not cross (Q14)", async () => {
    const limits = { fuel: fuel(20_000_000_000n), memory: 1024 * 1024 * 1024 };
    const statements = `let text = "a".repeat(2 ** 20 + 1);
      while (text.length < 2 ** 28) text += text;
      const view = new Uint8Array(4);
      Object.defineProperty(view, "byteLength", { value: { valueOf: () => 1, toString: () => text } });
      crypto.getRandomValues(view)`;
    const { answer, note } = await run(body(statements), { limits });
    expect([answer.exit.kind, note]).toEqual(["bad-answer", expect.stringContaining("at once")]);
  });

  test("two jobs can't see each other: no global, no cache, no memory left over (Q2, E1)", async () => {
    const leave = `globalThis.secret = "hunter2"; Object.prototype.leak = "hunter2"; Array.prototype[0] = "hunter2";
      RegExp.prototype.leak = 1; const kept = []; for (let i = 0; i < 200; i++) kept.push("hunter2".repeat(5000) + i);
      /(hunter2)/.test(kept[0]); Symbol.for("hunter2"); console.log = () => {};
      export default () => { globalThis.kept = kept; return kept.length }`;
    // All that a program can look through: globals, legacy static properties, the registry, buffers that nobody wrote to.
    const look = `export default () => {
      console.log("here");
      const found = ["secret", "kept", "leak"].filter((name) => name in globalThis || name in {});
      const blocks = []; for (let i = 0; i < 20; i++) blocks.push(new Uint8Array(1 << (6 + (i % 8))));
      const dirty = blocks.filter((block) => block.some((byte) => byte !== 0)).length;
      return [found, [][0] ?? null, RegExp.$1 ?? null, dirty, Math.random(), Date.now()];
    }`;
    const before = await run(look);
    expect(resultOf(before)).toEqual([[], null, null, 0, expect.any(Number), 1000]);
    expect(await value(leave)).toBe(200);
    expect(await run(look)).toEqual(before);
    for (const statements of ["for (;;);", "null.x", "return 'x'.repeat(1e9)", "const f = () => f() + 1; f()"]) {
      await run(body(`globalThis.secret = 1; ${statements}`), { limits: { fuel: fuel(20_000_000n) } });
      expect(await run(look)).toEqual(before);
    }
  });
});
