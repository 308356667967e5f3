// What the walk writes down: the marks of live code with their weights, and the records of bodies.
import { describe, expect, test } from "vitest";
import { COST } from "../../../sre/wasm/rewrite/cost.ts";
import { MARK, MENTION, type ModuleRead } from "../../../sre/wasm/rewrite/module/index.ts";
import { read } from "../support/reading.ts";
import { wat } from "../support/wat.ts";

const KIND = new Map<number, string>(Object.entries(MARK).map(([name, kind]) => [kind, name]));

/** The marks of a body as text: kind:value, and +weight before it where there is one. */
function marks({ tape }: ModuleRead, body = 0): string {
  const found: string[] = [];
  for (let mark = tape.bodies[body]!.marks; mark < tape.bodies[body]!.marksEnd; mark++) {
    const weight = tape.weight[mark] === 0 ? "" : `+${tape.weight[mark]} `;
    found.push(`${weight}${KIND.get(tape.kind[mark]!)}:${tape.value[mark]}`);
  }
  return found.join(" ");
}
const tapeOf = (source: string, body = 0) => marks(read(wat(`(module ${source})`)), body);

describe("marks", () => {
  test("blocks, branches and their labels", () => {
    expect(tapeOf("(func)")).toBe("finish:1");
    expect(tapeOf("(func block loop nop i32.const 0 br_if 1 br 0 end end)")).toBe(
      "block:-64 loop:-64 brIf:2 br:0 end:2 end:1 finish:1",
    );
    expect(tapeOf("(func block (result i32) i32.const 0 br 1 end drop)")).toBe("block:-1 br:3 end:0 finish:1");
    expect(tapeOf("(func (result i64) block i64.const 0 return end unreachable)")).toBe(
      "block:-64 return:3 end:0 unreachable:0 finish:0",
    );
    expect(tapeOf("(func block block i32.const 0 br_table 0 1 0 end end)")).toBe(
      "block:-64 block:-64 brTable:2 end:0 end:1 finish:1",
    );
    expect(tapeOf("(func block block i32.const 0 br_table 0 2 0 end end)")).toContain("brTable:5");
    expect(tapeOf("(func i32.const 0 if nop else unreachable end)")).toBe("if:-64 else:1 unreachable:0 end:0 finish:1");
    const arms = "v128.const i64x2 0 0 else v128.const i64x2 0 0 end drop";
    expect(tapeOf(`(func i32.const 0 if (result v128) ${arms})`)).toBe("if:-5 else:1 end:1 finish:1");
    expect(
      tapeOf(
        "(type $t (func (param i32) (result i32 i32))) (func i32.const 0 block (type $t) i32.const 0 end drop drop)",
      ),
    ).toBe("block:0 end:1 finish:1");
  });

  test("nothing in unreachable code is marked or weighed, but the else and end of blocks that began alive are", () => {
    const dead = "block i32.const 0 i32.const 0 i32.add drop call 0 br 0 end loop end";
    expect(tapeOf(`(func block return ${dead} end)`)).toBe("block:-64 return:3 end:0 finish:1");
    expect(tapeOf(`(func i32.const 0 if unreachable ${dead} else ${"nop"} end)`)).toBe(
      "if:-64 unreachable:0 else:0 end:1 finish:1",
    );
    expect(tapeOf("(func (result i32) block br 0 end i32.const 1 i32.const 2 i32.add)")).toBe(
      `block:-64 br:0 end:0 +${COST.simple} finish:1`,
    );
  });

  test("weights are of the unmarked instructions since the mark before", () => {
    const code = "local.get 0 local.get 0 i32.mul local.get 0 i32.div_u i32.load call $f f64.sqrt drop";
    const weight = COST.simple + COST.divide32 + COST.memory;
    expect(tapeOf(`(memory 1) (func (param i32) ${code}) (func $f (param i32) (result f64) unreachable)`)).toBe(
      `+${weight} call:1 +${COST.sqrt64} finish:1`,
    );
  });

  test("calls, bulk operations, growth, references, throws", () => {
    const source = `(type $v (func)) (import "a" "b" (func $i)) (memory 1) (memory $w i64 1) (table $t 1 funcref) (table $x 1 funcref) (tag $e) (tag $g)
      (elem $s declare func $i $f) (data "") (func $f
      call $f call $i i32.const 0 call_indirect (type $v)
      i32.const 0 i32.const 0 i32.const 0 memory.fill
      i64.const 0 i64.const 0 i64.const 0 memory.copy $w $w
      i64.const 0 i32.const 0 i32.const 0 memory.copy $w 0
      i64.const 0 i32.const 0 i32.const 0 memory.init $w 0
      i32.const 0 i32.const 0 i32.const 0 table.copy $t $x
      i32.const 0 i32.const 0 i32.const 0 table.init $t $s
      i32.const 0 ref.func $f i32.const 0 table.fill $t
      i32.const 0 memory.grow drop i64.const 0 memory.grow $w drop ref.func $i i32.const 0 table.grow $x drop
      try_table (catch_all 0) end i32.const 0 if throw $g end)
      (func return_call $f) (func return_call $i) (func i32.const 0 return_call_indirect (type $v)) (func ref.null exn throw_ref)`;
    const result = read(wat(`(module ${source})`));
    expect(marks(result)).toBe(
      "call:1 callImport:0 callIndirect:0 bulkBytes:0 bulkBytes:1 bulkBytes:0 bulkBytes:0 bulkElements:0 bulkElements:0 " +
        `+${COST.reference} bulkElements:0 memoryGrow:0 memoryGrow:1 refImport:0 tableGrow:1 tryTable:-64 end:1 ` +
        "if:-64 throw:1 end:0 finish:1",
    );
    const ends = [1, 2, 3, 4].map((body) => marks(result, body));
    expect(ends).toEqual([
      "returnCall:1 finish:0",
      "returnCallImport:0 finish:0",
      "returnCallIndirect:0 finish:0",
      "throwRef:0 finish:0",
    ]);
    expect([...result.module.features]).toEqual(["multi-memory", "memory64", "exceptions"]);
    expect(result.module.mentions[0]).toBe(MENTION.data | MENTION.code);
    expect(result.module.redirects).toMatchObject([{ kind: "function", index: 0 }]);
  });

  test("accesses to the first two declared locals, which make way for hidden parameters", () => {
    const code = "local.get 0 local.set 1 local.get 1 local.tee 2 local.get 2 i32.add drop";
    const result = read(wat(`(module (func (param i32) (local i32) (local i32 i64 f32) ${code}))`));
    expect(marks(result)).toBe(`localSet:0 localGet:0 localTee:1 localGet:1 +${COST.simple} finish:1`);
    expect(result.tape.bodies[0]).toMatchObject({ locals: 5, first: 0x7f, second: 0x7f, groups: 3, localSlots: 5 });
  });

  test("offset and end are the instruction's own bytes", () => {
    const module = wat("(module (func $f block call $f i32.const 0 br_table 0 0 1 end))");
    const { tape } = read(module);
    const bytes = [...tape.kind.subarray(0, tape.length)].map((_kind, at) => [
      ...module.subarray(tape.offset[at], tape.end[at]),
    ]);
    expect(bytes).toEqual([[0x02, 0x40], [0x10, 0], [0x0e, 2, 0, 0, 1], [0x0b], [0x0b]]);
    expect(tape.bodies[0]).toMatchObject({ codeEnd: tape.offset[tape.length - 1], codeStart: tape.offset[0] });
  });
});

describe("records of bodies", () => {
  const body = (source: string) => read(wat(`(module ${source})`)).tape.bodies[0]!;

  test("slots: a v128 takes two; unreachable code takes none; a call's results count when they lie there", () => {
    expect(body("(func)")).toMatchObject({ localSlots: 0, operandSlots: 0 });
    expect(body("(func (param v128 i32) (local v128 f64))")).toMatchObject({ locals: 4, localSlots: 6 });
    const vectors = "v128.const i64x2 0 0 v128.const i64x2 0 0 i8x16.add i32x4.extract_lane 0 i32.const 0 i32.add drop";
    expect(body(`(func ${vectors})`)).toMatchObject({ operandSlots: 4 });
    expect(body(`(func i32.const 0 drop block br 0 ${vectors} end i32.const 0 i32.const 0 drop drop)`)).toMatchObject({
      operandSlots: 2,
    });
    const many = "(result i32 i32 v128 i32)";
    expect(body(`(func (local i32) call 1 drop drop drop drop) (func ${many} unreachable)`)).toMatchObject({
      operandSlots: 5,
    });
    expect(body(`(func block ${many} unreachable end drop drop drop drop)`)).toMatchObject({ operandSlots: 5 });
    expect(body("(func (local v128) local.get 0 local.tee 0 drop i32.const 0 drop)")).toMatchObject({
      operandSlots: 2,
    });
    expect(body("(func (param v128) local.get 0 local.get 0 i32.const 0 select drop i32.const 0 drop)")).toMatchObject({
      operandSlots: 5,
    });
    expect(
      body("(func v128.const i64x2 0 0 block (param v128) drop end i32.const 0 i32.const 0 drop drop)"),
    ).toMatchObject({ operandSlots: 2 });
  });

  test("floats: only what may choose a NaN and copysign, only in live code", () => {
    expect(body("(func f32.const 0 f32.neg f32.abs drop)")).toMatchObject({ floats: false });
    expect(body("(func f32.const 0 f32.const 0 f32.copysign drop)")).toMatchObject({ floats: true });
    expect(body("(func unreachable f32.add drop)")).toMatchObject({ floats: false });
    const unary = (type: string, ops: string) =>
      ops.split(" ").map((op) => `(func ${type}.const 0 ${type}.${op} drop)`);
    for (const source of [...unary("f32", "ceil sqrt nearest"), ...unary("f64", "floor trunc")]) {
      expect(body(source)).toMatchObject({ floats: true });
    }
    expect(body("(func f64.const 0 f32.demote_f64 drop)")).toMatchObject({ floats: true });
    const vector = (op: string) => body(`(func v128.const i64x2 0 0 v128.const i64x2 0 0 ${op} drop)`);
    expect(vector("f32x4.min")).toMatchObject({ floats: true });
    expect(vector("f32x4.pmin")).toMatchObject({ floats: false });
    expect(vector("i32x4.add")).toMatchObject({ floats: false });
    expect(body("(func v128.const i64x2 0 0 f64x2.promote_low_f32x4 drop)")).toMatchObject({ floats: true });
  });

  test("states: joins times locals and operands", () => {
    // Entry, loop, br_if, end of the loop; one parameter, one operand.
    expect(body("(func (param i32) loop local.get 0 br_if 0 end)").states).toBe(4 * 2);
    // Entry, two targets (the default is the third), end of the block.
    expect(body("(func (param i32) block local.get 0 br_table 0 0 0 end)").states).toBe(4 * 2);
    expect(body("(func (param i32) local.get 0 call 0)").states).toBe(2 * 2);
  });
});
