// Two modules with every numeric operation that can't trap, on operands at the edges, in each form that a compiler
// treats by itself: both operands variable, one of them constant. Each is run often enough for the next tier, and every
// result of every round counts. It found a compiler that takes copysign(x, constant) for 0 - |x|.
// As a program with a module's name it prints the module's text.
import process from "node:process";

const VALUES = {
  i32: ["0", "1", "-1", "7", "31", "0x7fffffff", "0x80000000"],
  i64: ["0", "1", "-1", "7", "63", "0x7fffffffffffffff", "0x8000000000000000"],
  f32: ["0", "-0", "1", "-1.5", "0.5", "inf", "-inf", "nan", "0x1.fffffep+127", "0x1p-149", "-0x1p+31"],
  f64: ["0", "-0", "1", "-1.5", "0.5", "inf", "-inf", "nan", "0x1.fffffffffffffp+1023", "0x1p-1074", "-0x1p+63"],
  v128: [
    "i64x2 0 0x8000000000000000",
    "i32x4 -1 1 0x7fffffff 0x80000000",
    "i16x8 0 -1 255 256 0x7fff 0x8000 3 -3",
    "f32x4 -0 nan inf 1.5",
    "f64x2 nan -0",
    "f64x2 -2.5 0x1p-1074",
  ],
} as const;
type Type = keyof typeof VALUES;

interface Operation {
  readonly name: string;
  readonly params: readonly Type[];
  readonly result: Type;
}

/** Constants of vectors that are tried as such: one of whole numbers, one of floats. */
const VECTOR_CONSTANTS = [1, 3];

const words = (text: string) => text.trim().split(/\s+/);
const operations = (params: readonly Type[], result: Type, names: readonly string[]): Operation[] =>
  names.map((name) => ({ name, params, result }));
const prefixed = (prefix: string, names: string) => words(names).map((name) => `${prefix}.${name}`);

const COMPARISONS = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const INTEGER = "add sub mul and or xor shl shr_s shr_u rotl rotr div_s div_u rem_s rem_u";

function scalars(): Operation[] {
  const integers = (["i32", "i64"] as const).flatMap((type) => [
    ...operations([type, type], type, prefixed(type, INTEGER)),
    ...operations([type, type], "i32", prefixed(type, COMPARISONS)),
    ...operations([type], type, prefixed(type, "clz ctz popcnt extend8_s extend16_s")),
    ...operations([type], "i32", [`${type}.eqz`]),
  ]);
  const floats = (["f32", "f64"] as const).flatMap((type) => [
    ...operations([type, type], type, prefixed(type, "add sub mul div min max copysign")),
    ...operations([type, type], "i32", prefixed(type, "eq ne lt gt le ge")),
    ...operations([type], type, prefixed(type, "abs neg ceil floor trunc nearest sqrt")),
    ...operations(["i32"], type, prefixed(type, "convert_i32_s convert_i32_u")),
    ...operations(["i64"], type, prefixed(type, "convert_i64_s convert_i64_u")),
    ...operations([type], "i32", prefixed("i32", `trunc_sat_${type}_s trunc_sat_${type}_u`)),
    ...operations([type], "i64", prefixed("i64", `trunc_sat_${type}_s trunc_sat_${type}_u`)),
  ]);
  return [
    ...integers,
    ...floats,
    ...operations(["i64"], "i32", ["i32.wrap_i64"]),
    ...operations(["i32"], "i64", prefixed("i64", "extend_i32_s extend_i32_u")),
    ...operations(["i64"], "i64", ["i64.extend32_s"]),
    ...operations(["f64"], "f32", ["f32.demote_f64"]),
    ...operations(["f32"], "f64", ["f64.promote_f32"]),
    ...operations(["f32"], "i32", ["i32.reinterpret_f32"]),
    ...operations(["i64"], "f64", ["f64.reinterpret_i64"]),
  ];
}

function vectors(): Operation[] {
  const two = (prefix: string, names: string) => operations(["v128", "v128"], "v128", prefixed(prefix, names));
  const one = (prefix: string, names: string) => operations(["v128"], "v128", prefixed(prefix, names));
  const shapes = ["i8x16", "i16x8", "i32x4", "i64x2"] as const;
  return [
    ...two("v128", "and andnot or xor"),
    ...two("i8x16", `${COMPARISONS} swizzle add sub add_sat_s add_sat_u sub_sat_s sub_sat_u min_s min_u max_s max_u`),
    ...two("i8x16", "avgr_u narrow_i16x8_s narrow_i16x8_u"),
    ...two("i16x8", `${COMPARISONS} add sub mul add_sat_s add_sat_u sub_sat_s sub_sat_u min_s min_u max_s max_u`),
    ...two("i16x8", "avgr_u narrow_i32x4_s narrow_i32x4_u q15mulr_sat_s extmul_low_i8x16_s extmul_high_i8x16_u"),
    ...two("i32x4", `${COMPARISONS} add sub mul min_s min_u max_s max_u dot_i16x8_s`),
    ...two("i32x4", "extmul_low_i16x8_u extmul_high_i16x8_s"),
    ...two("i64x2", "eq ne lt_s gt_s le_s ge_s add sub mul extmul_low_i32x4_s extmul_high_i32x4_u"),
    ...two("f32x4", "eq ne lt gt le ge add sub mul div min max pmin pmax"),
    ...two("f64x2", "eq ne lt gt le ge add sub mul div min max pmin pmax"),
    ...one("v128", "not"),
    ...shapes.flatMap((shape) => one(shape, "abs neg")),
    ...one("i8x16", "popcnt"),
    ...one("i16x8", "extend_low_i8x16_s extend_high_i8x16_u extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u"),
    ...one("i32x4", "extend_low_i16x8_u extend_high_i16x8_s extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u"),
    ...one("i64x2", "extend_low_i32x4_s extend_high_i32x4_u"),
    ...one("i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"),
    ...one("f32x4", "abs neg sqrt ceil floor trunc nearest convert_i32x4_s convert_i32x4_u demote_f64x2_zero"),
    ...one("f64x2", "abs neg sqrt ceil floor trunc nearest convert_low_i32x4_s convert_low_i32x4_u promote_low_f32x4"),
    ...shapes.flatMap((s) => operations(["v128", "i32"], "v128", prefixed(s, "shl shr_s shr_u"))),
    ...shapes.flatMap((s) => operations(["v128"], "i32", prefixed(s, "all_true bitmask"))),
    ...operations(["v128"], "i32", ["v128.any_true"]),
  ];
}

/** A divisor that traps nothing: neither 0 nor -1. */
function divisor(type: Type, value: string): string {
  return `(select ${value} (${type}.const 7) (${type}.gt_u (${type}.add ${value} (${type}.const 1)) (${type}.const 1)))`;
}

/** Adds a result to what stands at the place of the next one, so that no round's is lost. */
function note(type: Type, value: string): string {
  const widened = {
    i32: `(i64.extend_i32_u ${value})`,
    i64: value,
    f32: `(i64.extend_i32_u (i32.reinterpret_f32 ${value}))`,
    f64: `(i64.reinterpret_f64 ${value})`,
  };
  if (type !== "v128") return `(call $note ${widened[type]})`;
  const lane = (index: number) => `(call $note (i64x2.extract_lane ${index} (local.get $v)))`;
  return `(local.set $v ${value}) ${lane(0)} ${lane(1)}`;
}

function functionOf({ name, params, result }: Operation, index: number): string {
  const divides = /\.(div|rem)_/.test(name);
  const constants = (type: Type) =>
    type === "v128" ? VECTOR_CONSTANTS.map((chosen) => VALUES.v128[chosen]!) : [...VALUES[type]];
  const divisors = (type: Type) => constants(type).filter((value) => !divides || (value !== "0" && value !== "-1"));
  const [left, right] = params as readonly [Type, Type?];
  const x = "(local.get $x)";
  const lines = [];
  if (right === undefined) {
    lines.push(note(result, `(${name} ${x})`));
  } else {
    const y = divides ? divisor(right, "(local.get $y)") : "(local.get $y)";
    lines.push(note(result, `(${name} ${x} ${y})`));
    for (const value of divisors(right)) lines.push(note(result, `(${name} ${x} (${right}.const ${value}))`));
    for (const value of constants(left)) lines.push(note(result, `(${name} (${left}.const ${value}) ${y})`));
  }
  const signature = right === undefined ? `(param $x ${left})` : `(param $x ${left}) (param $y ${right})`;
  const vector = result === "v128" ? " (local $v v128)" : "";
  return `  (func $op${index} ${signature}${vector}\n    ${lines.join("\n    ")})`;
}

/** Calls an operation on every operand, or every pair. */
function calls({ params }: Operation, index: number): string {
  const [left, right] = params as readonly [Type, Type?];
  const operands = VALUES[left].map((value) => `(${left}.const ${value})`);
  const pairs =
    right === undefined
      ? operands
      : operands.flatMap((operand) => VALUES[right].map((value) => `${operand} (${right}.const ${value})`));
  return pairs.map((pair) => `(call $op${index} ${pair})`).join(" ");
}

/** A guest that runs its operations `rounds` times; its answer is one word per operation's place in a ring. */
function moduleOf(title: string, list: readonly Operation[], rounds: number): string {
  return `;; ${title} The text is made by test/engines/proof/operations.ts.
(module
  (memory (export "memory") 1)
  (global $at (mut i32) (i32.const 0))
  (func (export "alloc") (param i32) (result i32) (i32.const 65520))
  (func $note (param i64)
    (i64.store (global.get $at) (i64.add (local.get 0) (i64.rotl (i64.load (global.get $at)) (i64.const 5))))
    (global.set $at (i32.and (i32.add (global.get $at) (i32.const 8)) (i32.const 0x7fff))))
${list.map(functionOf).join("\n")}
  (func $round
    ${list.map(calls).join("\n    ")})
  (func (export "run") (param i32 i32) (result i64) (local $i i32)
    (loop $again
      (global.set $at (i32.const 0))
      (call $round)
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${rounds}))))
    (i64.const 0x8000)))
`;
}

/** The modules' text by name. */
export const OPERATIONS: Readonly<Record<string, string>> = {
  operations: moduleOf("Every scalar operation.", scalars(), 8),
  "operations-simd": moduleOf("Every vector operation.", vectors(), 8),
};

if (process.argv[1] === import.meta.filename) process.stdout.write(OPERATIONS[process.argv[2] ?? "operations"] ?? "");
