// Work past the limit (SPEC rule F11): what a guest does between two looks at its counter is one stretch without a loop,
// so it grows with the size of the code and not faster, whatever shape the code has and whoever leaves a look to whom.
// Measured on the rewritten module: the oracle counts each of its instructions, ours too. With rising fuel a run goes
// on from look to look; the longest way from one stop to the next is the most that is done past a limit.
import { describe, expect, test } from "vitest";
import { rewrite } from "../../../sre/wasm/rewrite/index.ts";
import { readModule } from "../../../sre/wasm/rewrite/module/index.ts";
import { random } from "../../support/state-tree.ts";
import { drawModule } from "../fuzz/module.ts";
import { crossing, instrument } from "../oracle/instrument.ts";
import { rewritten } from "../support/meter.ts";
import { wat } from "../support/wat.ts";

/** Units per byte of a module's size (M10) at most: a call of a function that checks nothing, 500 for 36 bytes, and ours. */
const PER_BYTE = 20;
/** Fuel up to which a run is looked at. */
const MOST = 20_000;

/** The longest stretch between two stops of the export `name`, in units of the oracle's naive count. */
function longestStretch(bytes: Uint8Array, name: string, args: readonly (number | bigint)[] = []): number {
  const module = new WebAssembly.Module(instrument(bytes).bytes);
  const run = (fuel: number) => {
    const { exports } = new WebAssembly.Instance(module, {});
    const set = (global: string, value: number | bigint) => {
      (exports[global] as WebAssembly.Global<number | bigint>).value = value;
    };
    // The rewritten module's counters, then the oracle's own, which stop nothing.
    for (const [global, value] of [
      ["..fuel", BigInt(fuel)],
      ["..stack", 262_144],
      ["..pages", 100],
      ["limit", 2n ** 60n],
      ["stack", 2 ** 31 - 1],
      ["pages", 100],
    ] as const) {
      set(global, value);
    }
    try {
      (exports[`.${name}`] as (...values: unknown[]) => unknown)(...args);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    }
    const left = (exports["..fuel"] as WebAssembly.Global<bigint>).value;
    return { work: Number((exports["naive"] as WebAssembly.Global<bigint>).value), used: fuel - Number(left) };
  };
  const first = run(0).work;
  const high = Math.min(run(MOST).used, MOST);
  let longest = first;
  const open = [{ low: 0, high, from: first, to: run(high).work }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { low, high, from, to } = next;
    if (to - from <= longest) continue;
    if (high - low <= 1) {
      longest = to - from;
      continue;
    }
    const middle = Math.floor((low + high) / 2);
    const { work } = run(middle);
    const halves = [
      { low, high: middle, from, to: work },
      { low: middle, high, from: work, to },
    ];
    // The longer half is looked at first: most of the others need no look then.
    open.push(...halves.sort((left, right) => left.to - left.from - (right.to - right.from)));
  }
  return longest;
}

const STEP = "(local.set $x (i32.add (local.get $x) (i32.const 1)))";
const f = (body: string, name = `(export "f")`) => `(func ${name} (param $x i32) ${body})`;
const some = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join("\n");
const leaf = f(`(if (local.get $x) (then ${STEP.repeat(60)})) ${STEP.repeat(60)}`, "$leaf");
const flat = f(STEP.repeat(20), "$flat");
const checks = f("(call $leaf (local.get $x)) (call $leaf (local.get $x))", "$checks");

/** Shapes of code, `n` times as large. */
const SHAPES: readonly [what: string, make: (n: number) => string][] = [
  ["straight code", (n) => f(STEP.repeat(n))],
  ["an if after the other", (n) => f(`(if (local.get $x) (then ${STEP})) ${STEP}`.repeat(n))],
  ["cold regions", (n) => f(`(if (i32.const 0) (then ${STEP.repeat(20)} (unreachable))) ${STEP}`.repeat(n))],
  [
    "a ladder of branches through tables",
    (n) => {
      const labels = Array.from({ length: n }, (_, at) => at).join(" ");
      const ladder = `${"block ".repeat(n)} local.get $x br_table ${labels} ${`end ${STEP} `.repeat(n)}`;
      return f(`${ladder} ${ladder}`);
    },
  ],
  ["calls of a function that checks nothing", (n) => `${leaf} ${f("(call $leaf (local.get $x))".repeat(n))}`],
  ["calls of a function that its callers pay for", (n) => `${flat} ${f("(call $flat (local.get $x))".repeat(n))}`],
  [
    "a chain of functions that leave their look to the next",
    (
      n,
    ) => `${some(n, (at) => f(`${STEP.repeat(20)} (call $${at + 1} (local.get $x))`, at === 0 ? `$0 (export "f")` : `$${at}`))}
      ${f("(loop)", `$${n}`)}`,
  ],
  [
    "a chain of tail calls",
    (
      n,
    ) => `${some(n, (at) => f(`${STEP.repeat(20)} (return_call $${at + 1} (local.get $x))`, at === 0 ? `$0 (export "f")` : `$${at}`))}
      ${f("(loop)", `$${n}`)}`,
  ],
  [
    "a chain of late functions",
    (
      n,
    ) => `${some(n, (at) => f(`${STEP.repeat(20)} (if (local.get $x) (then (call $${at + 1} (local.get $x))))`, at === 0 ? `$0 (export "f")` : `$${at}`))}
      ${f("(loop)", `$${n}`)}`,
  ],
  [
    "late functions called in a row",
    (n) =>
      `${leaf} ${f("(if (i32.const 0) (then (call $leaf (i32.const 0)))) (if (i32.const 0) (then (call $leaf (i32.const 0)) (unreachable)))", "$late")} ${f("(call $late (i32.const 1))".repeat(n))}`,
  ],
  [
    "functions that call the next twice",
    (
      n,
    ) => `${some(n / 4, (at) => f(`(call $${at + 1} (local.get $x)) ${STEP} (call $${at + 1} (local.get $x))`, at === 0 ? `$0 (export "f")` : `$${at}`))}
      ${f(STEP, `$${n / 4}`)}`,
  ],
  [
    "late functions that call the next twice",
    (
      n,
    ) => `${some(n / 4, (at) => f(`(if (local.get $x) (then (call $${at + 1} (local.get $x)) ${STEP} (call $${at + 1} (local.get $x))))`, at === 0 ? `$0 (export "f")` : `$${at}`))}
      ${leaf} ${f("(call $leaf (local.get $x)) (call $leaf (local.get $x))", `$${n / 4}`)}`,
  ],
  [
    "loops whose headers leave their look",
    (n) => `${leaf} ${checks} ${f(`(loop ${STEP.repeat(20)} (call $checks (local.get $x)))`.repeat(n))}`,
  ],
  ["a loop that goes round often", (n) => f(`(loop ${STEP} (br_if 0 (i32.lt_u (local.get $x) (i32.const ${n * n}))))`)],
  ["loops in loops, each left at once", (n) => f(`${"(loop ".repeat(n)} ${")".repeat(n)}`)],
  [
    "calls through a table",
    (n) =>
      `(table funcref (elem $leaf)) ${leaf} ${f("(call_indirect (param i32) (local.get $x) (i32.const 0))".repeat(n))}`,
  ],
  [
    "recursion",
    (n) =>
      `${f(`${STEP.repeat(n)} (if (i32.lt_u (local.get $x) (i32.const ${40 * n})) (then (call $f (local.get $x)) (call $f (local.get $x))))`, `$f (export "f")`)}`,
  ],
  [
    "memory filled",
    (n) => `(memory 1) ${f(`(memory.fill (i32.const 0) (i32.const 0) (i32.const 8)) ${STEP}`.repeat(n))}`,
  ],
];

describe("the longest stretch between two looks (F11)", () => {
  test.each(SHAPES)("of %s grows with the code and not faster", (_, make) => {
    const sources = [16, 64].map((n) => wat(`(module ${make(n)})`));
    const [small, large] = sources.map((source) => longestStretch(rewritten(source), "f", [1]));
    // Four times the code.
    expect(large! / small!).toBeLessThan(4.5);
    const { size } = readModule(sources[1]!, new Set());
    expect(large).toBeLessThan(PER_BYTE * size);
  });

  test("of random modules is within the bound, too", () => {
    const next = random(20_261_201);
    const zeros = { i: 0, l: 0n, e: null, c: null };
    let looked = 0;
    while (looked < 12) {
      const drawn = drawModule(next(2 ** 32), { exceptions: false, memory64: false, multiMemory: false });
      if (drawn.imports.length > 0) continue;
      const result = rewrite(drawn.bytes, { refuseImport: () => null, keepExport: () => true });
      if (result.kind === "refused") throw new Error(result.refusal.message);
      const { size } = readModule(drawn.bytes, new Set());
      for (const { name, params } of drawn.entries.slice(0, 3)) {
        const args = [...crossing(params)].map((type) => zeros[type as keyof typeof zeros] as number);
        const spelled = name.startsWith(".") ? `.${name}` : name;
        expect(longestStretch(result.module.bytes, spelled, args)).toBeLessThan(PER_BYTE * size);
      }
      looked++;
    }
  });
});
