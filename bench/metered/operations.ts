// One small module per kind of instruction: a loop over the instruction in its usual and in its worst circumstances, for
// calibrating what it should cost. Each step depends on the step before, so that the time is the instruction's own and
// not hidden behind another's.

/** A kind of instruction in certain circumstances. */
export interface Operation {
  readonly name: string;
  /** Its name in the cost table. */
  readonly price: string;
  /** Text of one step; locals i32 $a $b $k, i64 $x $y, f32 $f $g, f64 $d $e, v128 $v $w; $k is random by `random`. */
  readonly step: string;
  /** Text before the loop. */
  readonly before?: string;
  /** Text of fields that no other operation needs. */
  readonly fields?: string;
  /** Pages of memory, all of them written to before the measurement. */
  readonly pages?: number;
  /** Whether each line of memory holds the address of a line far away, as one long random ring. */
  readonly ring?: boolean;
  /** Steps in one turn of the loop. */
  readonly unrolled?: number;
  /** Turns of the loop that take some milliseconds. */
  readonly turns?: number;
}

/** Advances the random $k; its upper bits are good. */
const RANDOM = "(local.set $k (i32.add (i32.mul (local.get $k) (i32.const 1664525)) (i32.const 1013904223)))";
const a = (expression: string) => `(local.set $a ${expression})`;
const x = (expression: string) => `(local.set $x ${expression})`;
const f = (expression: string) => `(local.set $f ${expression})`;
const d = (expression: string) => `(local.set $d ${expression})`;
const v = (expression: string) => `(local.set $v ${expression})`;
const A = "(local.get $a)";
const X = "(local.get $x)";
const F = "(local.get $f)";
const D = "(local.get $d)";
const V = "(local.get $v)";
const W = "(local.get $w)";

/** Sets $d and $e to values below the least normal number, $f and $g likewise, and the lanes of $v and $w. */
const TINY = `${d("(f64.const 3e-310)")} (local.set $e (f64.const 0.7))
  ${f("(f32.const 3e-40)")} (local.set $g (f32.const 0.7))`;
const TINY32 = `${v("(f32x4.splat (f32.const 3e-40))")} (local.set $w (f32x4.splat (f32.const 0.7)))`;
const TINY64 = `${v("(f64x2.splat (f64.const 3e-310))")} (local.set $w (f64x2.splat (f64.const 0.7)))`;
/** Sets $a to all ones in the highest bit and $b to a small odd number, $x and $y likewise. */
const WIDE = `${a("(i32.const -1)")} (local.set $b (i32.or (i32.and (local.get $n) (i32.const 6)) (i32.const 3)))
  ${x("(i64.const -1)")} (local.set $y (i64.extend_i32_u (local.get $b)))`;

const integers: Operation[] = [
  { name: "i32.add", price: "simple", step: a(`(i32.add ${A} (local.get $b))`) },
  { name: "i64.add", price: "simple", step: x(`(i64.add ${X} (local.get $y))`) },
  { name: "i32.mul", price: "simple", step: a(`(i32.mul ${A} (i32.or ${A} (local.get $b)))`) },
  { name: "i64.mul", price: "simple", step: x(`(i64.mul ${X} (i64.or ${X} (local.get $y)))`) },
  { name: "i32.rotl", price: "simple", step: a(`(i32.rotl ${A} ${A})`) },
  { name: "i64.clz", price: "simple", step: x(`(i64.sub (i64.clz ${X}) (i64.const 7))`) },
  { name: "i64.popcnt", price: "simple", step: x(`(i64.popcnt ${X})`) },
  { name: "i32.lt_s", price: "simple", step: a(`(i32.lt_s ${A} (local.get $b))`) },
  {
    name: "i32.div_u, worst",
    price: "divide32",
    before: WIDE,
    step: a(`(i32.or (i32.div_u ${A} (local.get $b)) (i32.const 0x80000000))`),
  },
  {
    name: "i32.rem_s, worst",
    price: "divide32",
    before: WIDE,
    step: a(`(i32.or (i32.rem_s ${A} (local.get $b)) (i32.const 0x70000000))`),
  },
  {
    name: "i64.div_u, worst",
    price: "divide64",
    before: WIDE,
    step: x(`(i64.or (i64.div_u ${X} (local.get $y)) (i64.const 0x8000000000000000))`),
  },
  {
    name: "i64.rem_s, worst",
    price: "divide64",
    before: WIDE,
    step: x(`(i64.or (i64.rem_s ${X} (local.get $y)) (i64.const 0x7000000000000000))`),
  },
  {
    name: "select, random",
    price: "simple",
    step: `${RANDOM} ${a(`(select (i32.add ${A} (i32.const 3)) (local.get $b) (i32.lt_s (local.get $k) (i32.const 0)))`)}`,
  },
];

const floats: Operation[] = [
  { name: "f64.add", price: "float", before: d("(f64.const 1.5)"), step: d(`(f64.add ${D} (local.get $e))`) },
  {
    name: "f64.add, denormal",
    price: "float",
    before: `${TINY} (local.set $e (f64.const 5e-324))`,
    step: d(`(f64.add ${D} (local.get $e))`),
  },
  {
    name: "f64.mul",
    price: "float",
    before: `${d("(f64.const 1.5)")} (local.set $e (f64.const 1))`,
    step: d(`(f64.mul ${D} (local.get $e))`),
  },
  {
    name: "f64.mul, denormal",
    price: "float",
    before: `${TINY} (local.set $e (f64.const 0.99999999))`,
    step: d(`(f64.mul ${D} (local.get $e))`),
  },
  {
    name: "f32.mul, denormal",
    price: "float",
    before: `${TINY} (local.set $g (f32.const 0.999999))`,
    step: f(`(f32.mul ${F} (local.get $g))`),
  },
  { name: "f64.div", price: "floatDivide64", before: d("(f64.const 1.5)"), step: d(`(f64.div (f64.const 1.7) ${D})`) },
  {
    name: "f64.div, denormal",
    price: "floatDivide64",
    before: `${TINY} (local.set $e (f64.const 1.0000001))`,
    step: d(`(f64.div ${D} (local.get $e))`),
  },
  { name: "f32.div", price: "floatDivide32", before: f("(f32.const 1.5)"), step: f(`(f32.div (f32.const 1.7) ${F})`) },
  {
    name: "f32.div, denormal",
    price: "floatDivide32",
    before: `${TINY} (local.set $g (f32.const 1.000001))`,
    step: f(`(f32.div ${F} (local.get $g))`),
  },
  {
    name: "f64.sqrt",
    price: "sqrt64",
    before: d("(f64.const 1.5)"),
    step: d(`(f64.add (f64.sqrt ${D}) (f64.const 1.3))`),
  },
  {
    name: "f64.sqrt, denormal",
    price: "sqrt64",
    before: TINY,
    step: d(`(f64.reinterpret_i64 (i64.and (i64.reinterpret_f64 (f64.sqrt ${D})) (i64.const 0xfffffffffffff)))`),
  },
  {
    name: "f32.sqrt",
    price: "sqrt32",
    before: f("(f32.const 1.5)"),
    step: f(`(f32.add (f32.sqrt ${F}) (f32.const 1.3))`),
  },
  { name: "f64.min", price: "float", before: d("(f64.const 1.5)"), step: d(`(f64.min ${D} (f64.neg ${D}))`) },
  { name: "f64.nearest", price: "float", before: d("(f64.const 1.5)"), step: d(`(f64.nearest ${D})`) },
  { name: "f64.floor", price: "float", before: d("(f64.const 1.5)"), step: d(`(f64.floor ${D})`) },
  {
    name: "f32.demote, denormal",
    price: "float",
    before: d("(f64.const 3e-40)"),
    step: d(`(f64.promote_f32 (f32.demote_f64 ${D}))`),
  },
  {
    name: "i32.trunc_sat_f64_s",
    price: "truncate",
    step: d(`(f64.convert_i32_s (i32.trunc_sat_f64_s ${D}))`),
    before: d("(f64.const 1e9)"),
  },
  {
    name: "i64.trunc_sat_f64_u",
    price: "truncate",
    step: d(`(f64.convert_i64_u (i64.trunc_sat_f64_u ${D}))`),
    before: d("(f64.const 1.7e19)"),
  },
  {
    name: "i64.trunc_f32_u",
    price: "truncate",
    step: f(`(f32.convert_i64_u (i64.trunc_f32_u ${F}))`),
    before: f("(f32.const 1e19)"),
  },
];

/** Follows a ring through all of 2^bits bytes: the least fuel per load that misses every cache. */
const ring = (bits: number) => ({
  pages: 2 ** (bits - 16),
  ring: true,
  turns: 5000,
  step: "(local.set $k (i32.load (local.get $k)))",
  before: "(local.set $k (i32.const 0))",
});
/** A dependent load at a random place of 2^bits bytes: the address depends on the loaded value. */
const chase = (bits: number) => ({
  pages: Math.max(1, 2 ** (bits - 16)),
  step: `${RANDOM} (local.set $k (i32.add (local.get $k) (i32.load (i32.and (i32.shr_u (local.get $k) (i32.const ${32 - bits})) (i32.const -4)))))`,
});
/** Loads at random places that don't wait for each other. */
const scatter = (bits: number, access: (at: string) => string) => ({
  pages: Math.max(1, 2 ** (bits - 16)),
  step: `${RANDOM} ${access(`(i32.and (i32.shr_u (local.get $k) (i32.const ${32 - bits})) (i32.const -4))`)}`,
});
const store = (at: string) => `(i32.store ${at} (local.get $k))`;
const load = (at: string) => a(`(i32.add ${A} (i32.load ${at}))`);

const memory: Operation[] = [
  { name: "i32.load, first level", price: "memory", ...chase(14) },
  { name: "i32.load, random in 1 MiB", price: "memory", ...chase(20) },
  { name: "i32.load, random in 64 MiB", price: "memory", ...chase(26) },
  { name: "i32.load, random in 1 GiB", price: "memory", ...chase(30), turns: 20_000 },
  { name: "i32.load, ring of 64 MiB", price: "memory", ...ring(26) },
  { name: "i32.load, ring of 1 GiB", price: "memory", ...ring(30) },
  { name: "i32.load, independent in 1 GiB", price: "memory", ...scatter(30, load), turns: 20_000 },
  { name: "i32.store, first level", price: "memory", ...scatter(14, store) },
  { name: "i32.store, random in 64 MiB", price: "memory", ...scatter(26, store) },
  { name: "i32.store, random in 1 GiB", price: "memory", ...scatter(30, store), turns: 20_000 },
  {
    name: "i64.load across pages",
    price: "memory",
    pages: 64,
    step: `${RANDOM} (local.set $k (i32.add (local.get $k) (i32.wrap_i64 (i64.load offset=4092 (i32.and (i32.shr_u (local.get $k) (i32.const 10)) (i32.const 0x3f0000))))))`,
  },
  {
    name: "memory.copy, nothing",
    price: "bulk",
    pages: 1,
    step: "(memory.copy (i32.const 64) (i32.const 0) (i32.and (local.get $n) (i32.const 0)))",
  },
  {
    name: "memory.copy, 8 bytes",
    price: "bulk",
    pages: 1,
    step: "(memory.copy (i32.const 64) (i32.const 0) (local.get $eight))",
  },
  {
    name: "memory.fill, 8 bytes",
    price: "bulk",
    pages: 1,
    step: "(memory.fill (i32.const 64) (i32.const 1) (local.get $eight))",
  },
  {
    name: "memory.copy, 64 KiB",
    price: "bulk, per 8 bytes",
    pages: 4,
    step: "(memory.copy (i32.const 65536) (i32.const 0) (i32.const 65536))",
    turns: 50,
    unrolled: 8,
  },
  {
    name: "memory.fill, 64 KiB",
    price: "bulk, per 8 bytes",
    pages: 4,
    step: "(memory.fill (i32.const 65536) (local.get $n) (i32.const 65536))",
    turns: 50,
    unrolled: 8,
  },
  {
    name: "memory.copy, 16 MiB",
    price: "bulk, per 8 bytes",
    pages: 1024,
    step: "(memory.copy (i32.const 0x2000000) (i32.const 0) (i32.const 0x1000000))",
    turns: 1,
    unrolled: 2,
  },
  { name: "memory.size", price: "runtime", pages: 1, step: a(`(i32.add ${A} (memory.size))`) },
];

/** Writes to each of the sixteen pages that the kernel sees in the one at $k. */
const USE_PAGE = Array.from(
  { length: 16 },
  (_, i) => `(i32.store offset=${i * 4096} (local.get $k) (local.get $n))`,
).join(" ");

const control: Operation[] = [
  {
    name: "br_if, random",
    price: "branch",
    step: `${RANDOM} (if (i32.lt_s (local.get $k) (i32.const 0)) (then ${a(`(i32.mul ${A} (i32.const 5))`)}) (else ${a(`(i32.sub ${A} (i32.rotl ${A} (i32.const 3)))`)}))`,
  },
  {
    name: "br_table, random",
    price: "branchTable",
    step: `${RANDOM} (block $out (block $p (block $q (block $r (br_table $p $q $r $out (i32.shr_u (local.get $k) (i32.const 30)))) ${a(`(i32.mul ${A} (i32.const 5))`)} (br $out)) ${a(`(i32.xor ${A} (local.get $k))`)} (br $out)) ${a(`(i32.sub ${A} (i32.const 3))`)})`,
  },
  { name: "call", price: "call", step: a(`(call $called ${A})`) },
  {
    name: "call_indirect, known",
    price: "callIndirect",
    step: a(`(call_indirect (param i32) (result i32) ${A} (i32.const 1))`),
  },
  {
    name: "call_indirect, random",
    price: "callIndirect",
    step: `${RANDOM} ${a(`(call_indirect (param i32) (result i32) ${A} (i32.shr_u (local.get $k) (i32.const 30)))`)}`,
  },
  { name: "global.set", price: "simple", step: "(global.set $global (i32.add (global.get $global) (i32.const 1)))" },
  {
    name: "table.get and table.set",
    price: "runtime",
    step: "(table.set $refs (i32.const 1) (table.get $refs (i32.const 0)))",
  },
  {
    name: "table.fill, 1 element",
    price: "bulk",
    step: "(table.fill $refs (i32.const 0) (ref.null extern) (i32.const 1))",
  },
  {
    name: "table.copy, 8 elements",
    price: "bulk",
    step: "(table.copy $refs $refs (i32.const 8) (i32.const 0) (i32.const 8))",
  },
  {
    name: "table.fill, 10,000 elements",
    price: "bulk, per element",
    step: "(table.fill $refs (i32.const 0) (ref.null extern) (i32.const 10000))",
    turns: 5,
    unrolled: 8,
  },
  {
    name: "table.copy, 10,000 elements",
    price: "bulk, per element",
    step: "(table.copy $refs $refs (i32.const 5) (i32.const 0) (i32.const 10000))",
    turns: 5,
    unrolled: 8,
  },
  {
    name: "memory.grow by nothing",
    price: "grow",
    pages: 1,
    step: a(`(i32.add ${A} (memory.grow (i32.const 0)))`),
    turns: 100,
  },
  {
    name: "memory.grow by a page, used",
    price: "grow",
    pages: 1,
    step: `(local.set $k (i32.shl (memory.grow (i32.const 1)) (i32.const 16))) ${USE_PAGE}`,
    turns: 20,
  },
];

/** $raise throws its argument, from under as many calls as $depth says. */
const RAISE = `(tag $e (param i32)) (func $raise (param $n i32) (param $depth i32)
  (if (i32.eqz (local.get $depth)) (then (throw $e (local.get $n))))
  (call $raise (local.get $n) (i32.sub (local.get $depth) (i32.const 1))))`;
/** The same, but each call on the way catches the exception and throws it on. */
const PASS_ON = `(tag $e (param i32)) (func $raise (param $n i32) (param $depth i32)
  (if (i32.eqz (local.get $depth)) (then (throw $e (local.get $n))))
  (block $h (result exnref) (try_table (catch_all_ref $h)
    (call $raise (local.get $n) (i32.sub (local.get $depth) (i32.const 1)))) (return)) (throw_ref))`;
const raise = (name: string, depth: number, fields = RAISE): Operation => ({
  ...{ name, price: "throw", fields, turns: Math.ceil(200 / (depth + 1)) },
  step: a(`(block $h (result i32) (try_table (catch $e $h) (call $raise ${A} (i32.const ${depth}))) (i32.const 0))`),
});
const growTable = (table: string, by: number, turns: number): Operation => ({
  name: `table.grow of ${table} by ${by}`,
  price: "grow",
  fields: "(table $functions 1 funcref) (table $values 1 externref)",
  step: a(
    `(i32.add ${A} (table.grow $${table} (ref.null ${table === "functions" ? "func" : "extern"}) (i32.const ${by})))`,
  ),
  turns,
});

const rare: Operation[] = [
  raise("throw, caught in the caller", 0),
  raise("throw through 10 frames", 10),
  raise("throw through 1,000 frames", 1000),
  raise("throw and throw_ref in 10 frames", 10, PASS_ON),
  raise("throw and throw_ref in 1,000 frames", 1000, PASS_ON),
  growTable("functions", 0, 100),
  growTable("functions", 1, 100),
  growTable("functions", 1000, 2),
  growTable("values", 0, 100),
  growTable("values", 1, 100),
  growTable("values", 1000, 2),
  {
    name: "table.set of ref.func",
    price: "runtime and reference",
    fields: "(table $functions 2 funcref) (elem declare func $called)",
    step: "(table.set $functions (i32.const 0) (ref.func $called))",
  },
  {
    name: "table.init, 1,000 functions",
    price: "bulk, per element",
    fields: `(table $functions 1000 funcref) (elem $many func ${"$called ".repeat(1000)})`,
    step: "(table.init $functions $many (i32.const 0) (i32.const 0) (i32.const 1000))",
    turns: 50,
  },
  {
    name: "table.copy, 10,000 functions",
    price: "bulk, per element",
    fields: "(table $functions 20000 funcref) (elem declare func $called)",
    before: "(table.fill $functions (i32.const 0) (ref.func $called) (i32.const 20000))",
    step: "(table.copy $functions $functions (i32.const 5) (i32.const 0) (i32.const 10000))",
    turns: 5,
    unrolled: 8,
  },
];

const lanes = (name: string, price: string, expression: string, before = ""): Operation => ({
  name,
  price,
  before,
  step: v(expression),
});
const vectors: Operation[] = [
  lanes("i32x4.add", "vector", `(i32x4.add ${V} ${W})`),
  lanes("i32x4.mul", "vector", `(i32x4.mul ${V} ${V})`),
  lanes("i64x2.mul", "vectorSlow", `(i64x2.mul ${V} ${V})`),
  lanes("i8x16.swizzle", "vector", `(i8x16.swizzle ${V} ${W})`),
  lanes("i8x16.shuffle", "vector", `(i8x16.shuffle 3 17 2 8 9 0 1 31 30 5 6 7 22 21 20 4 ${V} ${W})`),
  lanes("i8x16.popcnt", "vectorSlow", `(i8x16.popcnt ${V})`),
  lanes("i8x16.shr_s", "vectorSlow", `(i8x16.shr_s ${V} (i32.or (local.get $n) (i32.const 1)))`),
  lanes("i64x2.shr_s", "vectorSlow", `(i64x2.shr_s ${V} (i32.or (local.get $n) (i32.const 1)))`),
  lanes("i8x16.splat of extract_lane", "vector", `(i8x16.splat (i8x16.extract_lane_u 3 ${V}))`),
  lanes("i8x16.bitmask", "vector", `(i32x4.splat (i8x16.bitmask ${V}))`),
  lanes("i32x4.dot_i16x8_s", "vector", `(i32x4.dot_i16x8_s ${V} ${V})`),
  lanes("i16x8.q15mulr_sat_s", "vector", `(i16x8.q15mulr_sat_s ${V} ${W})`),
  lanes("f32x4.add", "vectorFloat", `(f32x4.add ${V} ${W})`),
  lanes("f32x4.mul, denormal", "vectorFloat", `(f32x4.mul ${V} (f32x4.splat (f32.const 0.999999)))`, TINY32),
  lanes("f64x2.mul, denormal", "vectorFloat", `(f64x2.mul ${V} (f64x2.splat (f64.const 0.999999)))`, TINY64),
  lanes(
    "f32x4.div",
    "vectorDivide32",
    `(f32x4.div (f32x4.splat (f32.const 1.7)) ${V})`,
    v("(f32x4.splat (f32.const 1.5))"),
  ),
  lanes("f32x4.div, denormal", "vectorDivide32", `(f32x4.div ${V} (f32x4.splat (f32.const 1.00001)))`, TINY32),
  lanes(
    "f64x2.div",
    "vectorDivide64",
    `(f64x2.div (f64x2.splat (f64.const 1.7)) ${V})`,
    v("(f64x2.splat (f64.const 1.5))"),
  ),
  lanes("f64x2.div, denormal", "vectorDivide64", `(f64x2.div ${V} (f64x2.splat (f64.const 1.00001)))`, TINY64),
  lanes("f32x4.sqrt", "vectorSqrt32", `(f32x4.sqrt ${V})`, v("(f32x4.splat (f32.const 1.5))")),
  lanes("f64x2.sqrt", "vectorSqrt64", `(f64x2.sqrt ${V})`, v("(f64x2.splat (f64.const 1.5))")),
  lanes(
    "f64x2.sqrt, denormal",
    "vectorSqrt64",
    `(v128.and (f64x2.sqrt ${V}) (i64x2.splat (i64.const 0xfffffffffffff)))`,
    TINY64,
  ),
  lanes("f32x4.min", "vectorFloat", `(f32x4.min ${V} ${W})`),
  lanes("f32x4.nearest", "vectorFloat", `(f32x4.nearest ${V})`, v("(f32x4.splat (f32.const 1.5))")),
  lanes(
    "i32x4.trunc_sat_f32x4_u",
    "vectorSlow",
    `(f32x4.convert_i32x4_u (i32x4.trunc_sat_f32x4_u ${V}))`,
    v("(f32x4.splat (f32.const 3e9))"),
  ),
  lanes(
    "i32x4.trunc_sat_f64x2_u",
    "vectorSlow",
    `(f64x2.convert_low_i32x4_u (i32x4.trunc_sat_f64x2_u_zero ${V}))`,
    v("(f64x2.splat (f64.const 3e9))"),
  ),
];

/** All of them. */
export const OPERATIONS: readonly Operation[] = [...integers, ...floats, ...memory, ...control, ...rare, ...vectors];

/** A module for one operation: `prepare` writes to all of its memory, `run` does so many turns. */
export function moduleText({ step, before = "", fields = "", pages = 0, ring, unrolled = 16 }: Operation): string {
  const memory = pages === 0 ? "" : `(memory ${pages})`;
  const last = pages * 65_536;
  // A ring: of so many lines of 64 bytes, line i names line 1664525 i + 1013904223, which has full period.
  const far = `(i32.and (i32.shl (i32.add (i32.mul (i32.shr_u (local.get $at) (i32.const 6)) (i32.const 1664525))
    (i32.const 1013904223)) (i32.const 6)) (i32.const ${last - 64}))`;
  const stride = ring ? 64 : 4096;
  const touch =
    pages === 0
      ? ""
      : `(loop $next (i32.store (local.get $at) ${ring ? far : "(i32.const 0)"})
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const ${stride}))) (i32.const ${last - 64}))))`;
  return `(module ${memory}
    (table $calls funcref (elem $p $q $r $s)) (table $refs 20000 externref) (global $global (mut i32) (i32.const 0)) ${fields}
    (func $p (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $q (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func $r (param i32) (result i32) (i32.xor (local.get 0) (i32.const 7)))
    (func $s (param i32) (result i32) (i32.sub (local.get 0) (i32.const 9)))
    (func $called (param $n i32) (result i32)
      (if (i32.eqz (local.get $n)) (then (loop $l (br_if $l (i32.eqz (local.tee $n (i32.add (local.get $n) (i32.const 1))))))))
      (i32.add (local.get $n) (i32.const 1)))
    (func (export "prepare") (local $at i32) ${touch})
    (func (export "run") (param $n i32) (result i32)
      (local $a i32) (local $b i32) (local $k i32) (local $eight i32) (local $x i64) (local $y i64)
      (local $f f32) (local $g f32) (local $d f64) (local $e f64) (local $v v128) (local $w v128)
      (local.set $k (local.get $n)) (local.set $eight (i32.or (i32.const 8) (i32.and (local.get $n) (i32.const 0))))
      ${before}
      (loop $next ${step.repeat(unrolled)} (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.xor (i32.xor (i32.xor (local.get $a) (local.get $k)) (i32.wrap_i64 (local.get $x)))
        (i32.xor (i32.xor (i32.trunc_sat_f64_s (local.get $d)) (i32.trunc_sat_f32_s (local.get $f)))
          (i32x4.extract_lane 0 (local.get $v))))))`;
}
