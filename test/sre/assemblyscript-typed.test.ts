// AssemblyScript exports with types, from source through the build and a worker process (SPEC rules A10 to A18, J1 to J6);
// and the same values through the compiler's own loader, which knows nothing of ours.
import { type ASUtil, instantiateSync } from "@assemblyscript/loader";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assemblyScript } from "../../host/build/assemblyscript.ts";
import { typesIn } from "../../sre/wasm/abi/assemblyscript/section.ts";
import { inspect, LocalSandbox } from "../../sre/wasm/index.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { sha256, type TaskOptions, task, text } from "./support/tasks.ts";

const SOURCE = `
class Point { x: f64 = 0; y: f64 = 0; }
class Order {
  id: u64 = 0; name: string = ""; note: string | null = null; at: Point = new Point(); path: Array<Point> = [];
  tags: StaticArray<string> = []; flags: Array<bool> = []; small: StaticArray<i8> = []; raw: Array<u8> = [];
  data: Uint8Array = new Uint8Array(0); next: Order | null = null;
  constructor(start: i32) { this.id = start; }
  total(): i32 { return 1; }
}
class Base { a: i32 = 0; }
class Derived extends Base { b: i32 = 0; }
class Hidden { private x: i32 = 0; }
enum Colour { Red, Green = 7 }

export function add(a: i32, b: i32): i32 { return a + b; }
export function numbers(a: i8, b: u8, c: i16, d: u16, e: u32, f: i64, g: u64, h: f32, i: f64, j: bool, k: usize, l: isize): string {
  return [a.toString(), b.toString(), c.toString(), d.toString(), e.toString(), f.toString(), g.toString(), h.toString(), i.toString(), j.toString(), k.toString(), l.toString()].join(" ");
}
export function i8s(a: i8): i8 { return a + 1; }
export function u16s(a: u16): u16 { return a + 1; }
export function u32s(a: u32): u32 { return a - 1; }
export function i64s(a: i64): i64 { return a - 1; }
export function u64s(a: u64): u64 { return a - 1; }
export function f32s(a: f32): f32 { return a; }
export function f64s(a: f64): f64 { return a; }
export function not(a: bool): bool { return !a; }
export function colour(a: Colour): Colour { return a == Colour.Red ? Colour.Green : Colour.Red; }
export function same(order: Order): Order { for (let i = 0; i < 2000; i++) new Order(i); return order; }
export function first(orders: Array<Order | null>): Order | null { return orders[0]; }
export function grid(a: Array<Array<i32>>): Array<Array<i32>> { a.reverse(); return a; }
export function floats(a: Float64Array): Float64Array { a.sort(); return a; }
export function singles(a: Float32Array): Array<f32> { const b = new Array<f32>(); for (let i = 0; i < a.length; i++) b.push(a[i]); return b; }
export function longs(a: Uint64Array): StaticArray<u64> { const b = new StaticArray<u64>(a.length); for (let i = 0; i < a.length; i++) b[i] = a[i]; return b; }
export function slice(a: Int32Array): Int32Array { return a.subarray(1, 3); }
export function join(a: Array<string>, by: string): string { return a.join(by); }
export function greet(name: string): string { return "hello " + name; }
export function reverse(a: Uint8Array): Uint8Array { return a.reverse(); }
export function tail(a: ArrayBuffer): ArrayBuffer { return a.slice(1); }
export function length(a: ArrayBuffer | null): i32 { return a ? a.byteLength : -1; }
export function most(a: i32, b: i32 = 10, c: i32 = 100): i32 { return a + b + c; }
export function nothing(): void { console.log("done"); }
export function base(): Base { return new Derived(); }
export function loop(): Order { const o = new Order(1); o.next = o; return o; }
export function boom(a: i32): i32 { throw new Error("no"); }
export function hidden(a: Hidden): i32 { return 1; }
export function map(a: Map<string, i32>): i32 { return a.size; }
export function call(a: (x: i32) => i32): i32 { return a(1); }
export function generic<T>(a: T): T { return a; }
export function uses(): i32 { return generic<i32>(4); }
export function __own(a: i32): i32 { return a; }
`;

const tree = (source: string) => ({
  entry: "guest.ts",
  files: new Map([["guest.ts", new TextEncoder().encode(source)]]),
});

/** Compiled once; a busy machine takes its time. */
const COMPILE_MS = 120_000;
const compiled = assemblyScript(COMPILE_MS).compile(tree(SOURCE), "assemblyscript/2");

describe("typed exports", () => {
  const sandbox = new WasmSandbox({ workers: 1 });
  let module: Uint8Array;
  let warnings: readonly string[];
  beforeAll(async () => {
    ({ module, warnings } = await compiled);
  }, COMPILE_MS);
  afterAll(() => sandbox.close());

  const run = async (entry: string, input: string, options: TaskOptions = {}) => {
    const outcome = await sandbox.run(task(module, { abi: "assemblyscript/2", entry, input, ...options }));
    if (outcome.kind === "fault") throw new Error(outcome.message);
    return { ...outcome, text: text(outcome.output), exit: outcome.answer.exit.kind };
  };

  test("the module shows ABI and entries; what has no JSON is a warning (A10)", () => {
    const { abi, entries } = inspect(module);
    expect(abi).toBe("assemblyscript/2");
    expect(entries).toEqual(
      [...SOURCE.matchAll(/^export function (\w+)\(/gm)]
        .map(([, name]) => name!)
        .filter((name) => !["hidden", "map", "call", "__own"].includes(name)),
    );
    expect(warnings.filter((warning) => warning.includes("called"))).toEqual([
      "guest.ts: hidden can't be called: it is (guest/Hidden) => i32",
      "guest.ts: map can't be called: it is (Map<String,i32>) => i32",
      "guest.ts: call can't be called: it is ((i32) => i32) => i32",
    ]);
  });

  const ORDER = `{"at":{"x":1.5,"y":-0},"data":"AQL/","flags":[true,false],"id":"18446744073709551615","name":"zażółć","next":null,"note":"","path":[{"x":0,"y":5e-324}],"raw":"AAE=","small":[-128,127],"tags":["a","€😀"]}`;

  test.each([
    ["add", "[2, 3]", "5"],
    ["add", "[2147483647, 1]", "-2147483648"],
    [
      "numbers",
      '[-128, 255, -32768, 65535, 4294967295, "-9223372036854775808", 9007199254740991, 1.5, 1e300, true, 7, -7]',
      '"-128 255 -32768 65535 4294967295 -9223372036854775808 9007199254740991 1.5 1e+300 true 7 -7"',
    ],
    ["i8s", "[127]", "-128"],
    ["u16s", "[65535]", "0"],
    ["u32s", "[0]", "4294967295"],
    ["i64s", '["-9223372036854775808"]', '"9223372036854775807"'],
    ["u64s", "[0]", '"18446744073709551615"'],
    ["f32s", "[0.1]", "0.10000000149011612"],
    ["f32s", '["NaN"]', '"NaN"'],
    ["f64s", "[-0]", "-0"],
    ["f64s", '["-Infinity"]', '"-Infinity"'],
    ["not", "[false]", "true"],
    ["colour", "[0]", "7"],
    ["same", `[${ORDER}]`, ORDER],
    ["same", `[${ORDER.replace('"next":null', `"next":${ORDER}`)}]`, ORDER.replace('"next":null', `"next":${ORDER}`)],
    ["first", "[[null]]", "null"],
    ["first", `[[${ORDER}, null]]`, ORDER],
    ["grid", "[[[1,2],[],[3]]]", "[[3],[],[1,2]]"],
    ["floats", "[[3, 1e21, -0.5]]", "[-0.5,3,1e+21]"],
    ["singles", '[[0.5, "NaN"]]', '[0.5,"NaN"]'],
    ["longs", '[["1", 2]]', '["1","2"]'],
    ["slice", "[[1,2,3,4]]", "[2,3]"],
    ["join", '[["a","b"], "-"]', '"a-b"'],
    ["greet:json", '["Ada"]', '"hello Ada"'],
    ["greet", "Ada €😀", "hello Ada €😀"],
    ["greet", "\ufeff", "hello \ufeff"],
    ["reverse:json", '["AQI="]', '"AgE="'],
    ["reverse:json", "[[1, 2, 3]]", '"AwIB"'],
    ["reverse", "abc", "cba"],
    ["tail", "abc", "bc"],
    ["length", "[null]", "-1"],
    ["length", '["AAAA"]', "3"],
    ["most", "[1, 2, 3]", "6"],
    ["uses", "", "4"],
    ["nothing", "[]", ""],
  ])("%s of %s (A12 to A16)", async (entry, input, output) => {
    expect(await run(entry, input)).toMatchObject({ exit: "ok", text: output, note: "" });
  });

  test("an object of an extending class is no answer of its base's type (A16)", async () => {
    expect(await run("base", "")).toMatchObject({ exit: "bad-answer" });
  });

  test("an answer that comes back to itself is read so deep and no further (J6, A17)", async () => {
    expect(await run("loop", "")).toMatchObject({ exit: "output-limit", output: new Uint8Array(0) });
  });

  test.each([
    ["add", "[2]", /^the input is not what the entry takes: \$: expected an array of 2 values, found one of 1 /],
    [
      "add",
      "[2, 2147483648]",
      /\$\[1\]: expected an integer from -2147483648 to 2147483647, found the number 2147483648 /,
    ],
    ["same", `[${ORDER.replace('"x":1.5', '"x":"1.5"')}]`, /\$\[0\]\.at\.x: expected a number/],
    ["same", `[${ORDER.replace('"note":"",', "")}]`, /\$\[0\]: the field "note" is missing/],
    ["same", "[null]", /\$\[0\]: expected an object of "id", "name", "note"/],
    ["add", "", /found one of 0/],
    ["join:json", '[[1],""]', /\$\[0\]\[0\]: expected a string, found the number 1/],
  ])("%s of %s is a bad input (A17)", async (entry, input, note) => {
    const outcome = await run(entry, input);
    expect(outcome).toMatchObject({ exit: "bad-input", note: expect.stringMatching(note), text: "" });
    // The text, and what making the instance costs.
    const none = (await run("add", "")).answer.fuel;
    expect(outcome.answer.fuel - none).toBe(BigInt(Buffer.byteLength(input)));
  });

  test("an input that is no UTF-8 is a bad input (J1, A17)", async () => {
    const outcome = await sandbox.run(
      task(module, { abi: "assemblyscript/2", entry: "add", input: Uint8Array.of(0x5b, 0xff, 0x5d) }),
    );
    expect(outcome).toMatchObject({ note: "the input is not UTF-8", answer: { exit: { kind: "bad-input" } } });
  });

  test("texts cost a unit of fuel a byte (A18)", async () => {
    const fuelOf = async (entry: string, input: string) => (await run(entry, input)).answer.fuel;
    expect((await fuelOf("add", `[${" ".repeat(1_000)}2,3]`)) - (await fuelOf("add", "[2,3]"))).toBe(1_000n);
    const whole = await run("f64s", "[123456789]");
    expect((whole.answer.fuel - (await fuelOf("f64s", "[1]"))) as bigint).toBe(16n);
    const fuel = whole.answer.fuel as never;
    expect(await run("f64s", "[123456789]", { limits: { fuel } })).toMatchObject({ exit: "ok" });
    const less = { limits: { fuel: (whole.answer.fuel - 1n) as never } };
    expect(await run("f64s", "[123456789]", less)).toMatchObject({ exit: "out-of-fuel" });
  });

  test("the output limit is exact", async () => {
    expect(await run("greet:json", '["€"]', { limits: { output: 11 } })).toMatchObject({ exit: "ok" });
    expect(await run("greet:json", '["€"]', { limits: { output: 10 } })).toMatchObject({ exit: "output-limit" });
    expect(await run("greet", "€", { limits: { output: 9 } })).toMatchObject({ exit: "ok" });
    expect(await run("greet", "€", { limits: { output: 8 } })).toMatchObject({ exit: "output-limit" });
  });

  test("a guest that throws has no answer, whatever its types", async () => {
    expect(await run("boom", "[1]")).toMatchObject({ exit: "trap", text: "" });
  });

  test("an entry that is none, or spelled otherwise (A14)", async () => {
    for (const entry of ["nope", "add:bytes", "add:json:json", "hidden", "__new", "memory"]) {
      expect(await run(entry, "[1,2]")).toMatchObject({ exit: "invalid-module" });
    }
  });

  test("the same module is one of assemblyscript/1 to whoever asks for that", async () => {
    const outcome = await sandbox.run(task(module, { abi: "assemblyscript/1", entry: "greet", input: "Ada" }));
    expect(outcome).toMatchObject({ answer: { exit: { kind: "ok" } } });
    expect(await run("add:json", "[1,2]", { abi: "assemblyscript/1" })).toMatchObject({ exit: "invalid-module" });
  });
});

describe("the compiler's loader reads and writes the same values", () => {
  let module: Uint8Array;
  beforeAll(async () => {
    ({ module } = await compiled);
  }, COMPILE_MS);
  const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });
  const ours = async (entry: string, ...args: readonly unknown[]): Promise<unknown> => {
    const input = JSON.stringify(args, (_, value: unknown) => (Object.is(value, -0) ? 0 : value));
    const outcome = await sandbox.run(task(module, { abi: "assemblyscript/2", entry, input }));
    if (outcome.kind === "fault") throw new Error(outcome.message);
    return JSON.parse(text(outcome.output)) as unknown;
  };
  const env: Record<string, unknown> = { "console.log": () => undefined };
  /** The module as it is, by the loader. */
  const theirs = () =>
    instantiateSync<ASUtil & Record<string, (...args: readonly unknown[]) => number>>(module, {
      env,
    }).exports;

  test("strings in arrays (A15, A16)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" })), fc.string(), async (texts, by) => {
        const guest = theirs();
        const pointers = texts.map((one) => guest.__pin(guest.__newString(one)));
        const pointer = guest.__pin(guest.__newArray(idOf(module, "join", 0), pointers));
        expect(await ours("join", texts, by)).toBe(guest.__getString(guest["join"]!(pointer, guest.__newString(by))));
      }),
      { numRuns: 50 },
    );
  });

  test("typed arrays (A15, A16)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0)),
        async (numbers) => {
          const guest = theirs();
          const pointer = guest.__newArray(idOf(module, "floats", 0), numbers);
          const sorted = guest.__getFloat64Array(guest["floats"]!(pointer));
          expect(await ours("floats", numbers)).toEqual([...sorted].map((one) => (one === 0 ? 0 : one)));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("arrays of arrays (A15, A16)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.integer(), { maxLength: 5 }), { maxLength: 5 }), async (rows) => {
        const guest = theirs();
        const [outer, inner] = [idOf(module, "grid", 0), idOf(module, "grid", 0, true)];
        const pointers = rows.map((row) => guest.__pin(guest.__newArray(inner, row)));
        const answer = guest["grid"]!(guest.__pin(guest.__newArray(outer, pointers)));
        expect(await ours("grid", rows)).toEqual(guest.__getArray(answer).map((row) => guest.__getArray(row)));
      }),
      { numRuns: 50 },
    );
  });
});

/** The runtime id of a function's parameter, or of its elements, out of the module's own section. */
function idOf(module: Uint8Array, name: string, param: number, element = false): number {
  interface Row {
    readonly [kind: string]: { readonly id: number; readonly element: number };
  }
  const { types, functions } = JSON.parse(typesIn(module)!) as {
    readonly types: readonly Row[];
    readonly functions: readonly { readonly name: string; readonly params: readonly number[] }[];
  };
  const index = functions.find((one) => one.name === name)!.params[param]!;
  const row = Object.values(types[index]!)[0]!;
  return element ? Object.values(types[row.element]!)[0]!.id : row.id;
}
