// `check` sees: engines that run something a little different, or tell something else than what they ran, are found out,
// each in the guest's own terms. They are the product's own engine in this process, given another module, seed or answer.
import { beforeAll, describe, expect, test } from "vitest";
import { type Call, type Context, callOf, type Digest, fuel } from "../../chain/protocol/index.ts";
import type { Answered, Exit, HostCall, Value } from "../../host/check/answer.ts";
import { check, type Report, type Subject } from "../../host/check/check.ts";
import { tellCall } from "../../host/check/compare.ts";
import { type Dependence, foldedStacks, fuelTable } from "../../host/check/index.ts";
import { main } from "../../host/check/inside.ts";
import type { Asked } from "../../host/check/job.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import type { Engine, Json } from "../../host/engines/index.ts";
import type { Outcome } from "../../sre/core/index.ts";
import { LocalSandbox, PROFILES } from "../../sre/wasm/index.ts";
import { sha256 } from "../sre/support/tasks.ts";
import { namedWat } from "../sre/support/wat.ts";

/** Asks for the clock and writes a byte of it; asks for 8 random bytes and writes none. */
const MODULE = namedWat(`(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 3)
  (data (i32.const 0) "\\20\\00\\00\\00\\07\\00\\00\\00" "\\28\\00\\00\\00\\06\\00\\00\\00")
  (data (i32.const 32) "answer?" "\\00" "a line")
  (data (i32.const 131080) "kept")
  (func $say (param $fd i32) (param $vector i32)
    (drop (call $write (local.get $fd) (local.get $vector) (i32.const 1) (i32.const 16))))
  (func (export "_start")
    (drop (call $random (i32.const 64) (i32.const 8)))
    (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 80)))
    (i32.store8 (i32.const 38) (i32.load8_u (i32.const 83)))
    (call $say (i32.const 1) (i32.const 0))
    (call $say (i32.const 2) (i32.const 8))))`);
const SEED = "ab".repeat(32) as Digest;

type Ask = (asked: Asked) => Asked;
type Answering = (answer: Answered) => Answered;

/** The product's own engine in this process, which is asked something else, or answers something else. */
function engine(name: string, ask: Ask = (asked) => asked, answering: Answering = (answer) => answer): Engine {
  return {
    ...{ name, family: "v8", component: null, version: () => "here" },
    evaluate: async (_script, asked) =>
      JSON.parse(JSON.stringify(answering(main(ask(asked as unknown as Asked))))) as Json,
  };
}

const hex = (text: string) => Buffer.from(text).toString("hex");
/** Another module in the place of the one that was sent; of the same length. */
const replaced =
  (batch: number, from: string, to: string): Ask =>
  (asked) => ({
    ...asked,
    batches: asked.batches.map((one, index) =>
      index === batch ? { ...one, form: one.form.replace(hex(from), hex(to)) } : one,
    ),
  });
const exits =
  (change: (exit: Exit, run: number) => Exit): Answering =>
  (answer) =>
    answer.map((batch) => batch.map((seen, run) => ("fault" in seen ? seen : change(seen, run))));

let subject: Subject;
let outcomes: Extract<Outcome, { kind: "exit" }>[];
beforeAll(async () => {
  const input = new Uint8Array();
  const ref = (bytes: Uint8Array) => ({
    sha256: Buffer.from(sha256(bytes)).toString("hex") as Digest,
    size: bytes.length,
  });
  const limits = { fuel: fuel(1_000_000n), memory: 4 * 65_536, stack: 262_144, output: 1_000, logs: 1_000 };
  const code = { sre: "wasm", abi: "wasi/1", profile: PROFILES[0]!.id, entry: "_start", module: ref(MODULE) } as const;
  const request = { input: ref(input), limits, context: { seed: SEED } };
  const { call, context }: { call: Call; context: Context } = callOf(nodeCrypto, code, request);
  subject = { call, context, module: MODULE, input, files: new Map() };
  const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });
  const outcome = await sandbox.run({ ...subject, wallMs: 1_000 });
  if (outcome.kind === "fault") throw new Error(outcome.message);
  outcomes = [outcome, outcome];
});

const checked = (engines: readonly Engine[], own = outcomes): Promise<Report> =>
  check(subject, { outcomes: own, engines, script: "", ms: 1_000 });

/** What is told of places that differ. */
async function differences(engines: readonly Engine[], own = outcomes): Promise<Record<string, readonly string[]>> {
  const { compared } = await checked(engines, own);
  const wrong = compared.filter(({ verdict }) => verdict !== "same");
  return Object.fromEntries(wrong.map(({ differences: told, name, verdict }) => [`${name} ${verdict}`, told]));
}

describe("an honest engine", () => {
  let report: Report;
  beforeAll(async () => {
    report = await checked([engine("one"), engine("two")]);
  });

  test("gives the same everywhere", () => {
    expect(report.compared).toEqual([
      { name: "sandbox", runs: 2, verdict: "same", differences: [] },
      { name: "one", runs: 7, verdict: "same", differences: [] },
      { name: "two", runs: 3, verdict: "same", differences: [] },
    ]);
  });

  test("tells what the function depends on, by import, call and bytes", () => {
    const expected: Dependence[] = [
      {
        ...{ on: "seed", verdict: "asked", parts: [] },
        call: "host call 1, wasi_snapshot_preview1.random_get: result 2 from byte 0 is ea5de574eb4805d0 as asked, 4e762b077174b281 with another seed",
      },
      {
        ...{ on: "clock", verdict: "changes", parts: ["output"] },
        call: "host call 2, wasi_snapshot_preview1.clock_time_get: result 2 from byte 0 is 0000000000000000 as asked, c0886a1b50cf7a00 with a later clock",
      },
      { on: "environment", verdict: "unasked", parts: [], call: null },
      { on: "arguments", verdict: "unasked", parts: [], call: null },
    ];
    expect(report.depends).toEqual(expected);
  });

  test("has a profile that adds up, with names, and the stacks of a flame graph", () => {
    const { flat, names } = report.forms;
    const table = fuelTable(report.profiled, names, flat);
    expect(String(table.fuel)).toBe(report.run.fuel);
    const wasi = (name: string) => `wasi_snapshot_preview1.${name}`;
    expect(table.rows.map(({ calls, name, self, total }) => [name, calls, Number(self), Number(total)])).toEqual([
      ["[instance]", 1, 12_532, 12_532],
      ["_start", 1, 115, 224],
      ["say", 2, 102, 106],
      [wasi("fd_write"), 2, 4, 4],
      [wasi("random_get"), 1, 2, 2],
      [wasi("clock_time_get"), 1, 1, 1],
    ]);
    expect([...foldedStacks(report.profiled, names)]).toEqual([
      ...[
        "[instance] 12532\n",
        "_start 115\n",
        `_start;${wasi("random_get")} 2\n`,
        `_start;${wasi("clock_time_get")} 1\n`,
      ],
      ...["_start;say 102\n", `_start;say;${wasi("fd_write")} 4\n`],
    ]);
  });
});

/** An engine whose last run, behind all others, is of another job: as if something had been left in its process. */
const forgetful: Ask = (asked) => ({
  ...asked,
  batches: asked.batches.map(({ form, runs }) => ({
    form,
    runs: runs.map((run, index) => (index < 2 ? run : { ...run, context: { ...run.context, seed: "cd".repeat(32) } })),
  })),
});
const seeded: Ask = (asked) => ({
  ...asked,
  batches: asked.batches.map(({ form, runs }) => ({
    form,
    runs: runs.map((run) => ({ ...run, context: { ...run.context, seed: "cd".repeat(32) } })),
  })),
});
const fuller = exits((exit) => ({ ...exit, fuel: String(BigInt(exit.fuel) + 1n) }));

describe("an engine that is not is told of exactly", () => {
  test.each([
    [
      ...["for one bit of the output", replaced(0, "answer?", "anrwer?"), undefined],
      [
        "host call 3, wasi_snapshot_preview1.fd_write: argument 2 from byte 2 is 7377657200 on one, 7277657200 on two",
        "output: from byte 2 is 7377657200 on one, 7277657200 on two",
        "memory 0: from byte 0x22 is 7377657200006120 on one, 7277657200006120 on two",
      ],
    ],
    [
      ...["for a byte of the logs", replaced(0, "a line", "a lime"), undefined],
      [
        "host call 4, wasi_snapshot_preview1.fd_write: argument 2 from byte 4 is 6e65 on one, 6d65 on two",
        "logs: from byte 4 is 6e65 on one, 6d65 on two",
        "memory 0: from byte 0x2c is 6e65000000000000 on one, 6d65000000000000 on two",
      ],
    ],
    [
      ...["for a byte of memory that nobody reads", replaced(0, "kept", "keqt"), undefined],
      ["memory 0: from byte 0x2000a is 7074000000000000 on one, 7174000000000000 on two"],
    ],
    [
      ...["for randomness of its own", seeded, undefined],
      [
        "host call 1, wasi_snapshot_preview1.random_get: result 2 from byte 0 is ea5de574eb4805d0 on one, 9bc385e47c22adfd on two",
        "memory 0: from byte 0x40 is ea5de574eb4805d0 on one, 9bc385e47c22adfd on two",
      ],
    ],
    [
      ...["for what was left of earlier runs", forgetful, undefined],
      [
        "host call 1, wasi_snapshot_preview1.random_get: result 2 from byte 0 is ea5de574eb4805d0 at first, 9bc385e47c22adfd again, behind other jobs",
        "memory 0: from byte 0x40 is ea5de574eb4805d0 at first, 9bc385e47c22adfd again, behind other jobs",
      ],
    ],
    ["for a unit of fuel", undefined, fuller, ["fuel: 12756 on one, 12757 on two"]],
    [
      ...["for how it ended", undefined, exits((exit) => ({ ...exit, exit: "code", code: 3 }))],
      ["exit: ok on one, code 3 on two"],
    ],
  ] as const)("%s", async (_, ask, answering, told) => {
    expect(await differences([engine("one"), engine("two", ask, answering)])).toEqual({ "two differs": told });
  });

  test("where it is the first one, and where it differs in another job alone", async () => {
    const last = exits((exit, run) => (run === 6 ? { ...exit, fuel: "9" } : exit));
    expect(await differences([engine("one", undefined, last)])).toEqual({
      "one differs": ["fuel: 12756 at first, 9 again, behind other jobs"],
    });
    const other = exits((exit, run) => (run === 1 ? { ...exit, fuel: "9" } : exit));
    expect(await differences([engine("one"), engine("two", undefined, other)])).toEqual({
      "two differs": ["fuel: 12756 on one, 9 on two"],
    });
  });

  test("where it differs once and then no more", async () => {
    let asked = 0;
    const once = engine("two", (ask) => (asked++ === 0 ? replaced(0, "kept", "keqt")(ask) : ask));
    expect(await differences([engine("one"), once])).toEqual({
      "two differs": ["memory 0: somewhere in the 65536 bytes from 131072"],
    });
  });
});

describe("what gives no answer is no difference, and no agreement", () => {
  const failing = (message: string): Engine => ({
    ...engine("two"),
    evaluate: () => Promise.reject(new Error(message)),
  });
  test.each([
    ["an engine that breaks", failing("two gave no\nanswer"), "two gave no answer"],
    [
      "an answer of no form",
      engine("two", undefined, () => [[{ fault: 1 }]] as never),
      "it answered in a form that is none",
    ],
    ["too few runs", engine("two", undefined, () => []), "it told nothing of this run"],
    [
      "a run that is void",
      engine("two", undefined, (all) => all.map((runs) => runs.map(() => ({ fault: "full" })))),
      "full",
    ],
  ])("%s", async (_, two, told) => {
    expect(await differences([engine("one"), two])).toEqual({ "two none": [told] });
  });

  test("the reference must have one", async () => {
    const wanted = { code: "FAULT", message: "there is no answer on two: broken" };
    await expect(checked([failing("broken")])).rejects.toMatchObject(wanted);
  });
});

test("a sandbox that gives another answer the second time is told of", async () => {
  const [first] = outcomes as [(typeof outcomes)[number]];
  const output = first.output.slice();
  output[3]! ^= 1;
  const calls = { count: 5n, sha256: SEED };
  const answer = { ...first.answer, calls, fuel: fuel(1n), logs: { ...first.answer.logs, truncated: true } };
  expect(await differences([engine("one")], [first, { ...first, output, answer }])).toEqual({
    "sandbox differs": [
      `host calls: 4 of digest ${first.answer.calls.sha256.slice(0, 16)} on one, 5 of digest abababababababab in run 2 of the sandbox`,
      "logs: cut off in one of them",
      "output: from byte 3 is 77657200 on one, 76657200 in run 2 of the sandbox",
      "fuel: 12756 on one, 1 in run 2 of the sandbox",
    ],
  });
});

test("a profile is believed only of a run that gave the answer, and where it adds up to its fuel", async () => {
  const probed = await differences([engine("one", replaced(1, "kept", "keqt"))]);
  expect(probed).toEqual({ "profile differs": ["memory 0: somewhere in the 65536 bytes from 131072"] });
  const short = exits((exit) => ({ ...exit, profile: exit.profile.slice(0, -1) }));
  const added = await differences([engine("one", undefined, short)]);
  expect(added).toEqual({ "profile differs": ["its fuel adds up to 12752, not to 12756"] });
});

describe("host calls beside each other", () => {
  const call = (name: string, args: readonly Value[] = [], results: readonly Value[] = []): HostCall => ({
    ...{ name, args: [...args], results: [...results] },
  });
  const side = (name: string, told: readonly HostCall[], count = told.length) => ({
    name,
    run: { told: [...told], calls: { count: String(count), sha256: "" } } as unknown as Exit,
  });
  const number = (text: string): Value => ({ text });
  test.each([
    ["another function", [call("a"), call("b")], [call("a"), call("c")], "host call 2: m.b on one, c on two"],
    ["one call more", [call("a")], [call("a"), call("b")], "host call 2: m.b on two, none on one"],
    [
      "another number",
      [call("a", [number("1"), number("2")])],
      [call("a", [number("1"), number("3")])],
      "host call 1, a: argument 2 is 2 on one, 3 on two",
    ],
    [
      "another size",
      [call("a", [], [{ size: 2, bytes: "0102" }])],
      [call("a", [], [{ size: 1, bytes: "01" }])],
      "host call 1, a: result 1 from byte 1 is 02 on one, the end on two",
    ],
    [
      "one result more",
      [call("a")],
      [call("a", [], [number("1")])],
      "host call 1, a: result 1 is nothing on one, 1 on two",
    ],
    ["nothing that is told", [call("a")], [call("a")], "host calls: 1 of digest  on one, 1 of digest  on two"],
  ] as const)("%s", (_, left, right, told) => {
    expect(tellCall(side("on one", left), side("on two", right), new Map([["b", "m.b"]]))).toBe(told);
  });
});
