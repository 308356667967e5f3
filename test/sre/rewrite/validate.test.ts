// Modules that are wrong in one way each: refused by class, with section, function and offset (SPEC rules M1 to M5).
import { describe, expect, test } from "vitest";
import { REWRITE_LIMITS } from "../../../sre/wasm/rewrite/index.ts";
import { FEATURES } from "../../../sre/wasm/rewrite/module/index.ts";
import { binary, leb, name, section, withCode } from "../support/binary.ts";
import { BASE, EVERYTHING, read, refusal } from "../support/reading.ts";

const I32 = 0x7f;
const FUNC = 0x70;
const one = [section(1, [1, 0x60, 0, 0]), section(3, [1, 0])];
const empty = section(10, [1, 2, 0, 0x0b]);
const said = (module: Uint8Array, allowed = EVERYTHING) => refusal(module, allowed)?.message ?? "was taken";
/** A module whose global has this type, mutability and constant expression. */
const global = (type: number, mutable: number, ...constant: number[]) =>
  binary(...one, section(6, [1, type, mutable, ...constant, 0x0b]), empty);

describe("indices one past the end, which our appended things would make valid (M2)", () => {
  test.each([
    ["global.get", [0x23, 1, 0x1a], "global 1", 1],
    ["global.set, where the fuel counter comes to lie", [0x42, 0, 0x24, 1], "global 1", 3],
    ["local.get", [0x20, 0, 0x1a], "local 0", 1],
    ["local.set, where a scratch local comes to lie", [0x41, 0, 0x21, 0], "local 0", 3],
    ["local.tee", [0x41, 0, 0x22, 0, 0x1a], "local 0", 3],
    ["call, where an appended function comes to lie", [0x10, 1], "function 1", 1],
    ["return_call", [0x12, 1], "function 1", 1],
    ["ref.func", [0xd2, 1, 0x1a], "function 1", 1],
    ["call_indirect's type", [0x41, 0, 0x11, 1, 0], "type 1", 3],
    ["call_indirect's table", [0x41, 0, 0x11, 0, 1], "table 1", 4],
    ["return_call_indirect's table", [0x41, 0, 0x13, 0, 1], "table 1", 4],
    ["a block's type", [0x02, 1, 0x0b], "type 1", 1],
    ["br to a block that a pass adds", [0x0c, 1], "label 1", 1],
    ["br_if", [0x41, 0, 0x0d, 1], "label 1", 3],
    ["br_table's default", [0x41, 0, 0x0e, 1, 0, 1], "label 1", 5],
    ["br_table's first", [0x41, 0, 0x0e, 1, 1, 0], "label 1", 4],
    ["elem.drop", [0xfc, 13, 0], "element segment 0", 2],
    ["table.init's segment", [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 12, 0, 0], "element segment 0", 8],
    ["table.get", [0x41, 0, 0x25, 1, 0x1a], "table 1", 3],
    ["table.set", [0x41, 0, 0xd0, FUNC, 0x26, 1], "table 1", 5],
    ["table.size", [0xfc, 16, 1, 0x1a], "table 1", 2],
    ["table.copy", [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 14, 0, 1], "table 1", 9],
    ["throw", [0x08, 0], "tag 0", 1],
    ["a catch clause's tag", [0x1f, 0x40, 1, 0, 0, 0, 0x0b], "tag 0", 4],
    ["a catch clause's label", [0x1f, 0x40, 1, 2, 1, 0x0b], "label 1", 4],
  ])("%s", (_what, code, named, offset) => {
    const module = withCode(code);
    const found = refusal(module)!;
    expect(found).toMatchObject({ code: "index", section: "code", function: 0, feature: null });
    expect(found.message).toMatch(new RegExp(`names ${named}, but there are \\d+ \\(code section, function 0, offset`));
    expect(found.offset).toBe(module.length - code.length - 1 + offset);
    // The same in unreachable code.
    expect(refusal(withCode([0x00, ...code]))).toMatchObject({ code: "index" });
  });

  test.each([
    ["load", [0x41, 0, 0x28, 0x42, 1, 0, 0x1a]],
    ["memory.size", [0x3f, 1, 0x1a]],
    ["memory.fill", [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 1]],
    ["memory.copy", [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 1]],
  ])("memory 1 by %s", (_what, code) => {
    expect(said(withCode(code))).toMatch(/ uses memory 1, which the module lacks/);
  });

  test("exports of each kind, start, elements, data, types", () => {
    for (const [kind, what] of ["function 1", "table 0", "memory 0", "global 0", "tag 0"].entries()) {
      const index = what === "function 1" ? 1 : 0;
      expect(said(binary(...one, section(7, [1], name("x"), [kind, index]), empty))).toContain(`names ${what}`);
    }
    expect(said(binary(...one, section(8, [1]), empty))).toMatch(/names function 1.*start section/);
    expect(said(binary(...one, section(9, [1, 0, 0x41, 0, 0x0b, 0]), empty))).toMatch(/fills table 0/);
    expect(said(binary(...one, section(9, [1, 1, 0, 1, 1]), empty))).toMatch(/function 1.*element section/);
    expect(said(binary(...one, empty, section(11, [1, 0, 0x41, 0, 0x0b, 0])))).toMatch(/fills memory 0/);
    expect(said(binary(section(1, [1, 0x60, 0, 0]), section(3, [1, 1]), empty))).toMatch(/type 1/);
    expect(said(binary(section(13, [1, 0, 0])))).toMatch(/type 0.*tag section/);
    expect(said(global(I32, 0, 0x23, 0))).toMatch(/names global 0/);
    expect(said(global(FUNC, 0, 0xd2, 1))).toMatch(/names function 1/);
    expect(said(withCode([0xfc, 9, 0]))).toMatch(/data count/);
  });
});

describe("features outside every profile are refused by name, with the remedy (M1)", () => {
  test.each([
    ["threads", withCode([0xfe, 3, 0]), /\(opcode 0xfe 0x3\); rebuild without -pthread \(code section, function 0/],
    ["threads", binary(section(5, [1, 3, 1, 1])), /^uses threads \(memory 0 is shared\); rebuild without -pthread/],
    ["threads", binary(section(4, [1, FUNC, 3, 1, 1])), /table 0 is shared/],
    ["threads", global(I32, 2, 0x41, 0), /global 0 is shared/],
    ["relaxed SIMD", withCode([0xfd, 0x80, 2]), /\(opcode 0xfd 0x100\); rebuild without -mrelaxed-simd/],
    ["the legacy form of exceptions", withCode([0x06, 0x40, 0x0b]), /opcode 0x06.*-wasm-use-legacy-eh=false/],
    ["garbage-collected types", binary(section(1, [1, 0x5f, 0])), /a type of form 0x5f/],
    ["garbage-collected types", withCode([0xfb, 0]), /opcode 0xfb 0x0/],
    ["garbage-collected types", withCode([], [1, 1, 0x6e]), /type 0x6e/],
    ["typed function references", withCode([0x14, 0]), /opcode 0x14/],
    ["typed function references", withCode([], [1, 1, 0x63, 0]), /type 0x63/],
    ["typed function references", withCode([0xd0, 0, 0x1a]), /ref\.null of a type by its index/],
    ["typed function references", binary(section(4, [1, 0x40, 0, FUNC, 0, 1, 0xd0, FUNC, 0x0b])), /initialiser/],
    ["custom page sizes", binary(section(5, [1, 8, 1, 0])), /memory 0/],
    ["wide arithmetic", withCode([0xfc, 0x13]), /-mwide-arithmetic/],
    ["stack switching", withCode([0xe0, 0]), /opcode 0xe0/],
    ["components", new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]), /give the core module/],
  ])("%s", (feature, module, message) => {
    const found = refusal(module)!;
    expect(found).toMatchObject({ code: "unsupported", feature });
    expect(found.message).toContain(`uses ${feature} (`);
    expect(found.message).toMatch(message);
  });

  test.each([
    ["memory64", binary(section(5, [1, 4, 1])), "memory 0 has 64-bit addresses"],
    ["memory64", binary(section(4, [1, FUNC, 4, 1])), "table 0 has 64-bit addresses"],
    ["multi-memory", binary(section(5, [2, 0, 1, 0, 1])), "memory 1"],
    ["multi-memory", withCode([0x41, 0, 0x28, 0x42, 0, 0, 0x1a]), "i32.load names a memory"],
    ["multi-memory", withCode([0x3f, 0x80, 0, 0x1a]), "memory 0"],
    ["exceptions", withCode([0x1f, 0x40, 0, 0x0b]), "opcode 0x1f"],
    ["exceptions", withCode([0xd0, 0x69, 0x0a]), "type exnref"],
    ["exceptions", withCode([], [1, 1, 0x69]), "type exnref"],
    ["exceptions", binary(section(1, [1, 0x60, 0, 0]), section(13, [1, 0, 0])), "a tag"],
  ])("%s is taken by a profile that has it and by no other", (feature, module, how) => {
    expect([...read(module).module.features]).toEqual([feature]);
    const rest = new Set(FEATURES.filter((other) => other !== feature));
    for (const allowed of [BASE, rest]) {
      const found = refusal(module, allowed)!;
      expect(found).toMatchObject({ code: "unsupported", feature });
      expect(found.message).toContain(`(${how}); choose a profile with ${feature}, or `);
    }
  });

  test("a module of the base profile uses none", () => {
    expect(read(withCode([0x01]), BASE).module.features.size).toBe(0);
  });

  test("imports of globals and tags are refused by name; memories and tables become the module's own", () => {
    const imported = (...kind: number[]) => binary(...one.slice(0, 1), section(2, [1], name("env"), name("x"), kind));
    expect(said(imported(3, I32, 0))).toMatch(/imports the global "env"."x", which no host offers; define the global/);
    expect(said(imported(4, 0, 0))).toMatch(/imports the tag "env"."x"/);
    expect(said(imported(5, 0))).toMatch(/import of unknown kind/);
    expect(read(imported(2, 0, 1)).module.memories).toMatchObject([{ imported: true, initial: 1, maximum: null }]);
    expect(read(imported(1, FUNC, 1, 2, 3)).module.tables).toMatchObject([{ imported: true, initial: 2, maximum: 3 }]);
    expect(read(imported(0, 0)).module.imports).toMatchObject([{ module: "env", name: "x" }]);
  });
});

describe("malformed bytes", () => {
  test("numbers longer than they may be, and their longest right form", () => {
    const taken = (...code: number[]) => expect(refusal(withCode(code))).toBeNull();
    expect(said(withCode([0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1a]))).toMatch(/signed 32-bit/);
    expect(said(withCode([0x41, 0xff, 0xff, 0xff, 0xff, 0x4f, 0x1a]))).toMatch(/signed 32-bit/);
    taken(0x41, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x1a);
    taken(0x42, ...new Array(9).fill(0x80), 0x7f, 0x1a);
    expect(said(withCode([0x42, ...new Array(9).fill(0x80), 0x3f, 0x1a]))).toMatch(/signed 64-bit/);
    expect(said(withCode([0x0c, 0x80, 0x80, 0x80, 0x80, 0x10]))).toMatch(/unsigned 32-bit/);
    taken(0x0c, 0x80, 0x80, 0x80, 0x80, 0x00);
    expect(said(withCode([0xfd, 0xff, 0xff, 0xff, 0xff, 0x1f]))).toMatch(/unsigned 32-bit/);
    taken(0xfd, 0x8c, 0x80, 0x80, 0x80, 0x00, ...new Array(16).fill(0), 0x1a);
    // A block type is a signed 33-bit number: -1 in two bytes is neither i32 nor an index.
    expect(said(withCode([0x02, 0xff, 0x7f, 0x0b]))).toMatch(/block of unknown type/);
    expect(said(withCode([0x02, 0x80, 0x80, 0x80, 0x80, 0x20, 0x0b]))).toMatch(/signed 33-bit/);
    taken(0x02, 0x80, 0x80, 0x80, 0x80, 0x00, 0x0b);
  });

  test("64-bit sizes are read to their end", () => {
    const wide = (...size: number[]) => binary(section(4, [1, FUNC, 5, 0, ...size]));
    expect(refusal(wide(...new Array(9).fill(0xff), 1))).toBeNull();
    expect(said(wide(...new Array(9).fill(0xff), 2))).toMatch(/unsigned 64-bit/);
    expect(said(wide(...new Array(10).fill(0x80), 0))).toMatch(/unsigned 64-bit/);
  });

  test("counts that promise more than there is are refused before anything is made of them", () => {
    const counts: readonly (readonly [number, number])[] = [
      [1, 99_999],
      [3, 199_999],
      [6, 99_999],
      [7, 99_999],
      [9, 99_999],
      [10, 199_999],
      [11, 49_999],
      [13, 9_999],
    ];
    for (const [id, count] of counts) {
      expect(said(binary(section(id, leb(count), [0, 0])))).toMatch(/promises \d+ .* and then ends/);
    }
    for (const id of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13]) {
      expect(said(binary(section(id, leb(2 ** 32 - 1))))).toMatch(/has 4294967295 .*; the profile takes at most/);
    }
    const locals = [2, 0xff, 0xff, 0xff, 0xff, 0x0f, I32, 1, I32];
    expect(said(withCode([], locals))).toMatch(/more than 20000 parameters and locals/);
    expect(said(binary(section(4, [1, FUNC, 0], leb(2 ** 32 - 1))))).toMatch(/tables of 4294967295 elements/);
    expect(said(withCode([0x41, 0, 0x0e, ...leb(9_999), 0]))).toMatch(/promises 9999 branch targets/);
    expect(said(binary(section(1, [1, 0x60, ...leb(2 ** 31)])))).toMatch(/2147483648 parameters/);
    expect(said(binary(section(7, [1], leb(2 ** 32 - 1))))).toMatch(/name of 4294967295 bytes/);
  });

  test("sections twice, out of order, of wrong length or unknown kind", () => {
    const ids = [1, 2, 3, 4, 5, 13, 6, 7, 9, 10, 11];
    for (const [place, id] of ids.entries()) {
      expect(said(binary(section(id, [0]), section(id, [0])))).toMatch(/section twice or out of order/);
      for (const before of ids.slice(0, place)) {
        expect(said(binary(section(id, [0]), section(before, [0])))).toMatch(/out of order.*header section/);
      }
      expect(said(binary(section(id, [0, 0])))).toMatch(/does not end where its size says/);
      expect(said(binary([id, 5, 0]))).toMatch(/longer than the module/);
    }
    expect(refusal(binary(...ids.map((id) => section(id, [0]))))).toBeNull();
    expect(said(binary(section(12, [0]), section(9, [0])))).toMatch(/element section twice or out of order/);
    expect(said(binary(section(14, [0])))).toMatch(/unknown kind 14/);
    expect(said(binary(...one))).toMatch(/1 functions but has 0 bodies/);
    expect(said(binary(section(10, [1, 2, 0, 0x0b])))).toMatch(/0 functions but has 1 bodies/);
    expect(said(binary(section(5, [1, 0, 1]), section(12, [1]), section(11, [0])))).toMatch(/counts 1 data segments/);
    expect(said(binary(section(12, [1])))).toMatch(/counts 1 data segments but has 0/);
  });

  test("bodies that end too early or too late", () => {
    const sized = (...bytes: number[]) => said(binary(...one, section(10, [1, ...bytes])));
    expect(sized(0)).toMatch(/end in the middle/);
    expect(sized(1, 0)).toMatch(/end in the middle/);
    expect(sized(3, 0, 0x41, 0)).toMatch(/function 0.*offset 0x19/);
    expect(sized(3, 0, 0x0b, 0x01)).toMatch(/code goes on after the function's end/);
    expect(sized(9, 0, 0x0b)).toMatch(/end in the middle/);
    expect(said(withCode([0x02, 0x40]))).toMatch(/end in the middle/);
    expect(said(withCode([0x05]))).toMatch(/else without an if/);
    expect(said(withCode([0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0b]))).toMatch(/else without an if/);
    expect(said(withCode([0xff]))).toMatch(/unknown instruction, opcode 0xff/);
    expect(said(withCode([0xfc, 18]))).toMatch(/unknown instruction, opcode 0xfc 0x12/);
    expect(said(withCode([0xfd, 154, 1]))).toMatch(/unknown instruction, opcode 0xfd 0x9a/);
  });

  test("custom sections stand anywhere, but their names must be whole and UTF-8", () => {
    const custom = section(0, name("x"), [1, 2, 3]);
    expect(refusal(binary(custom, ...one.flatMap((part) => [part, custom, custom]), empty, custom))).toBeNull();
    expect(said(binary(section(0)))).toMatch(/end in the middle.*custom section/);
    expect(said(binary(section(0, [5, 0x61])))).toMatch(/end in the middle.*custom section/);
    expect(said(binary(section(0, [1, 0xff])))).toMatch(/not UTF-8/);
  });

  test.each([
    ["a lone continuation byte", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["an overlong NUL in three bytes", [0xe0, 0x80, 0x80]],
    ["an overlong form in four bytes", [0xf0, 0x80, 0x80, 0x80]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["cut short", [0xe2, 0x82]],
    ["a byte that never occurs", [0xfe]],
  ])("a name with %s is not UTF-8", (_what, bytes) => {
    const spelled = [...leb(bytes.length), ...bytes];
    expect(said(binary(...one, section(7, [1], spelled, [0, 0]), empty))).toMatch(/not UTF-8.*export section/);
    expect(said(binary(one[0]!, section(2, [1], spelled, name("x"), [0, 0])))).toMatch(/not UTF-8.*import section/);
    expect(said(binary(one[0]!, section(2, [1], name("x"), spelled, [0, 0])))).toMatch(/not UTF-8.*import section/);
  });
});

describe("rules of the specification outside code", () => {
  const exported = (...names: string[]) =>
    binary(...one, section(7, [names.length], ...names.flatMap((each) => [name(each), [0, 0]])), empty);

  test("no two exports have one name, in whatever spelling", () => {
    expect(refusal(exported("a", "b", "", "á", "$fuel", ".a", "__proto__"))).toBeNull();
    expect(refusal(exported("a", "b", "a"))).toMatchObject({ code: "invalid", section: "export" });
    expect(said(exported("á", "á"))).toMatch(/exports "\uFFFD" twice/);
    // Names that look alike once made safe to show are still two.
    expect(refusal(exported("á", "é"))).toBeNull();
  });

  test("a maximum below the start, memories beyond their addresses", () => {
    expect(said(binary(section(5, [1, 1, 2, 1])))).toMatch(/memory 0 has a maximum below its start/);
    expect(said(binary(section(4, [1, FUNC, 1, 2, 1])))).toMatch(/table 0 has a maximum below its start/);
    expect(said(binary(section(5, [1, 0, ...leb(65_537)])))).toMatch(/memory 0 is larger than its addresses reach/);
    expect(said(binary(section(5, [1, 1, 0, ...leb(65_537)])))).toMatch(/larger than its addresses reach/);
    expect(refusal(binary(section(5, [1, 1, ...leb(65_536), ...leb(65_536)])))).toBeNull();
    expect(refusal(binary(section(5, [1, 5, 0, ...leb(262_144)])))).toBeNull();
    expect(refusal(binary(section(5, [1, 5, 0, ...leb(262_145)])))).toMatchObject({ code: "limit" });
    expect(said(binary(section(5, [1, 16, 0])))).toMatch(/unknown limits flags 0x10/);
  });

  test("the start function takes and gives nothing; a tag gives nothing", () => {
    const typed = (...type: number[]) =>
      binary(section(1, [1, 0x60, ...type]), section(3, [1, 0]), section(8, [0]), section(10, [1, 3, 0, 0, 0x0b]));
    expect(refusal(typed(0, 0))).toBeNull();
    expect(said(typed(1, I32, 0))).toMatch(/starts with function 0, which has parameters or results/);
    expect(said(typed(0, 1, I32))).toMatch(/starts with function 0/);
    expect(said(binary(section(1, [1, 0x60, 0, 1, I32]), section(13, [1, 0, 0])))).toMatch(/tag 0 has results/);
  });

  test("constant expressions leave one value of the right type, by constant means", () => {
    expect(refusal(global(I32, 0, 0x41, 1, 0x41, 2, 0x6a, 0x41, 3, 0x6c))).toBeNull();
    expect(refusal(global(0x7e, 0, 0x42, 1, 0x42, 2, 0x7d))).toBeNull();
    expect(refusal(global(0x7b, 0, 0xfd, 12, ...new Array(16).fill(0)))).toBeNull();
    expect(refusal(global(FUNC, 1, 0xd2, 0))).toBeNull();
    expect(said(global(I32, 0))).toMatch(/global 0 needs one i32, but its constant expression leaves 0 values/);
    expect(said(global(I32, 0, 0x42, 0))).toMatch(/leaves i64/);
    expect(said(global(I32, 0, 0x41, 0, 0x41, 0))).toMatch(/leaves 2 values/);
    expect(said(global(I32, 0, 0x41, 0, 0x6a))).toMatch(/needs two i32/);
    expect(said(global(I32, 0, 0x42, 0, 0x42, 0, 0x6a))).toMatch(/needs two i32/);
    expect(said(global(I32, 0, 0x41, 0, 0x45))).toMatch(/not constant in a constant expression, opcode 0x45/);
    expect(said(global(0x6f, 0, 0xd0, FUNC))).toMatch(/needs one externref, but .* leaves funcref/);
    expect(said(global(I32, 2 + 2, 0x41, 0))).toMatch(/unknown mutability/);
    const chain = (mutable: number) =>
      binary(section(6, [2, I32, mutable, 0x41, 0, 0x0b, I32, 0, 0x23, 0, 0x41, 1, 0x6a, 0x0b]));
    expect(refusal(chain(0))).toBeNull();
    expect(said(chain(1))).toMatch(/reads global 0 in a constant expression, but it may change/);
  });

  test("segments fit their table or memory", () => {
    const table = (type: number, ...segment: number[]) =>
      binary(...one, section(4, [1, type, 0, 1]), section(9, [1, ...segment]), empty);
    expect(refusal(table(FUNC, 0, 0x41, 0, 0x0b, 1, 0))).toBeNull();
    expect(refusal(table(0x6f, 6, 0, 0x41, 0, 0x0b, 0x6f, 1, 0xd0, 0x6f, 0x0b))).toBeNull();
    expect(said(table(0x6f, 0, 0x41, 0, 0x0b, 1, 0))).toMatch(/element segment 0 fills table 0 with another type/);
    expect(said(table(FUNC, 4, 0x41, 0, 0x0b, 1, 0xd0, 0x6f, 0x0b))).toMatch(/needs one funcref/);
    expect(said(table(FUNC, 0, 0x42, 0, 0x0b, 0))).toMatch(/the offset of element segment 0 needs one i32/);
    expect(said(table(FUNC, 1, 1, 0))).toMatch(/element segment of unknown kind/);
    expect(said(table(FUNC, 5, I32, 0))).toMatch(/i32 is not a reference type/);
    expect(said(table(FUNC, 8))).toMatch(/unknown flags 8/);
    const data = (flags: number, ...segment: number[]) =>
      binary(section(5, [1, flags, 1]), section(11, [1, ...segment]));
    expect(refusal(data(4, 0, 0x42, 0, 0x0b, 0))).toBeNull();
    expect(said(data(4, 0, 0x41, 0, 0x0b, 0))).toMatch(/the offset of data segment 0 needs one i64/);
    expect(said(data(0, 2, 1, 0x41, 0, 0x0b, 0))).toMatch(/fills memory 1/);
    expect(said(data(0, 3))).toMatch(/unknown flags 3/);
    expect(said(data(0, 1, 5, 0))).toMatch(/end in the middle/);
  });
});

describe("sizes that would fill memory or take long are refused", () => {
  test("nesting, operands, lists passed around", () => {
    const nested = (depth: number) => [...new Array(depth).fill([0x02, 0x40]).flat(), ...new Array(depth).fill(0x0b)];
    expect(refusal(withCode(nested(REWRITE_LIMITS.nesting - 1)))).toBeNull();
    expect(said(withCode(nested(REWRITE_LIMITS.nesting)))).toMatch(/nests more than 20000 blocks/);
    const operands = (count: number) => [...new Array(count).fill([0x41, 0]).flat(), 0x00];
    expect(refusal(withCode(operands(REWRITE_LIMITS.operands)))).toBeNull();
    expect(said(withCode(operands(REWRITE_LIMITS.operands + 1)))).toMatch(/more than 100000 operands at once/);
    expect(said(withCode([0x00, ...operands(REWRITE_LIMITS.operands + 1)]))).toMatch(/operands at once/);
    const constants = new Array(REWRITE_LIMITS.operands + 1).fill([0x41, 0]).flat();
    const constant = section(6, [1, I32, 0], constants, [0x0b]);
    expect(said(binary(constant))).toMatch(/operands in a constant expression/);
  });

  test("growths, whose prices would pass what a charge can hold", () => {
    const growing = (opcode: readonly number[], count: number) => {
      const code = [0, 0xd0, FUNC, 0x1a, 0x41, 0, ...new Array(count).fill(opcode).flat(), 0x1a, 0x0b];
      const table = section(4, [1, FUNC, 0, 1]);
      return binary(...one, table, section(5, [1, 0, 1]), section(10, [1], leb(code.length), code));
    };
    const count = REWRITE_LIMITS.growths;
    expect(refusal(growing([0x40, 0], count))).toBeNull();
    expect(said(growing([0x40, 0], count + 1))).toMatch(/grows things in more than 100000 places/);
  });

  test("types compared in lists, two bytes of code at a time", () => {
    const wide = REWRITE_LIMITS.results;
    const lists = section(1, [1, 0x60, 0], leb(wide), new Array(wide).fill(I32));
    const calls = new Array(420_000).fill([0x0c, 0]).flat();
    const code = [0, 0x00, 0x03, 0x40, ...calls, 0x0b, 0x0b];
    const loop = binary(lists, section(3, [1, 0]), section(10, [1], leb(code.length), code));
    expect(refusal(loop)).toBeNull();
    // Unreachable branches, each with a list of 500 types: rule M11, at the cap and one above.
    const branches = (count: number) => {
      const code = [0, 0x00, ...new Array(count).fill([0x0c, 0]).flat(), 0x0b];
      return binary(lists, section(3, [1, 0]), section(10, [1], leb(code.length), code));
    };
    expect(refusal(branches(REWRITE_LIMITS.listed / wide))).toBeNull();
    expect(said(branches(REWRITE_LIMITS.listed / wide + 1))).toMatch(/passes too many parameters and results around/);
  });
});
