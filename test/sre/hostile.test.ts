// Modules that mean harm, or no harm but too much, through all passes: each is refused by name and place (SPEC rules M1
// to M8). What the validator alone refuses stands in rewrite/validate.test.ts.
import { describe, expect, test } from "vitest";
import { inspect } from "../../sre/wasm/index.ts";
import { type Refusal, rewrite } from "../../sre/wasm/rewrite/index.ts";
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

describe("a module that is slow to compile", () => {
  // Without the cap 80 kB of this kept a worker busy for 16 s at a price of 2,380 fuel.
  test("for its many branches over many locals is refused before an engine sees it", () => {
    const branches = "(br_if 0 (local.get 0))".repeat(20_000);
    const bomb = (locals: number) =>
      wat(`(module (func (param i32) (local ${"i64 ".repeat(locals)}) (block ${branches})))`);
    const result = (locals: number) => rewrite(bomb(locals), { refuseImport: () => null, keepExport: () => true });
    expect(result(19_000)).toMatchObject({ kind: "refused", refusal: { code: "limit", function: 0 } });
    expect(result(400)).toMatchObject({ kind: "rewritten" });
  });
});

describe("what a person reads", () => {
  test("inspection says what, where and what to do, for programs too", () => {
    const shared = binary(section(5, [1, 3, 1, 1]));
    expect(() => inspect(shared)).toThrow(
      expect.objectContaining({
        code: "INVALID_MODULE",
        message: expect.stringContaining("uses threads (memory 0 is shared); rebuild without -pthread"),
        data: { reason: "unsupported", section: "memory", offset: 11, feature: "threads" },
      }),
    );
    expect(() => inspect(withCode([0x6a]))).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ reason: "invalid", section: "code", function: 0 }) }),
    );
  });

  test("an import outside the ABI names it and what is offered, one by one", () => {
    const source = guest("(i64.const 0)", `(import "wasi_snapshot_preview1" "fd_write" (func (param i32)))`);
    expect(() => inspect(wat(source))).toThrow(
      /imports "wasi_snapshot_preview1"."fd_write", which the ABI bytes\/1 does not offer; it offers "lockstep"."log", "lockstep"."abort"/,
    );
  });
});

describe("too much, or nothing", () => {
  test("a body that rewriting makes longer than engines take is refused", () => {
    // Each root is stored, so each is made canonical.
    const root = [0x41, 0, 0x44, ...new Array(8).fill(0), 0x9f, 0xbd, 0x1a, 0x1a];
    const roots = (count: number) => new Array(count).fill(root).flat();
    expect(taken(withCode(roots(150_000)))).toBe(true);
    const refused = refusal(withCode(roots(250_000)));
    expect(refused).toMatchObject({ code: "limit", function: 0 });
    expect(refused.message).toMatch(/has a size of up to \d+ bytes once metered; at most 7000000; split the function/);
  });

  test("what would fill the rewriter's memory is refused", () => {
    const elements = [0, 0x41, 0, 0x0b, ...leb(600_000), ...new Array(600_000).fill(0)];
    const imported = binary(
      section(1, [1, 0x60, 0, 0]),
      section(2, [1], name("e"), name("f"), [0, 0]),
      section(4, [1, 0x70, 0, 1]),
      section(9, [2], elements, elements),
    );
    expect(refusal(imported).message).toMatch(/more than 1000000 elements and /);
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
