// Guests in which engines, or one engine's tiers, differ when nothing stands between: NaN bits, a NaN's sign that
// becomes a number, the depth of recursion, growth of memory. The tests run each raw and rewritten.
import { guest } from "../../sre/support/guests.ts";
import { wat } from "../../sre/support/wat.ts";

/** Two NaNs told apart by payload, a signalling one, a negative one, an infinity and a number, per width. */
const OPERANDS = {
  f32: ["nan:0x400001", "-nan:0x400002", "nan:0x000003", "inf", "-inf", "1"],
  f64: ["nan:0x8000000000001", "-nan:0x8000000000002", "nan:0x0000000000003", "inf", "-inf", "1"],
} as const;
const BINARY = ["add", "sub", "mul", "div", "min", "max"] as const;
const UNARY = ["sqrt", "ceil", "floor", "trunc", "nearest"] as const;
/** Pairs of operands, by their index, one of which at least is a NaN or makes one. */
const PAIRS = [
  ...[
    [0, 1],
    [1, 0],
    [0, 2],
    [2, 0],
    [2, 1],
  ],
  ...[
    [0, 5],
    [5, 0],
    [1, 5],
    [5, 1],
    [5, 2],
    [3, 4],
    [4, 3],
  ],
] as const;

type Width = keyof typeof OPERANDS;
const integer = (width: Width) => (width === "f32" ? "i32" : "i64");

/** Expressions over values that the compiler can't know (read from memory) and over constants, as integers' bits. */
function expressions(): readonly string[] {
  const all: string[] = [];
  for (const width of ["f32", "f64"] as const) {
    const constant = (index: number) => `(${width}.const ${OPERANDS[width][index]})`;
    const read = (index: number) => `(${width}.load (i32.const ${8 * index + (width === "f64" ? 64 : 0)}))`;
    const bits = (value: string) => `(${integer(width)}.reinterpret_${width} ${value})`;
    for (const value of [read, constant]) {
      for (const op of BINARY) {
        for (const [left, right] of PAIRS) all.push(bits(`(${width}.${op} ${value(left!)} ${value(right!)})`));
      }
      for (const op of UNARY) {
        for (const index of [0, 1, 2]) all.push(bits(`(${width}.${op} ${value(index)})`));
      }
    }
  }
  for (const index of [0, 1, 2]) {
    all.push(`(i32.reinterpret_f32 (f32.demote_f64 (f64.load (i32.const ${64 + 8 * index}))))`);
    all.push(`(i64.reinterpret_f64 (f64.promote_f32 (f32.load (i32.const ${8 * index}))))`);
  }
  return all;
}

/** Every expression's bits, 8 bytes each, one after the other. */
export const NAN_CASES = expressions();

const operandStores = (["f32", "f64"] as const).flatMap((width) =>
  OPERANDS[width].map(
    (value, index) =>
      `(${width}.store (i32.const ${8 * index + (width === "f64" ? 64 : 0)}) (${width}.const ${value}))`,
  ),
);
const nanStores = NAN_CASES.map((bits, index) => {
  const value = bits.startsWith("(i32.") ? `(i64.extend_i32_u ${bits})` : bits;
  return `(i64.store (i32.const ${2048 + 8 * index}) ${value})`;
});
const answer = (start: number, length: number) => `(i64.const ${(BigInt(start) << 32n) | BigInt(length)})`;

/** Two NaNs made of numbers, their sign taken by a number: -1 on some machines, 1 on others. */
const signs = `
  (f64.store (i32.const 0) (f64.copysign (f64.const 1) (f64.div (f64.load (i32.const 64)) (f64.load (i32.const 72)))))
  (f64.store (i32.const 8) (f64.copysign (f64.const 1) (f64.sqrt (f64.const -1))))
  (f64.store (i32.const 16) (f64.copysign (f64.const 1) (f64.sub (f64.load (i32.const 80)) (f64.load (i32.const 80)))))
  (f64.store (i32.const 24) (f64.copysign (f64.const 1) (f64.div (f64.const 0) (f64.const 0))))`;

const SIMD_PAIRS = [
  [0, 1],
  [1, 0],
  [0, 3],
  [3, 0],
  [4, 4],
] as const;
const VECTORS = [
  "(v128.const i64x2 0x7ff8000000000001 0x7ff8000000000001)",
  "(v128.const i64x2 0xfff8000000000002 0xfff8000000000002)",
  "(v128.const i64x2 0x7ff0000000000003 0x7ff0000000000003)",
  "(v128.const f64x2 1 1)",
  "(v128.const f64x2 0 inf)",
];
const vectorOps = [
  "f64x2.add",
  "f64x2.sub",
  "f64x2.mul",
  "f64x2.div",
  "f64x2.min",
  "f64x2.max",
  "f32x4.add",
  "f32x4.max",
];
const simd = vectorOps.flatMap((op) =>
  SIMD_PAIRS.map(([a, b]) => `(${op} (v128.load (i32.const ${16 * a})) (v128.load (i32.const ${16 * b})))`),
);
const simdText = guest(
  [
    ...VECTORS.map((vector, index) => `(v128.store (i32.const ${16 * index}) ${vector})`),
    ...simd.map((value, index) => `(v128.store (i32.const ${2048 + 16 * index}) ${value})`),
    answer(2048, 16 * simd.length),
  ].join("\n"),
);

/** Counts its depth at address 0 and goes on; frames of two sizes, so that a tier's own frames show. */
const recursion = guest(
  `(drop (call $deep (i64.const 1) (i64.const 2))) (i64.const 8)`,
  `(func $deep (param i64 i64) (result i64) (local i64 i64)
    (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (i64.const 1)))
    (local.set 2 (i64.mul (local.get 0) (i64.const 3))) (local.set 3 (i64.xor (local.get 1) (local.get 2)))
    (i64.add (call $deep (local.get 2) (local.get 3)) (i64.add (local.get 2) (local.get 3))))`,
);

/** Grows by 64 MiB until it can't; the pages that it has are its answer. */
const growth = guest(`
  (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1024)) (i32.const -1))))
  (i64.store (i32.const 0) (i64.extend_i32_u (memory.size))) (i64.const 8)`);

/** Gives -0 the sign of a constant: JavaScriptCore's baseline compiler answers 0, once it has compiled the function. */
const constant = guest(
  `(loop $warm
    (f64.store (i32.const 0) (call $sign (f64.const -0)))
    (br_if $warm (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200000))))
  (f64.store (i32.const 0) (f64.div (f64.const 1) (f64.load (i32.const 0)))) (i64.const 8)`,
  "(func $sign (param f64) (result f64) (f64.copysign (local.get 0) (f64.const -1)))",
);

/** The guests by name. */
export const HAZARDS: Readonly<Record<string, Uint8Array>> = {
  nan: wat(guest([...operandStores, ...nanStores, answer(2048, 8 * NAN_CASES.length)].join("\n"))),
  "nan-simd": wat(simdText),
  copysign: wat(guest(`(f64.store (i32.const 80) (f64.const inf)) ${signs} ${answer(0, 32)}`)),
  "copysign-constant": wat(constant),
  recursion: wat(recursion),
  growth: wat(growth),
};
