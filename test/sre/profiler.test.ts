// The profile of where fuel goes: of every run of the vector file it adds up to the answer's fuel to the unit, whatever
// the end, and the run that is watched gives the same answer and memory as one that is not.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Context, Digest, Fuel } from "../../chain/protocol/index.ts";
import { findAbi } from "../../sre/wasm/abi/index.ts";
import { compile, type Job, type Prepared } from "../../sre/wasm/engine.ts";
import { type Examined, examine } from "../../sre/wasm/examine.ts";
import { PROFILES } from "../../sre/wasm/index.ts";
import { means } from "../../sre/wasm/means.ts";
import { OUTSIDE, type ProfileNode } from "../../sre/wasm/profiler.ts";
import { rewrite } from "../../sre/wasm/rewrite/index.ts";
import { planModules } from "../engines/proof/cases.ts";
import type { RunEnd, RunSpec } from "../engines/proof/job.ts";
import { sha256 } from "./support/tasks.ts";
import { namedWat, wat } from "./support/wat.ts";

const VECTORS = join(import.meta.dirname, "../data/wasm-vectors.json");
const LIMITS = { fuel: 1_000_000n as Fuel, memory: 16 * 65_536, stack: 262_144, output: 1_000, logs: 1_000 };
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex") as Digest;
const SEED = digest(new Uint8Array(0));

function prepare(source: Uint8Array, name: string): Prepared {
  const abi = findAbi(name)!;
  return compile(abi.form(source, PROFILES.at(-1)!, means, "calls"), source, abi, means.evaluate);
}

function jobOf({ context: given, entry, input, limits }: RunSpec): Job {
  const { args = [], env = {}, files = {} } = given ?? {};
  const blobs = Object.entries(files).map(([path, hex]) => [path, Buffer.from(hex, "hex")] as const);
  const refs = blobs.map(([path, bytes]) => [path, { sha256: digest(bytes), size: bytes.length }] as const);
  const context: Context = {
    ...{ args: [...args], capabilities: [], clock: 1_000n, env: { ...env }, seed: SEED },
    files: Object.fromEntries(refs),
  };
  return {
    ...{ entry, context, files: new Map(blobs.map(([, bytes]) => [digest(bytes), bytes])), trace: null },
    ...{ input: Buffer.from(input, "hex"), limits: { ...limits, fuel: BigInt(limits.fuel) as Fuel } },
  };
}

const sum = (profile: readonly ProfileNode[]): bigint => profile.reduce((all, { self }) => all + self, 0n);

describe("every run of the vector file", () => {
  type Vector = { readonly runs: readonly (Omit<RunSpec, "module"> & RunEnd)[] };
  const vectors = JSON.parse(readFileSync(VECTORS, "utf8")) as Readonly<Record<string, Vector>>;
  const modules = planModules();

  test.each(Object.keys(vectors))("%s", (module) => {
    const ready = new Map<string, Prepared>();
    for (const { abi, entry, input, context, limits, ...wanted } of vectors[module]!.runs) {
      const prepared = ready.get(abi) ?? prepare(modules[module]!, abi);
      ready.set(abi, prepared);
      const spec = { module, abi, entry, input, limits, ...(context && { context }) };
      const { ending, memories, profile } = examine(prepared, jobOf(spec), sha256);
      if (ending.kind === "fault") throw new Error(ending.message);
      const { calls, exit, fuel, logs, output } = ending;
      const told = {
        ...{ exit: exit.kind, fuel: String(fuel), output: digest(output), logs: digest(logs) },
        ...{ calls: `${calls.count} ${calls.sha256}`, memory: wanted.memory === "" ? "" : digest(memories[0]!) },
      };
      expect({ spec, ...told }).toEqual({ spec, ...wanted });
      expect([spec, sum(profile)]).toEqual([spec, fuel]);
      for (const { calls: count, self } of profile) expect(count >= 0 && self >= 0n).toBe(true);
    }
  });
});

/** A run of a module of the ABI `bytes/1`. */
function run(
  fields: string,
  limits: Partial<typeof LIMITS> = {},
): Examined & { readonly tree: Record<string, unknown> } {
  const text = `(module (import "lockstep" "log" (func $log (param i32 i32))) (memory (export "memory") 1)
    (func $alloc (export "alloc") (param i32) (result i32) (i32.const 0)) ${fields})`;
  const prepared = prepare(namedWat(text), "bytes/1");
  const context: Context = { args: [], capabilities: [], clock: 0n, env: {}, files: {}, seed: SEED };
  const job = { entry: "run", input: new Uint8Array(), limits: { ...LIMITS, ...limits }, context, files: new Map() };
  const seen = examine(prepared, { ...job, trace: null }, sha256);
  if (seen.ending.kind === "fault" || prepared.kind !== "ready") throw new Error("no answer");
  expect(sum(seen.profile)).toBe(seen.ending.fuel);
  const { names } = prepared.infos[0]!.watched!;
  const path = (node: number): string => {
    const { function: index, parent } = seen.profile[node]!;
    if (index < 0) return OUTSIDE[node]!;
    const own = names[index]!;
    return seen.profile[parent]!.function < 0 && parent === 0 ? own : `${path(parent)};${own}`;
  };
  const tree = seen.profile.map(({ calls, self }, node) => [path(node), [calls, Number(self)]] as const);
  return { ...seen, tree: Object.fromEntries(tree.filter(([, [calls, self]]) => calls > 0 || self > 0)) };
}

/** The tree of a run that ends so. */
function treeOf(fields: string, exit: string, limits: Partial<typeof LIMITS> = {}): Record<string, unknown> {
  const { ending, tree } = run(fields, limits);
  expect(ending.kind === "exit" && ending.exit.kind).toBe(exit);
  const { "[host]": _, "[instance]": __, alloc: ___, ...own } = tree;
  return own;
}

const ENTRY = '(func $run (export "run") (param i32 i32) (result i64)';
/** Costs 1, 1 for each time round, and 8 in each; not flat for its loop. */
const LEAF = `(func $leaf (param i32)
  (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`;

describe("the tree", () => {
  test("has each way to a function, with what was charged while it ran and how often it was called", () => {
    const tree = treeOf(
      `${LEAF} (func $twice (call $leaf (i32.const 1)) (call $leaf (i32.const 3)))
      ${ENTRY} (call $log (i32.const 0) (i32.const 80)) (call $twice) (call $leaf (i32.const 1)) (i64.const 0))`,
      "ok",
    );
    expect(tree).toEqual({
      run: [1, 1 + 50 + 5 + 5],
      "run;lockstep.log": [1, 80 / 8],
      "run;twice": [1, 1 + 5 + 5],
      "run;twice;leaf": [2, 1 + 7 + 1 + 3 * 7],
      "run;leaf": [1, 8],
    });
  });

  test("what flat functions cost is their callers'", () => {
    const tree = treeOf(`(func $flat (drop (i32.load (i32.const 0)))) ${ENTRY} (call $flat) (i64.const 0))`, "ok");
    expect(tree).toEqual({ run: [1, 1 + 5 + 3] });
  });

  test("after a tail call the caller is no more", () => {
    const tree = treeOf(
      `${LEAF} (type $t (func)) (table funcref (elem $c)) (func $c (call $leaf (i32.const 1)))
      (func $b (return_call_indirect (type $t) (i32.const 0))) (func $a (return_call $b))
      (func $d (return_call $log (i32.const 0) (i32.const 16)))
      ${ENTRY} (call $a) (call $d) (call $leaf (i32.const 1)) (i64.const 0))`,
      "ok",
    );
    expect(tree).toEqual({
      ...{ run: [1, 16], "run;a": [1, 6], "run;b": [1, 17], "run;c": [1, 6], "run;c;leaf": [1, 8] },
      ...{ "run;d": [1, 51], "run;d;lockstep.log": [1, 2], "run;leaf": [1, 8] },
    });
  });

  test("an exception ends the functions that it passes over, also of those that call themselves", () => {
    const tree = treeOf(
      `${LEAF} (tag $e)
      (func $dive (param i32) (if (i32.eqz (local.get 0)) (then (throw $e))) (call $dive (i32.sub (local.get 0) (i32.const 1))))
      (func $catch (param i32)
        (block $caught
          (try_table (catch $e $caught)
            (if (local.get 0) (then (call $catch (i32.sub (local.get 0) (i32.const 1)))))
            (call $dive (i32.const 3))))
        (call $leaf (i32.const 1)))
      (func $own (try_table (catch $e 0) (call $dive (i32.const 0))))
      ${ENTRY} (call $catch (i32.const 1)) (call $own) (call $leaf (i32.const 1)) (i64.const 0))`,
      "ok",
    );
    expect(Object.keys(tree)).toEqual([
      ...["run", "run;catch", "run;catch;catch"],
      ...["", ";dive", ";dive;dive", ";dive;dive;dive"].map((more) => `run;catch;catch;dive${more}`),
      "run;catch;catch;leaf",
      ...["", ";dive", ";dive;dive", ";dive;dive;dive"].map((more) => `run;catch;dive${more}`),
      ...["run;catch;leaf", "run;own", "run;own;dive", "run;leaf"],
    ]);
  });

  const f = { "run;f": [1, 1 + 2 + 5], "run;f;g": [1, 2] };
  test.each([
    ["a trap", "trap", "(call $f) (unreachable)", {}, { run: [1, 1 + 5], ...f }],
    [
      ...["a trap whose region was charged long before", "trap"],
      ...["(call $f) (drop (i32.div_u (i32.const 1) (i32.const 0)))", {}, { run: [1, 1 + 5 + 10], ...f }],
    ],
    [
      "a trap whose region does not count (F7)",
      "trap",
      "(call $f) (call $quiet)",
      {},
      { run: [1, 11], ...f, "run;quiet": [1, 0] },
    ],
    [
      ...["a trap behind a check point in the middle of its caller", "trap"],
      "(loop) (if (i32.const 1) (then (drop (i32.load (i32.const 0))) (call $quiet)))",
      ...[{}, { run: [1, 1 + 4 + 1], "run;quiet": [1, 0] }],
    ],
    [
      ...["a trap after many calls that no check point counted", "trap"],
      `${"(call $kept (i32.const 1)) ".repeat(253)} (call $quiet)`,
      ...[{}, { run: [1, 1 + 5 * 254], "run;kept": [253, 0], "run;quiet": [1, 0] }],
    ],
    [
      "the end of the fuel in a loop",
      "out-of-fuel",
      "(call $leaf (i32.const 0))",
      {},
      { run: [1, 6], "run;leaf": [1, 995_525] },
    ],
    [
      ...["the end of the fuel in a host call", "out-of-fuel", "(call $log (i32.const 0) (i32.const 60000))"],
      ...[{ fuel: 6_000n }, { run: [1, 51], "run;lockstep.log": [1, 1_480] }],
    ],
    [
      "growth, and growth that is refused",
      "ok",
      "(drop (memory.grow (i32.const 99))) (drop (memory.grow (i32.const 3)))",
      {},
      { run: [1, 1 + 20_000 + 3 * 4096] },
    ],
    ["no fuel for an instance", "out-of-fuel", "", { fuel: 100n }, {}],
  ] as const)("adds up at %s", (_, exit, code, limits, tree) => {
    const fields = `${LEAF} (func $f (drop (i32.load (i32.const 0))) (call $g)) (func $g (loop))
      (elem declare func $quiet $kept) (func $kept (param i32) (drop (i32.div_u (i32.const 1) (local.get 0))))
      (func $quiet (drop (i32.div_u (i32.const 1) (i32.const 0))))`;
    expect(treeOf(`${fields} ${ENTRY} ${code} (i64.const 0))`, exit, limits as Partial<typeof LIMITS>)).toEqual(tree);
  });

  test("adds up at the end of the stack; what lies deep is told by function", () => {
    const tree = treeOf(`(func $down (call $down)) ${ENTRY} (call $down) (i64.const 0))`, "stack");
    expect(Object.keys(tree)).toHaveLength(128 + 1);
    expect(tree).toMatchObject({ run: [1, 6], "run;down;down": [1, 6], "[deeper];down": [3_968, 6 * 3_968] });
  });

  test("of more ways than are told apart, the rest is told by function", () => {
    const side = (own: string, other: string) => `(func $${own} (param i32)
      (if (local.get 0) (then (call $${own} (i32.sub (local.get 0) (i32.const 1)))
        (call $${other} (i32.sub (local.get 0) (i32.const 1))))))`;
    const fields = `${side("l", "r")} ${side("r", "l")} ${ENTRY} (call $l (i32.const 16)) (i64.const 0))`;
    const { profile, tree } = run(fields, { fuel: 100_000_000n as Fuel });
    expect(profile.length).toBeLessThan(20_010);
    expect(Object.keys(tree).filter((path) => path.startsWith("[deeper]"))).toEqual(["[deeper];r", "[deeper];l"]);
    expect(profile.reduce((all, { calls, function: index }) => all + (index < 0 ? 0 : calls), 0)).toBe(2 ** 17 + 1);
  });
});

describe("a module that is not watched", () => {
  test("has no probe, and one whose memories are watched has the same code", () => {
    const source = wat(readFileSync(join(import.meta.dirname, "../data/wasm/multi-memory.wat"), "utf8"));
    const bytes = (watch: "memories" | "calls" | null) => {
      const result = rewrite(source, { refuseImport: () => null, keepExport: () => true, watch });
      if (result.kind === "refused") throw new Error(result.refusal.message);
      return new WebAssembly.Module(result.module.bytes);
    };
    const exports = (module: WebAssembly.Module) => WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(exports(bytes(null)).filter((name) => name.startsWith("."))).toEqual([
      ".fuel",
      ".stack",
      ".end",
      ".pages",
      ".memory",
    ]);
    expect(exports(bytes("memories"))).toContain(".memory 1");
    expect(exports(bytes("calls"))).toContain(".probes");
  });
});
