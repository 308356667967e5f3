// Which sources are of integers alone (rules I2 and I3): what is let in, and what is not, each for its own reason.
import { describe, expect, test } from "vitest";
import { integerFault } from "../../../sre/webgpu/wgsl.ts";

const shared = "@group(0) @binding(0) var<storage, read_write> sums: array<atomic<u32>>;\n";
const inside = (body: string) => `${shared}@compute @workgroup_size(64)\nfn main() {\n${body}\n}`;

describe("rule I2: a source of integers alone", () => {
  test.each([
    "",
    "// any comment: sqrt(2.0) é\n/* nested /* vec4f */ 1.5 */ const a = 0xFFu;",
    "struct Pair { left: u32, sqrt: vec2<i32> }\nfn of(p: Pair) -> u32 { return p.left + u32(p.sqrt.x); }",
    "alias Word = u32;\nfn twice(x: Word) -> Word { return Word(2u) * x; }",
    "fn f(x: u32) -> u32 { switch (x) { case 1u: { return 0x1e; } default: { return 1e; } }".replace(
      "1e; } }",
      "1u; } }",
    ),
    "var<workgroup> rows: array<vec4u, 64>;\nfn f(i: u32) { rows[i].x = countOneBits(i) / (i % 7u); workgroupBarrier(); }",
  ])("takes %j", (source) => {
    expect(integerFault(source)).toBeNull();
  });

  test.each([
    ["const a = 1.0;", "has the number 1.0"],
    ["const a = 1e3;", "has the number 1e3"],
    ["const a = .5;", "has the number .5"],
    ["const a = 0x1p3;", "has the number 0x1p3"],
    ["const a = 1f;", "has the number 1f"],
    ["var<private> a: f32;", "names f32"],
    ["var<private> a: vec3h;", "names vec3h"],
    ["var<private> a: mat2x2<u32>;", "names mat2x2"],
    ["fn f(a: u32) -> u32 { return bitcast<f16>(a); }", "names f16"],
    // A float that no type and no number names.
    ["const a = sqrt(2);", "names sqrt"],
    ["fn f() { let sqrt = 1; }\nfn g() -> u32 { return u32(sqrt(2)); }", "names sqrt"],
    ["struct S { unpack4x8unorm: u32 }\nfn f() { let a = unpack4x8unorm(1u); }", "names unpack4x8unorm"],
    ["// a line ends here too:\u2028const a = sqrt(2);", "names sqrt"],
    ["enable subgroups;", "has the word enable"],
    ["fn f() { let enable = 1; let subgroups = 1; }\nenable subgroups;", "has the word enable"],
    ["@group(0) @binding(0) var a: texture_2d<u32>;", "names texture_2d"],
    ["@fragment fn f() {}", "has the attribute @fragment"],
    ["fn min(a: u32) -> u32 { return a; }", "has min, a name of WGSL's own"],
    ["const é = 1;", "has a character outside ASCII"],
    ["/* /* */", "begins a comment that never ends"],
  ])("refuses %j", (source, what) => {
    expect(integerFault(source)?.what).toContain(what);
  });

  test("says on which line", () => {
    expect(integerFault("// one\n/* two\nthree */\nconst a = 1.5;")).toEqual({
      line: 4,
      what: "has the number 1.5, which is no integer",
    });
  });
});

describe("rule I3: atomic operations whose order nobody sees", () => {
  test.each([
    inside("atomicAdd(&sums[1], 2u); if (true) { atomicSub(&sums[0], 1u); }"),
    inside("for (var i = 0; i < 3; atomicMax(&sums[0], 1u)) { i++; }"),
  ])("takes %j", (source) => {
    expect(integerFault(source)).toBeNull();
  });

  test.each([
    [inside("let before = atomicAdd(&sums[0], 1u);"), "uses what atomicAdd returns"],
    [inside("if (atomicAdd(&sums[0], 1u) == 0u) { return; }"), "uses what atomicAdd returns"],
    [inside("_ = atomicAdd(&sums[0], 1u);"), "uses what atomicAdd returns"],
    [inside("atomicAdd(&sums[0], 1u); atomicMax(&sums[1], 1u);"), 'mixes sums and maxima in "sums"'],
    [inside("let place = &sums[0]; atomicAdd(place, 1u);"), "on something else"],
    [inside("let sums = &sums; atomicAdd(&sums[0], 1u);"), "on something else"],
    [inside("atomicStore(&sums[0], 1u);"), "names atomicStore"],
    [inside("let now = atomicLoad(&sums[0]);"), "names atomicLoad"],
    [inside("let old = atomicExchange(&sums[0], 1u);"), "names atomicExchange"],
    [inside("let atomicAdd = 1;"), "has atomicAdd, a name of WGSL's own"],
  ])("refuses %j", (source, what) => {
    expect(integerFault(source)?.what).toContain(what);
  });
});
