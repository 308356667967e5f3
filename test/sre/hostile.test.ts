// Modules that mean harm, or no harm but too much: each is refused by name and place (SPEC rules M1 to M8).
import { describe, expect, test } from "vitest";
import { inspect } from "../../sre/wasm/index.ts";
import { REWRITE_LIMITS, type Refusal, rewrite } from "../../sre/wasm/rewrite/index.ts";
import { run } from "../campaigns/wasm-mutations.ts";
import { binary, leb, name, section, withCode } from "./support/binary.ts";
import { ECHO, guest, LOG } from "./support/guests.ts";
import { utf8 } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

/** Why the base profile refuses a module. */
function refusal(module: Uint8Array): Refusal {
  const result = rewrite(module, { features: new Set(), refuseImport: () => null, keepExport: () => true });
  if (result.kind === "rewritten") throw new Error("was taken");
  return result.refusal;
}
const taken = (module: Uint8Array) =>
  rewrite(module, { refuseImport: () => null, keepExport: () => true }).kind === "rewritten";
const I32 = 0x7f;

describe("a module that is slow to compile", () => {
  // Without the cap 80 kB of this kept a worker busy for 16 s at a price of 2,380 fuel.
  test("for its many branches over many locals is refused before an engine sees it", () => {
    const branches = "(br_if 0 (local.get 0))".repeat(20_000);
    const bomb = (locals: number) =>
      wat(`(module (func (param i32) (local ${"i64 ".repeat(locals)}) (block ${branches})))`);
    const result = (locals: number) => rewrite(bomb(locals), { refuseImport: () => null, keepExport: () => true });
    expect(result(19_000)).toMatchObject({ kind: "refused", refusal: { code: "limit", function: 0 } });
    expect(result(1_000)).toMatchObject({ kind: "rewritten" });
  });
});

describe("indices one past the end, which our appended things would make valid (M2)", () => {
  test.each([
    ["global.get", [0x23, 1, 0x1a], "global 1", 2],
    ["global.set, where the fuel counter comes to lie", [0x42, 0, 0x24, 1], "global 1", 4],
    ["local.get", [0x20, 0, 0x1a], "local 0", 2],
    ["local.set, where a scratch local comes to lie", [0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x9f, 0x21, 0], "local 0", 12],
    ["call, where the first appended function comes to lie", [0x42, 0x7f, 0x10, 1], "function 1", 4],
    ["ref.func", [0xd2, 1, 0x1a], "function 1", 2],
    ["call_indirect's type", [0x42, 0, 0x41, 0, 0x11, 1, 0], "type 1", 6],
    ["call_indirect's table", [0x41, 0, 0x11, 0, 1], "table 1", 5],
    ["a block's type", [0x02, 1, 0x0b], "type 1", 2],
    ["br to the block that may be put around the whole body", [0x0c, 1], "label 1", 2],
    ["br_table", [0x41, 0, 0x0e, 1, 0, 1], "label 1", 6],
    ["elem.drop", [0xfc, 13, 0], "element segment 0", 3],
    ["table.get", [0x41, 0, 0x25, 1, 0x1a], "table 1", 4],
  ])("%s", (_what, code, named, offset) => {
    const base = withCode(code as number[]);
    expect(refusal(base)).toMatchObject({ code: "index", section: "code", function: 0 });
    expect(refusal(base).message).toMatch(
      new RegExp(`names ${named}, but there (are|is) \\d+ \\(code section, function 0, offset 0x`),
    );
    const codeAt = base.length - (code as number[]).length - 1;
    expect(refusal(base).offset).toBe(codeAt + (offset as number) - 1);
  });

  test("exports, start, elements, data", () => {
    const one = [section(1, [1, 0x60, 0, 0]), section(3, [1, 0])];
    const code = section(10, [1, 2, 0, 0x0b]);
    expect(refusal(binary(...one, section(7, [1], name("x"), [0, 1]), code)).message).toMatch(/function 1/);
    expect(refusal(binary(...one, section(7, [1], name("x"), [3, 0]), code)).message).toMatch(/global 0/);
    expect(refusal(binary(...one, section(7, [1], name("x"), [2, 0]), code)).message).toMatch(/memory 0/);
    expect(refusal(binary(...one, section(8, [1]), code)).message).toMatch(/function 1/);
    expect(refusal(binary(...one, section(9, [1, 0, 0x41, 0, 0x0b, 0]), code)).message).toMatch(/table 0/);
    expect(refusal(binary(...one, code, section(11, [1, 0, 0x41, 0, 0x0b, 0]))).message).toMatch(/memory 0/);
    expect(refusal(withCode([0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0])).message).toMatch(/data count/);
  });
});

describe("features outside the profile are refused by name (M1)", () => {
  test.each([
    ["relaxed SIMD", withCode([0xfd, 0x80, 0x02]), /relaxed SIMD \(opcode 0xfd 0x100\)/],
    ["atomics", withCode([0xfe, 3, 0]), /threads \(opcode 0xfe 0x3\).*-pthread/],
    ["shared memory", binary(section(5, [1, 3, 1, 1])), /threads \(memory 0 is shared\); rebuild without -pthread/],
    ["memory64", binary(section(5, [1, 4, 1])), /memory64/],
    ["two memories", binary(section(5, [2, 0, 1, 0, 1])), /multi/],
    ["legacy exceptions", withCode([0x06, 0x40, 0x0b]), /exceptions.*opcode 0x0?6/],
    ["a tag section", binary(section(1, [1, 0x60, 0, 0]), section(13, [1, 0, 0])), /exceptions/],
    ["garbage collection", binary(section(1, [1, 0x5f, 0])), /garbage-collected types/],
    ["gc instructions", withCode([0xfb, 0]), /garbage-collected/],
    ["call_ref", withCode([0x14, 0]), /typed function references/],
    ["a component", new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]), /component/],
    ["an imported global", binary(section(2, [1], name("e"), name("g"), [3, I32, 0])), /imports the global/],
    ["an unknown instruction", withCode([0xff]), /unknown instruction, opcode 0xff/],
  ])("%s", (_what, module, message) => {
    expect(refusal(module).message).toMatch(message);
  });

  test("an import outside the ABI names it and what is offered, one by one", () => {
    const source = guest("(i64.const 0)", `(import "wasi_snapshot_preview1" "fd_write" (func (param i32)))`);
    expect(() => inspect(wat(source))).toThrow(
      /imports "wasi_snapshot_preview1"."fd_write", which the ABI bytes\/1 does not offer; it offers "lockstep"."log", "lockstep"."abort"/,
    );
  });
});

describe("malformed bytes", () => {
  test("numbers longer than they may be, and their longest right form", () => {
    expect(refusal(withCode([0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1a])).message).toMatch(/signed 32-bit/);
    expect(refusal(withCode([0x41, 0xff, 0xff, 0xff, 0xff, 0x4f, 0x1a])).message).toMatch(/signed 32-bit/);
    expect(taken(withCode([0x41, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x1a]))).toBe(true);
    expect(taken(withCode([0x42, ...new Array(9).fill(0x80), 0x7f, 0x1a]))).toBe(true);
    expect(refusal(withCode([0x42, ...new Array(9).fill(0x80), 0x3f, 0x1a])).message).toMatch(/signed 64-bit/);
    expect(refusal(withCode([0x0c, 0x80, 0x80, 0x80, 0x80, 0x10])).message).toMatch(/unsigned 32-bit/);
    expect(taken(withCode([0x0c, 0x80, 0x80, 0x80, 0x80, 0x00]))).toBe(true);
  });

  test("counts that promise more than there is are refused before anything is made of them", () => {
    for (const [id, count] of [
      [1, 99_999],
      [3, 199_999],
      [6, 99_999],
      [7, 99_999],
      [10, 199_999],
      [11, 49_999],
    ] as const) {
      expect(refusal(binary(section(id, leb(count), [0, 0]))).message).toMatch(/promises .* and then ends/);
    }
    expect(refusal(binary(section(1, leb(2 ** 32 - 1)))).message).toMatch(/the profile takes at most/);
    expect(refusal(withCode([], [2, 0xff, 0xff, 0xff, 0xff, 0x0f, I32, 1, I32])).message).toMatch(/more than 20000/);
    expect(refusal(binary(section(4, [1, 0x70, 0], leb(2 ** 32 - 1)))).message).toMatch(
      /tables of 4294967295 elements/,
    );
  });

  test("sections twice, out of order, too long, of unknown kind; code that goes on", () => {
    expect(refusal(binary(section(1, [0]), section(1, [0]))).message).toMatch(/type section twice or out of order/);
    expect(refusal(binary(section(5, [0]), section(1, [0]))).message).toMatch(/out of order/);
    expect(refusal(binary([1, 5, 0])).message).toMatch(/longer than the module/);
    expect(refusal(binary(section(14, [0]))).message).toMatch(/unknown kind 14/);
    expect(refusal(binary(section(1, [0, 0]))).message).toMatch(/does not end where its size says/);
    expect(refusal(withCode([0x0b, 0x01])).message).toMatch(/code goes on/);
    expect(refusal(withCode([0x6a])).message).toMatch(/needs i32/);
    expect(refusal(withCode([0x41, 0])).message).toMatch(/1 operands more/);
    expect(refusal(withCode([0x05])).message).toMatch(/else without an if/);
    expect(refusal(binary(section(1, [1, 0x60, 0, 0]), section(3, [1, 0]))).message).toMatch(
      /1 functions but has 0 bodies/,
    );
  });

  test("nesting far beyond any compiler's is refused, deep nesting is taken, and neither needs the host's stack", () => {
    const nested = (depth: number) => [...new Array(depth).fill([0x02, 0x40]).flat(), ...new Array(depth).fill(0x0b)];
    expect(taken(withCode(nested(REWRITE_LIMITS.nesting - 1)))).toBe(true);
    expect(refusal(withCode(nested(REWRITE_LIMITS.nesting))).message).toMatch(/nests more than/);
  });

  test("a body that rewriting makes longer than engines take is refused", () => {
    // Each root is stored, so each is made canonical.
    const root = [0x41, 0, 0x44, ...new Array(8).fill(0), 0x9f, 0xbd, 0x1a, 0x1a];
    const roots = (count: number) => new Array(count).fill(root).flat();
    expect(taken(withCode(roots(200_000)))).toBe(true);
    const refused = refusal(withCode(roots(400_000)));
    expect(refused).toMatchObject({ code: "limit", function: 0 });
    expect(refused.message).toMatch(/has \d+ bytes after rewriting; the profile takes at most 7000000/);
  });

  test("what would fill the rewriter's memory is refused", () => {
    const elements = [0, 0x41, 0, 0x0b, ...leb(600_000), ...new Array(600_000).fill(0)];
    const imported = binary(
      section(1, [1, 0x60, 0, 0]),
      section(2, [1], name("e"), name("f"), [0, 0]),
      section(4, [1, 0x70, 0, 1]),
      section(9, [2], elements, elements),
    );
    expect(refusal(imported).message).toMatch(/imported functions more than 1000000 times/);
  });

  test("text that is no module says so", () => {
    expect(refusal(utf8("hello")).message).toBe(
      "not a WebAssembly module: it does not begin with the bytes 00 61 73 6d (header section, offset 0x0)",
    );
  });

  test("a sample cut at every byte is refused or, whole, taken", () => {
    for (const source of [ECHO, LOG]) {
      const module = wat(source);
      for (let length = 0; length < module.length; length++) {
        const cut = module.slice(0, length);
        // A cut between sections can be a valid module of its own.
        if (taken(cut)) expect(WebAssembly.validate(cut)).toBe(true);
      }
      expect(taken(module)).toBe(true);
    }
  });
});

test("random flips and splices of modules never crash the rewriter or make valid what was not", async () => {
  const seed = Number(process.env["LOCKSTEP_SEED"] ?? 20_261_124);
  console.log(`seed ${seed}`);
  await expect(Promise.resolve(run({ seed, count: 20_000, log: console.log }))).resolves.toBeUndefined();
});
