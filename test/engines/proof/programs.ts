// JavaScript programs whose ends every engine must agree on: what an engine's own arithmetic, clock, locale, stack and
// memory could get into, and every way to end.
import type { ProgramRun } from "./javascript.ts";

const LIMITS = { fuel: "400000000", memory: 64 * 1024 * 1024, stack: 262_144, output: 100_000 } as const;

const body = (statements: string) => `export default (...args) => { ${statements} }`;

interface Planned extends Partial<Omit<ProgramRun, "limits">> {
  readonly limits?: Partial<ProgramRun["limits"]>;
}

const PLAN: Readonly<Record<string, Planned>> = {
  nothing: { source: body("") },
  arguments: { source: body("return args.reverse()"), input: '[1, "ä", null, { "a": [] }]' },
  bytes: { source: "export const f = (b) => b.map((x) => x ^ 255)", entry: "f:bytes", input: "hello" },
  mathematics: {
    source: body(`const xs = [0, -0, 0.1, 1e-300, 1.5, 2, 1e10, -3.7, 1e300, Infinity, NaN];
      const names = Object.getOwnPropertyNames(Math).filter((n) => typeof Math[n] === "function" && n !== "random");
      const of = (n) => { try { return xs.map((x) => String(Math[n](x, 0.3))) } catch (e) { return e.name } };
      return names.map((n) => [n, of(n)])`),
  },
  "numbers as text": {
    source: body(`return [0.1, 1 / 3, 5e-324, 1e21, 123456789.125, -1e-7].map((x) =>
      [String(x), x.toFixed(8), x.toExponential(5), x.toPrecision(7), x.toString(7), x.toLocaleString()])`),
  },
  "NaN's bits": {
    source: body(`const view = new DataView(new ArrayBuffer(8)); const seen = [];
      for (const x of [0 / 0, -(0 / 0), Math.sqrt(-1), Infinity - Infinity, Number("x"), Math.pow(NaN, 1), 0 * Infinity]) {
        view.setFloat64(0, x); seen.push(view.getBigUint64(0).toString(16)); view.setFloat32(0, x); seen.push(view.getUint32(0)) }
      return seen`),
  },
  "large integers": { source: body("return String(3n ** 500n % (2n ** 89n - 1n)) + String(-(7n ** 60n) >> 3n)") },
  text: {
    source:
      body(`return ["straße".toUpperCase(), "İ".toLowerCase(), ["z", "ä", "a", "Z"].sort((a, b) => a.localeCompare(b)),
      "a\\u0301".normalize("NFC").length, "x\\ud800".isWellFormed(), "aXbX".replaceAll("X", "$&$&"), [..."\\u{1f600}a"].length]`),
  },
  patterns: {
    source: body(String.raw`return ["2024-05-06".replace(/(?<y>\d+)-(?<m>\d+)/u, "$<m>/$<y>"), /\p{L}+/u.exec("1éß")[0],
      "aaa".match(/a*?$/).index, /(?<=\$)\d+/.exec("cost $42")[0], "a\nb".split(/\n/)]`),
  },
  sorting: {
    source: body(`let s = 1; const next = () => (s = (s * 48271) % 2147483647);
      const a = Array.from({ length: 3000 }, () => ({ k: next() % 50, v: next() }));
      return a.sort((x, y) => x.k - y.k).map((x) => x.v).slice(0, 40)`),
  },
  "dates and randomness": {
    source:
      body(`return [new Date().toISOString(), String(new Date(2024, 1, 29, 12)), Date.parse("2024-03-10T02:30:00"),
      new Date(0).toLocaleString(), Math.random(), Math.random(), process.argv, process.env]`),
  },
  logs: {
    source: body("console.log(new Map([[1, { a: [1.5, 'x', 2n] }]]), new Error('e'), -0); console.error(Symbol('s'))"),
  },
  promises: {
    source: `const log = []; export default async () => { const p = [1, 2, 3].map(async (x) => { await null; log.push(x); return x });
      queueMicrotask(() => log.push("m")); for await (const x of p) log.push(-x); return [log, await Promise.all(p)] }`,
  },
  "timers and copies": {
    source: `const log = []; export default async () => { const t = setInterval(() => log.push(log.length), 7);
      for (const d of [9, 3, 3.5, 0]) setTimeout((x) => log.push(x), d, "t" + d);
      await new Promise((done) => setTimeout(done, 1e3)); clearInterval(t);
      return [log.slice(0, 9), log.length, structuredClone({ d: new Date(), m: new Map([[1, log[0]]]), b: crypto.getRandomValues(new Uint8Array(40)) }),
        crypto.randomUUID()] }`,
  },
  collections: {
    source:
      body(`const m = new Map(), s = new Set(); for (let i = 0; i < 2000; i++) { m.set("k" + (i * 7919) % 1000, i); s.add(i % 321) }
      const w = new WeakMap(); const k = {}; w.set(k, 1);
      return [m.size, [...m.keys()].slice(0, 5), s.size, Object.keys({ b: 1, 2: 1, a: 1, 1: 1 }), w.get(k)]`),
  },
  "a large answer": { source: body("return 'ü'.repeat(40000)") },
  "too large an answer": { source: body("return 'x'.repeat(100000)") },
  "an error": { source: "export default () => {\n  const o = null;\n  return o.x;\n}" },
  "something thrown": { source: body("throw { code: 5, nested: { a: [1] } }") },
  "no syntax": { source: "export default () => {\n  let = ;\n}" },
  "no such entry": { source: body(""), entry: "f" },
  "no JSON": { source: body(""), input: "[1" },
  "no settling": { source: body("return new Promise(() => {})") },
  recursion: { source: body("const f = (n) => 1 + f(n + 1); return f(0)") },
  "recursion by natives": { source: body("const f = () => [1].map(f); return f()") },
  "a loop": { source: body("for (;;);"), limits: { fuel: "5000000" } },
  "a pattern without end": {
    source: body("return /^(a+)+$/.test('a'.repeat(40) + 'b')"),
    limits: { fuel: "20000000" },
  },
  "all memory": {
    source: body("const a = []; for (;;) a.push(new Array(5000).fill(a.length))"),
    limits: { memory: 2 ** 24 },
  },
  "memory caught": {
    source: body(
      "const a = []; try { for (;;) a.push(new Uint8Array(1 << 20)) } catch (e) { return [a.length, e.message] }",
    ),
    limits: { memory: 2 ** 24 },
  },
};

/** The names of the runs. */
export const PROGRAM_NAMES = Object.keys(PLAN);

/** Every run. */
export const PROGRAM_RUNS: readonly ProgramRun[] = Object.values(PLAN).map(({ limits, ...planned }) => ({
  ...{ source: "", entry: "default", input: "" },
  ...planned,
  limits: { ...LIMITS, ...limits },
}));
