// The type rules of code: what each kind of instruction needs and leaves, in live and in unreachable code. Modules in
// text, which the assembler does not check.
import { describe, expect, test } from "vitest";
import { NAMES } from "../../../sre/wasm/rewrite/module/index.ts";
import { EVERYTHING, refusal } from "../support/reading.ts";
import { wat } from "../support/wat.ts";

const said = (source: string) => refusal(wat(source), EVERYTHING)?.message ?? "was taken";
const PRELUDE = `(memory 1) (memory $wide i64 1) (table $t 1 funcref) (table $x 1 externref) (tag $e (param i32 f64))
  (global $never i32 (i32.const 0)) (global $may (mut i64) (i64.const 0)) (data "x") (elem $s funcref)
  (type $two (func (param i32 i64) (result f32 f64))) (func $f (type $two) unreachable) (func $undeclared)`;
/** What a function with this head and body is refused for. */
const body = (code: string, head = "") => said(`(module ${PRELUDE} (func $it ${head} ${code}))`);

describe("operands", () => {
  test.each([
    ["i32.add", "i32.const 0 f32.const 0 i32.add drop", "i32.add needs i32, but finds f32"],
    ["too few", "i32.const 0 i32.add drop", "i32.add needs i32, but its block has none left"],
    ["below the block", "i32.const 0 block i32.eqz drop end drop", "i32.eqz needs i32, but its block has none left"],
    ["too many at the end", "i32.const 0", "end finds 1 operands more"],
    ["a store's value", "i32.const 0 i32.const 0 i64.store", "i64.store needs i64, but finds i32"],
    ["a store's address", "i64.const 0 i64.const 0 i64.store", "i64.store needs i32, but finds i64"],
    ["a wide address", "i32.const 0 i32.load $wide drop", "i32.load needs i64, but finds i32"],
    ["a wide store", "i32.const 0 i32.const 0 i32.store $wide", "i32.store needs i64, but finds i32"],
    ["a vector's address", "i32.const 0 v128.const i64x2 0 0 v128.store64_lane $wide 0", "store64_lane needs i64"],
    ["a vector", "v128.const i64x2 0 0 i32.const 0 i8x16.add drop", "i8x16.add needs v128, but finds i32"],
    ["bitselect", "i32.const 0 i32.const 0 v128.const i64x2 0 0 v128.bitselect drop", "v128.bitselect needs v128"],
    ["a shift", "v128.const i64x2 0 0 i64.const 0 i64x2.shl drop", "i64x2.shl needs i32, but finds i64"],
    ["memory.grow", "i64.const 0 memory.grow drop", "memory.grow needs i32, but finds i64"],
    ["wide memory.grow", "i32.const 0 memory.grow $wide drop", "memory.grow needs i64, but finds i32"],
    ["memory.size", "memory.size $wide i32.eqz drop", "i32.eqz needs i32, but finds i64"],
    [
      "a copy out of a wide memory",
      "i64.const 0 i64.const 0 i32.const 0 memory.copy 0 $wide",
      "needs i32, but finds i64",
    ],
    ["a wide copy", "i64.const 0 i64.const 0 i32.const 0 memory.copy $wide $wide", "memory.copy needs i64"],
    ["a wide fill's byte", "i64.const 0 i64.const 0 i64.const 0 memory.fill $wide", "memory.fill needs i32"],
    ["memory.init", "i64.const 0 i32.const 0 i32.const 0 memory.init 0 0", "memory.init needs i32, but finds i64"],
    ["table.set", "i32.const 0 ref.null extern table.set $t", "table.set needs funcref, but finds externref"],
    ["table.grow", "i32.const 0 ref.null func table.grow $t drop", "table.grow needs i32, but finds funcref"],
    ["table.fill", "i32.const 0 ref.null func i32.const 0 table.fill $x", "table.fill needs externref"],
    ["table.copy", "i32.const 0 i32.const 0 i32.const 0 table.copy $x $t", "puts funcref into a table of externref"],
    ["table.init", "i32.const 0 i32.const 0 i32.const 0 table.init $x $s", "puts funcref into a table of externref"],
    ["local.set", "f64.const 0 local.set 0", "local.set needs i32, but finds f64"],
    ["local.tee", "f64.const 0 local.tee 0 drop", "local.tee needs i32, but finds f64"],
    ["global.set", "i32.const 0 global.set $may", "global.set needs i64, but finds i32"],
    ["a constant global", "i32.const 0 global.set $never", "global.set names global 0, which never changes"],
    ["select", "i32.const 0 i64.const 0 i32.const 0 select drop", "select needs i32, but finds i64"],
    ["select of references", "ref.null func ref.null func i32.const 0 select drop", "must name their type"],
    ["select with a type", "i32.const 0 i32.const 0 i32.const 0 select (result i64) drop", "select needs i64"],
    ["ref.is_null", "i32.const 0 ref.is_null drop", "ref.is_null needs a reference"],
    ["ref.func", "ref.func $undeclared drop", "names function 1, which no element segment, global or export declares"],
    ["drop", "drop", "drop needs an operand, but its block has none left"],
  ])("%s", (_what, code, message) => {
    const found = refusal(wat(`(module ${PRELUDE} (func $it (local i32) ${code}))`))!;
    expect(found).toMatchObject({ code: "invalid", section: "code", function: 2 });
    expect(found.message).toContain(message);
  });

  test("alignments and lanes", () => {
    expect(body("i32.const 0 i32.load align=8 drop")).toContain("is aligned to 2^3 bytes; at most 2^2");
    expect(body("i32.const 0 v128.load32_zero align=8 drop")).toContain("at most 2^2");
    expect(body("i32.const 0 v128.load align=16 drop")).toBe("was taken");
    expect(body("v128.const i64x2 0 0 i8x16.extract_lane_s 16 drop")).toContain("lane 16, but there are 16");
    expect(body("v128.const i64x2 0 0 f64x2.extract_lane 2 drop")).toContain("lane 2, but there are 2");
    const shuffle = (lane: number) =>
      body(`v128.const i64x2 0 0 v128.const i64x2 0 0 i8x16.shuffle ${lane} ${"0 ".repeat(15)} drop`);
    expect(shuffle(31)).toBe("was taken");
    expect(shuffle(32)).toContain("lane 32, but there are 32");
    const load = (lane: number) => body(`i32.const 0 v128.const i64x2 0 0 v128.load16_lane ${lane} drop`);
    expect(load(7)).toBe("was taken");
    expect(load(8)).toContain("lane 8, but there are 8");
  });
});

describe("control", () => {
  const pair = "i32.const 0 i64.const 0";
  test.each([
    ["a block's results", "block (result i32) i64.const 0 end drop", "end needs i32, but finds i64"],
    ["a block's parameters", "i64.const 0 block (param i32) drop end", "block needs i32, but finds i64"],
    ["an if's condition", "i64.const 0 if end", "if needs i32, but finds i64"],
    ["an if without else", "i32.const 0 if (result i32) i32.const 0 end drop", "closes an if without else"],
    [
      "an if without else, changing",
      "i32.const 0 i32.const 0 if (param i32) (result i64) unreachable end drop",
      "closes",
    ],
    [
      "an else arm",
      "i32.const 0 if (result i32) i32.const 0 else i64.const 0 end drop",
      "end needs i32, but finds i64",
    ],
    [
      "a then arm",
      "i32.const 0 if (result i32) i64.const 0 else i32.const 0 end drop",
      "else needs i32, but finds i64",
    ],
    ["br", "block (result i32) i64.const 0 br 0 end drop", "br needs i32, but finds i64"],
    ["br to a loop", "i32.const 0 loop (param i32) drop br 0 end", "br needs i32, but its block has none left"],
    ["br_if", "block (result i32) i64.const 0 i32.const 0 br_if 0 end drop", "br_if needs i32, but finds i64"],
    [
      "br_table's arities",
      "block (result i32) block i32.const 0 i32.const 0 br_table 0 1 end i32.const 0 end drop",
      "br_table has targets that take 0 and 1 operands",
    ],
    [
      "br_table's types",
      "block (result i32) block (result i64) i64.const 0 i32.const 0 br_table 0 1 end drop i32.const 0 end drop",
      "br_table needs i32, but finds i64",
    ],
    ["call", "i32.const 0 f64.const 0 call $f drop drop", "call needs i64, but finds f64"],
    ["call's results", `${pair} call $f drop i64.eqz drop`, "i64.eqz needs i64, but finds f32"],
    ["call_indirect", `${pair} i64.const 0 call_indirect $t (type $two) drop drop`, "call_indirect needs i32"],
    ["a table of externref", `${pair} i32.const 0 call_indirect $x (type $two) drop drop`, "which holds externref"],
    ["return_call", `${pair} return_call $f`, "whose results are not this function's"],
    ["return_call_indirect", `${pair} i32.const 0 return_call_indirect $t (type $two)`, "are not this function's"],
    ["throw", "i32.const 0 i32.const 0 throw $e", "throw needs f64, but finds i32"],
    ["throw_ref", "ref.null func throw_ref", "throw_ref needs exnref, but finds funcref"],
    ["catch", "block (result i32) try_table (catch $e 0) end i32.const 0 end drop", "catches values that label 0"],
    ["catch_ref", "block (result i32 f64) try_table (catch_ref $e 0) end unreachable end drop drop", "catches values"],
    ["catch_all_ref", "block try_table (catch_all_ref 0) end end", "catches values that label 0 does not take"],
    ["a catch to its own try", "try_table (result i32 f64) (catch $e 0) unreachable end drop drop", "catches values"],
  ])("%s", (_what, code, message) => {
    expect(body(code)).toContain(message);
  });

  test("results of the function and of return", () => {
    expect(body("i32.const 0", "(result i32)")).toBe("was taken");
    expect(body("i64.const 0", "(result i32)")).toContain("end needs i32, but finds i64");
    expect(body("i64.const 0 return", "(result i32)")).toContain("return needs i32, but finds i64");
    expect(body("i32.const 1 i64.const 0 i32.const 2 return", "(result i32)")).toBe("was taken");
    expect(body(`${pair} return_call $f`, "(result f32 f64)")).toBe("was taken");
    expect(body("block (result i32 f64) try_table (catch $e 0) end unreachable end drop drop")).toBe("was taken");
  });
});

describe("unreachable code is checked, too", () => {
  test.each([
    ["any operands", "unreachable i32.add drop"],
    ["any results", "unreachable", "(result i32 i64)"],
    ["a known operand above unknown ones", "unreachable i32.const 0 i32.add drop"],
    ["select of unknowns", "unreachable select i32.eqz drop"],
    ["select of one unknown", "unreachable f32.const 0 i32.const 0 select drop"],
    ["an unknown reference", "unreachable ref.is_null drop"],
    [
      "br_table to labels of different types",
      "block (result i32) block (result i64) unreachable i32.const 0 br_table 0 1 end drop i32.const 0 end drop",
    ],
    ["a block in it", "unreachable block (param i32) (result i64) drop i64.const 0 end drop"],
    ["a wide block in it", "return block v128.const i64x2 0 0 drop end"],
    ["throw", "i32.const 0 f64.const 0 throw $e i32.add drop"],
    ["tail calls", "i32.const 0 i64.const 0 return_call $f f64.add", "(result f32 f64)"],
  ])("%s: valid", (_what, code, head = "") => {
    expect(body(code, head)).toBe("was taken");
  });

  test.each([
    ["a known operand of a wrong type", "unreachable i64.const 0 i32.add drop", "i32.add needs i32, but finds i64"],
    ["code after br", "block br 0 i32.const 0 end", "end finds 1 operands more"],
    ["too many results", "unreachable i32.const 0", "end finds 1 operands more"],
    [
      "a block in it has none of the unknowns",
      "unreachable block i32.add drop end",
      "i32.add needs i32, but its block",
    ],
    [
      "br_if leaves its label's types",
      "block (result i32) unreachable br_if 0 i64.eqz drop i32.const 0 end drop",
      "i64.eqz needs i64, but finds i32",
    ],
    ["an if without else", "unreachable if (result i32) i32.const 0 end drop", "closes an if without else"],
    ["an else arm starts afresh", "i32.const 0 if unreachable else drop end", "drop needs an operand"],
    ["after end, types are known again", "block (result i32) unreachable end i64.eqz drop", "i64.eqz needs i64"],
    ["select of references", "unreachable ref.null func i32.const 0 select drop", "must name their type"],
    ["select of two types", "unreachable i32.const 0 i64.const 0 i32.const 0 select drop", "select needs i32"],
    [
      "br_table's arities",
      "block (result i32) block unreachable br_table 0 1 end i32.const 0 end drop",
      "0 and 1 operands",
    ],
    ["ref.func", "unreachable ref.func $undeclared drop", "which no element segment"],
    ["alignment", "unreachable i32.load align=8 drop", "is aligned"],
  ])("%s: invalid", (_what, code, message) => {
    expect(body(code)).toContain(message);
  });
});

test("the table has every instruction of the profile", () => {
  const named = NAMES.filter((each) => each !== "");
  // 437 of WebAssembly 2.0, two of them select, 2 tail calls, 3 of exceptions.
  expect(named.length).toBe(442);
  expect(new Set(named).size).toBe(named.length - 1);
});
