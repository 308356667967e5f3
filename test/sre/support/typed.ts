// A component of functions that take and give values of every type. Its functions give back what they get, which lies in
// memory as the canonical ABI has it. `test/data/wasm/typed.wasm` is it.
import { ALLOCATOR } from "./component-text.ts";

/** Its world. */
export const TYPED_WIT = `package demo:all@0.1.0;
interface types {
  record point { x: s32, y-coord: f64, %constructor: bool }
  variant shape { circle(f32), square(point), none, proto }
  flags perm { read, write, to-string }
  enum color { red, dark-blue }
  record all {
    small: tuple<u8, s8, u16, s16, u32, s32>, wide: tuple<u64, s64>, floats: tuple<f32, f64>, yes: bool, letter: char,
    text: string, bytes: list<u8>, numbers: list<u32>, longs: list<u64>, halves: list<f32>, words: list<string>,
    points: list<point>, shapes: list<shape>, perm: perm, color: color,
    maybe: option<string>, twice: option<option<u8>>, outcome: result<u8, string>, bare: result, lists: list<list<bool>>,
  }
  echo: func(v: all) -> all;
  try: func(v: result<u8, string>) -> result<u8, string>;
  nothing: func();
}
world app { export types; export add: func(a: u32, b: u32) -> u32; export half: func(x: f32, y: f64) -> f64; export greet-twice: func(who: string) -> string;
  export text: func(bytes: list<u8>) -> string; export text-at: func(at: s32, length: s32) -> string; export spin: func(); }`;

/** Its core module. */
export const TYPED_CORE = `(module ${ALLOCATOR}
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "half") (param f32 f64) (result f64) (f64.add (f64.promote_f32 (local.get 0)) (local.get 1)))
  (func (export "greet-twice") (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
  (func (export "text") (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
  (func (export "text-at") (param i32 i32) (result i32)
    (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
  (func (export "spin") (loop (br 0)))
  (func (export "demo:all/types@0.1.0#echo") (param i32) (result i32) (local.get 0))
  (func (export "demo:all/types@0.1.0#try") (param i32 i32 i32) (result i32)
    (i32.store8 (i32.const 32) (local.get 0)) (i32.store (i32.const 36) (local.get 1)) (i32.store (i32.const 40) (local.get 2)) (i32.const 32))
  (func (export "demo:all/types@0.1.0#nothing")))`;

/** A value of all types. */
export const ALL_TYPES = {
  small: [255, -128, 65535, -32768, 4294967295, -2147483648],
  wide: ["18446744073709551615", "-9223372036854775808"],
  floats: [1.5, "NaN"],
  yes: true,
  letter: "€",
  text: "Ada \u0000 😀",
  bytes: "AAH/",
  numbers: [1, 4294967295],
  longs: ["1", "18446744073709551615"],
  halves: [0.5, "-Infinity"],
  words: ["", "a", "ß"],
  points: [{ x: -1, "y-coord": 2.5, constructor: true }],
  shapes: [{ circle: 0.25 }, { square: { x: 1, "y-coord": 0, constructor: false } }, "none", "proto"],
  perm: ["read", "to-string"],
  color: "dark-blue",
  maybe: null,
  twice: { some: null },
  outcome: { error: "no" },
  bare: { ok: null },
  lists: [[true], [], [false, true]],
};
