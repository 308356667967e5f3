// Placed canonical NaNs against canonical NaNs after every operation, with the NaNs between spoiled: the two may
// differ in nothing that a guest can look at.
import { describe, expect, test } from "vitest";
import type { ValueType } from "../../../sre/wasm/rewrite/module/index.ts";
import { DETAILS, HANDLER, HANDLERS, NAMES } from "../../../sre/wasm/rewrite/module/index.ts";
import { run } from "../../campaigns/wasm-nans.ts";
import { leb } from "../support/binary.ts";
import { rewritten, type TestModule, trace } from "../support/nan-module.ts";
import { opcodeBytes, operandsOf, resultOf } from "../support/nan-programs.ts";

const zero32 = [0x43, 0, 0, 0, 0];
const zero64 = [0x44, 0, 0, 0, 0, 0, 0, 0, 0];
const zeros = [0xfd, 12, ...new Array<number>(16).fill(0)];
/** Values of each type: NaNs of an operation, NaNs from the memory, numbers. */
const SAMPLES: Readonly<Partial<Record<ValueType, readonly number[][]>>> = {
  i32: [[0x41, 1]],
  i64: [[0x42, 1]],
  f32: [
    [...zero32, ...zero32, 0x95],
    [0x41, 0, 0x2a, 0, 0],
    [0x43, 0, 0, 0x80, 0x3f],
  ],
  f64: [
    [...zero64, ...zero64, 0xa3],
    [0x41, 0, 0x2b, 0, 0],
    [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
  ],
  v128: [
    [...zeros, ...zeros, 0xfd, ...leb(231)],
    [...zeros, ...zeros, 0xfd, ...leb(243)],
    [0x41, 0, 0xfd, 0, 0, 0],
    zeros,
  ],
};
const STORES: Readonly<Partial<Record<ValueType, readonly number[]>>> = {
  i32: [0x36],
  i64: [0x37],
  f32: [0x38],
  f64: [0x39],
  v128: [0xfd, 11],
};
const LOCALS: readonly ValueType[] = ["i32", "i64", "f32", "f64", "v128"];
/** What is done to a result before it is stored: nothing, operations of both shapes, a copy in a local. */
const AFTER: Readonly<Partial<Record<ValueType, readonly number[][]>>> = {
  f32: [[], [0x91], [0x8c], [0x22, 2], [0xfd, 19]],
  f64: [[], [0x9f], [0x9a], [0x22, 3], [0xfd, 20]],
  v128: [[], [0xfd, ...leb(227)], [0xfd, ...leb(239)], [0x22, 4], [0xfd, 77]],
};

/** Every way to fill the operands. */
function fillings(types: readonly ValueType[]): number[][] {
  return types.reduce<number[][]>(
    (all, type) => all.flatMap((head) => SAMPLES[type]!.map((each) => [...head, ...each])),
    [[]],
  );
}

/** Immediates worth trying: lanes at both ends, shuffles of every width. */
function immediates(opcode: number): number[][] {
  const detail = DETAILS[opcode]!;
  switch (HANDLERS[opcode]) {
    case HANDLER.memory:
      return [[0, 0]];
    case HANDLER.memoryLane:
      return [
        [0, 0, 0],
        [0, 0, (16 >> detail) - 1],
      ];
    case HANDLER.lane:
      return [[0], [detail - 1]];
    case HANDLER.i32:
    case HANDLER.i64:
      return [[5]];
    case HANDLER.bytes:
      return [new Array<number>(detail).fill(0xff)];
    case HANDLER.shuffle:
      return [16, 8, 4, 2].map((width) => Array.from({ length: 16 }, (_, at) => (at + width) % 32));
    default:
      return [[]];
  }
}

/** All that one instruction does to all samples, each result stored in its own place. */
function moduleOf(opcode: number): TestModule {
  const result = resultOf(opcode);
  let place = 256;
  const next = (): number[] => {
    place += 16;
    return leb(place);
  };
  const code: number[] = [];
  for (const operands of fillings(operandsOf(opcode))) {
    for (const more of immediates(opcode)) {
      const made = [...operands, ...opcodeBytes(opcode), ...more];
      if (result === null) code.push(...made, 0x41, 0, 0x41, 0, 0xfd, 0, 0, 0, 0xfd, 11, 0, ...next());
      else {
        for (const after of AFTER[result] ?? [[]]) {
          const stored = after[0] === 0xfd && after.length === 2 ? "v128" : result;
          code.push(0x41, 0, ...made, ...after, ...STORES[stored]!, 0, ...next());
        }
      }
    }
  }
  const data = [1, 0, 0xc0, 0x7f, 0, 0, 0xf8, 0xff, 0xaa, 0xbb, 0xf0, 0x7f, 0xcc, 0xdd, 0xf4, 0xff];
  return { types: [{ params: [], results: [] }], functions: [{ type: 0, locals: LOCALS, code }], data };
}

const simple = [...NAMES.keys()].filter((opcode) => {
  const handler = HANDLERS[opcode]!;
  return (
    NAMES[opcode] !== "" && handler !== HANDLER.unknown && handler <= HANDLER.lastSimple && NAMES[opcode] !== "nop"
  );
});

describe("N1, N2: placed canonical NaNs", () => {
  test("every simple instruction on every kind of NaN", () => {
    for (const opcode of simple) {
      // A truncation of a NaN traps, which is no question of bits.
      if (/^i\d+\.trunc_f/.test(NAMES[opcode]!)) continue;
      const module = moduleOf(opcode);
      const told = trace(rewritten(module, "every", false), "f0");
      expect(told.trapped, NAMES[opcode]).toBe(false);
      expect(trace(rewritten(module, "observed", true), "f0"), NAMES[opcode]).toEqual(told);
    }
    expect(simple.length).toBeGreaterThan(380);
  });

  test("random programs, a seeded share of the campaign", async () => {
    await run({ seed: 20261125, count: 150, log: () => undefined });
  }, 60_000);

  test("a local as it was when a call threw", () => {
    // x is a NaN of an operation, then one from memory, then one of an operation again; calls 0, 1 and 2 between may
    // throw, and the handler looks at x and at what was thrown.
    const [made, loaded] = [SAMPLES.f64![0]!, SAMPLES.f64![1]!];
    const call = (which: number): number[] => [0x20, 0, 0x41, which, 0x46, 0x10, 0];
    const x = 1;
    const tried = [...call(0), ...loaded, 0x21, x, ...call(1), ...made, 0x21, x, ...call(2), ...loaded, 0x21, x];
    const handled = [0x02, 0x7c, 0x1f, 0x40, 1, 0, 0, 0, ...tried, 0x0b, ...made, 0x0b];
    const show = [0x21, 2, 0x41, 0, 0x20, 2, 0x39, 0, ...leb(256), 0x41, 0, 0x20, x, 0x39, 0, ...leb(272)];
    const body = [...made, 0x21, x, ...handled, ...show];
    const thrower = [0x20, 0, 0x04, 0x40, ...made, 0x08, 0, 0x0b];
    for (let which = 0; which < 4; which++) {
      const module: TestModule = {
        types: [
          { params: ["f64"], results: [] },
          { params: ["i32"], results: [] },
          { params: [], results: [] },
        ],
        functions: [
          { type: 1, locals: [], code: thrower },
          { type: 1, locals: ["f64", "f64"], code: body },
          { type: 2, locals: [], code: [0x41, which, 0x10, 1] },
        ],
        data: [1, 0, 0, 0, 0, 0, 0xf8, 0xff],
        tags: [0],
      };
      const told = trace(rewritten(module, "every", false), "f2");
      expect(told.trapped).toBe(false);
      expect(trace(rewritten(module, "observed", true), "f2"), `call ${which} throws`).toEqual(told);
      const bits = [...told.memory.slice(272, 280)];
      expect(bits).toEqual(which === 0 || which === 2 ? [0, 0, 0, 0, 0, 0, 0xf8, 0x7f] : module.data);
    }
  });
});
