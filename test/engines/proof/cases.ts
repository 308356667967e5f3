// The modules of test/data/wasm and the runs of each that are pinned: an input per path, and limits per edge.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ALL_TYPES } from "../../sre/support/typed.ts";
import { wat } from "../../sre/support/wat.ts";
import type { Case, RunSpec } from "./job.ts";
import { OPERATIONS } from "./operations.ts";
import { WASI_CASES, WASI_TEXTS } from "./wasi.ts";

/** The folder of the modules. */
const MODULES = join(import.meta.dirname, "../../data/wasm");

/** Limits that no run reaches unless it means to. */
const LIMITS = { fuel: "4000000", memory: 64 * 65_536, stack: 262_144, output: 100_000, logs: 10_000 };

const paths = (count: number, edges = false): Case[] =>
  Array.from({ length: count }, (_, index) => ({ input: byte(index), edges }));
const byte = (value: number) => value.toString(16).padStart(2, "0");
/** The path and a length as four bytes, little-endian. */
const lengths = (path: number, ...values: number[]): Case[] =>
  values.map((value) => ({
    input: byte(path) + [0, 8, 16, 24].map((shift) => byte((value >>> shift) & 0xff)).join(""),
    edges: true,
  }));

/** An argument of `objects.wasm`. */
const ORDER =
  '{"id":"18446744073709551615","balance":"-9223372036854775808","small":127,"byte":255,"short":-32768,"word":65535,' +
  '"whole":-2147483648,"count":0,"open":true,"name":"zażółć 😀","note":"","at":{"x":0.1,"y":-0},"path":[],' +
  '"tags":["a","\\u20ac"],"data":"AQL/","buffer":[0,255],"samples":[3,-0,"NaN","-Infinity",1e-45],' +
  '"totals":["1",-1],"next":null}';

/** Every module and its runs. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  "everything.wat": [{ edges: true }],
  "floats.wat": [{ edges: true }],
  "recursion.wat": [{}, { limits: { stack: 100_000 } }],
  operations: [{ limits: { fuel: "400000000" }, edges: true }],
  "operations-simd": [{ limits: { fuel: "400000000" }, edges: true }],
  "traps.wat": [...paths(16, true), { input: "00", limits: { fuel: "0" } }],
  "bulk.wat": [
    ...lengths(0, 0, 1, 7, 8, 1_000, 131_056, 131_057, 0xffff_ffff),
    ...lengths(1, 0, 64, 9_999, 131_040, 131_039),
    ...lengths(2, 0, 42, 43),
    ...lengths(3, 0, 63, 64, 0xffff_ffff),
    ...lengths(4, 0, 55, 56),
    ...lengths(5, 8, 9),
    ...lengths(6, 300),
    { input: "00f0ff0100", limits: { fuel: "17000" } },
  ],
  "growth.wat": [
    { input: "00", edges: true },
    { input: "0105", edges: true },
    { input: "27", edges: true },
    { input: "2801", edges: true },
    { input: "0aff0a", limits: { memory: 12 * 65_536 + 1 }, edges: true },
    { input: "01", limits: { memory: 65_536 } },
    { input: "01", limits: { memory: 65_535 } },
  ],
  "tables.wat": [{ input: "00" }, { input: "05", edges: true }, { input: "26" }, { input: "27", edges: true }],
  "host.wat": [
    ...paths(7, true),
    { input: "01", limits: { logs: 100 } },
    { input: "00", limits: { output: 18 } },
    { input: "00", limits: { output: 17 } },
  ],
  "stack.wat": [
    ...paths(5),
    ...paths(5).map((one) => ({ ...one, limits: { stack: 131_072 } })),
    { input: "04", limits: { stack: 60_000 }, edges: true },
    { limits: { stack: 0 } },
  ],
  "values.wat": [{ edges: true }, { input: "01" }, { input: "0102" }],
  "tail.wat": paths(4, true),
  "constants.wat": [{ edges: true }],
  "start-trap.wat": [{ edges: true }],
  "segment-trap.wat": [{}],
  "dead.wat": [{ input: "40", edges: true }, { input: "4e" }, { input: "60", edges: true }],
  "boundary.wat": [{ edges: true }],
  "imported.wat": [{ edges: true }],
  "simd.wat": [{ edges: true }],
  "exceptions.wat": paths(5, true),
  "memory64.wat": [{ edges: true }, { input: "00", edges: true }],
  "multi-memory.wat": [{ edges: true }],
  "shared.wat": [{}],
  "strings.wasm": ["", "one", " alpha, beta ,gamma", "zażółć,\u{1f9ee}", "a,b,c,d"].map((text, index) => ({
    abi: "assemblyscript/1",
    input: Buffer.from(text).toString("hex"),
    edges: index === 2,
  })),
  "typed.wasm": [
    ...typed("add", [3_000_000_000, 7], "[1]", "[1, 2"),
    ...typed("half", [0.1, "NaN"], ["-Infinity", 5e-324]),
    ...typed("greet-twice", ["Ada \u0000 😀"]),
    ...typed("demo:all/types@0.1.0#echo", [ALL_TYPES]),
    ...typed("demo:all/types@0.1.0#try", [{ ok: 3 }], [{ error: "no" }]),
    ...typed("demo:all/types@0.1.0#nothing", ""),
    ...typed("text", [[1, 255]]),
    ...typed("text-at", [65_530, 10], [0, 0], [-1, 1]),
    ...typed("spin", ""),
  ],
  "command.wasm": typed("wasi:cli/run@0.2.3#run", "hello you", ""),
  ...WASI_CASES,
  "objects.wasm": [
    `[${ORDER},3]`,
    `[${ORDER.replace(`"next":null`, `"next":${ORDER}`)}, 0]`,
    `[${ORDER},"3"]`,
    `[${ORDER.replace("0.1", "1e-400")},1]`,
    "[]",
  ].map((text, index) => ({
    abi: "assemblyscript/2",
    input: Buffer.from(text).toString("hex"),
    edges: index < 2,
  })),
};

/** Calls of the component whose world and core module lie beside it. */
function typed(entry: string, ...inputs: unknown[]): Case[] {
  const spelled = inputs.map((input) => (typeof input === "string" ? input : JSON.stringify(input)));
  return spelled.map((input) => ({
    abi: "component/1",
    entry,
    input: Buffer.from(input).toString("hex"),
    edges: true,
  }));
}

/** A run before its edges are known. */
export interface Planned {
  readonly spec: RunSpec;
  readonly edges: boolean;
}

/** Every planned run, in order. */
export const PLAN: readonly Planned[] = Object.entries(CASES).flatMap(([module, cases]) =>
  cases.map(({ abi = "bytes/1", entry = "run", input = "", context, limits = {}, edges = false }) => ({
    spec: { module, abi, entry, input, ...(context && { context }), limits: { ...LIMITS, ...limits } },
    edges,
  })),
);

/** The modules that the plan names, as bytes. */
export function planModules(): Readonly<Record<string, Uint8Array>> {
  const bytesOf = (name: string) => {
    if (name.endsWith(".wasm")) return new Uint8Array(readFileSync(join(MODULES, name)));
    return wat(OPERATIONS[name] ?? WASI_TEXTS[name] ?? readFileSync(join(MODULES, name), "utf8"));
  };
  return Object.fromEntries(Object.keys(CASES).map((name) => [name, bytesOf(name)]));
}

/** A run with exactly the fuel that it used, and with one less. */
export function edgesOf({ spec }: Planned, used: bigint): RunSpec[] {
  const fuels = used === 0n ? [used] : [used, used - 1n];
  return fuels.map((fuel) => ({ ...spec, limits: { ...spec.limits, fuel: String(fuel) } }));
}
