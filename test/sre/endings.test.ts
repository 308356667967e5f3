// Every way that a run can end, and what is said of it: in our words, never an engine's (SPEC rules E3 to E6). What a
// machine does to a worker, and what a taken worker says, are faults.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { fuel, INT64_MAX } from "../../chain/protocol/index.ts";
import type { Outcome, Task } from "../../sre/core/index.ts";
import { type Abi, findAbi } from "../../sre/wasm/abi/index.ts";
import { compile, execute, prepare } from "../../sre/wasm/engine.ts";
import type { Form } from "../../sre/wasm/form.ts";
import { GuestEnded } from "../../sre/wasm/host.ts";
import { LocalSandbox } from "../../sre/wasm/index.ts";
import { Rewriter } from "../../sre/wasm/process/rewriter.ts";
import { type JobEnd, Runner } from "../../sre/wasm/process/runner.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { PROFILES } from "../../sre/wasm/profile.ts";
import { encodeFrame, REPLY, ReplyWriter } from "../../sre/wasm/wire.ts";
import { ABORT, ECHO, guest, LOG, RECURSE, SPIN } from "./support/guests.ts";
import { instanceFuel } from "./support/meter.ts";
import { begun, LIMITS, sha256, type TaskOptions, task, text, utf8 } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

const UNDEFINED = "the guest did something undefined";
const TABLE = `(table 2 2 funcref) (elem (i32.const 0) $other) (func $other (param i64))
  (type $nothing (func))`;
const LOGGING = `(import "lockstep" "log" (func $log (param i32 i32)))`;

type Row = readonly [what: string, end: string, note: string | RegExp, guest: string, options?: TaskOptions];
const ENDS: readonly Row[] = [
  ["a return", "ok", "", ECHO],
  ["unreachable", "trap", UNDEFINED, guest("(unreachable)")],
  ["division by zero", "trap", UNDEFINED, guest("(i64.div_s (i64.const 1) (i64.const 0))")],
  ["division that overflows", "trap", UNDEFINED, guest("(i64.div_s (i64.const -9223372036854775808) (i64.const -1))")],
  ["remainder by zero", "trap", UNDEFINED, guest("(i64.rem_u (i64.const 1) (i64.const 0))")],
  ["conversion of a NaN", "trap", UNDEFINED, guest("(i64.trunc_f64_s (f64.const nan))")],
  ["conversion that overflows", "trap", UNDEFINED, guest("(i64.trunc_f64_s (f64.const 1e30))")],
  ["a load past the memory", "trap", UNDEFINED, guest("(i64.load (i32.const 65529))")],
  ["a store past the memory", "trap", UNDEFINED, guest("(i64.store (i32.const -1) (i64.const 0)) (i64.const 0)")],
  [
    "a fill past the memory",
    "trap",
    UNDEFINED,
    guest("(memory.fill (i32.const 1) (i32.const 0) (i32.const 65536)) (i64.const 0)"),
  ],
  [
    "a call past the table",
    "trap",
    UNDEFINED,
    guest("(call_indirect (type $nothing) (i32.const 2)) (i64.const 0)", TABLE),
  ],
  ["a call of null", "trap", UNDEFINED, guest("(call_indirect (type $nothing) (i32.const 1)) (i64.const 0)", TABLE)],
  [
    "a call of another type",
    "trap",
    UNDEFINED,
    guest("(call_indirect (type $nothing) (i32.const 0)) (i64.const 0)", TABLE),
  ],
  ["a table entry past the end", "trap", UNDEFINED, guest("(drop (table.get (i32.const 2))) (i64.const 0)", TABLE)],
  ["a segment past the memory", "trap", UNDEFINED, guest("(i64.const 0)", `(data (i32.const 65536) "x")`)],
  ["a segment past the table", "trap", UNDEFINED, guest("(i64.const 0)", `${TABLE} (elem (i32.const 2) $other)`)],
  ["a trap in the start function", "trap", UNDEFINED, guest("(i64.const 0)", "(start $s) (func $s unreachable)")],
  ["no fuel", "out-of-fuel", /^the fuel limit of 1000 was reached$/, SPIN, { limits: { fuel: fuel(1000n) } }],
  [
    "no fuel for a host call",
    "out-of-fuel",
    /^the fuel limit of 200 /,
    LOG,
    { input: `\x01${"a".repeat(2000)}`, limits: { fuel: fuel(200n) } },
  ],
  ["endless recursion", "stack", /^the stack limit of 262144 bytes was reached$/, RECURSE],
  [
    "too much memory",
    "memory",
    /^the module begins with 9 pages of 64 KiB; the limit is 1$/,
    guest("(i64.const 0)", "", 9),
    { limits: { memory: 65_536 } },
  ],
  [
    "too much output",
    "output-limit",
    /^the output has 5 bytes; the limit is 4$/,
    ECHO,
    { input: "12345", limits: { output: 4 } },
  ],
  [
    "an answer outside the memory",
    "bad-answer",
    /^run answered 1 bytes at 65536, outside the memory$/,
    guest("(i64.const 0x1000000000001)"),
  ],
  [
    "a host call outside the memory",
    "bad-answer",
    /^log: 9 bytes at 65530 /,
    guest("(call $log (i32.const 65530) (i32.const 9)) (i64.const 0)", LOGGING),
  ],
  ["an abort", "trap", "the guest aborted; its log says why", ABORT, { input: "why" }],
  ["an entry that is not there", "invalid-module", /^the module has no entry "other"$/, ECHO, { entry: "other" }],
  [
    "a module that does not fit",
    "invalid-module",
    /exports no memory named "memory"$/,
    `(module (func (export "run")))`,
  ],
  [
    "an import that is not offered",
    "invalid-module",
    /imports "wasi"."exit", which the ABI bytes\/1 does not offer/,
    guest("(i64.const 0)", `(import "wasi" "exit" (func))`),
  ],
];

/** Words of engines: V8, SpiderMonkey and JavaScriptCore say these of traps and of failures. */
const ENGINES =
  /runtime ?error|compile ?error|range ?error|webassembly\.|wasm|v8|out of bounds|maximum call|index is out|allocat/i;

describe.each([
  ["in this thread", () => new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } })],
  ["in worker processes", () => new WasmSandbox({ workers: 1 })],
] as const)("a run %s ends with", (_name, make) => {
  const sandbox = make();
  afterAll(() => sandbox.close());

  test.each(ENDS.map(([what, end, note, source, options = {}]) => [what, end, note, source, options] as const))(
    "%s: %s",
    async (_what, end, note, source, options) => {
      const outcome = await sandbox.run(task(wat(source), options));
      if (outcome.kind === "fault") throw new Error(outcome.message);
      expect([outcome.answer.exit, outcome.note]).toEqual([{ kind: end, code: 0 }, expect.stringMatching(note)]);
      if (typeof note === "string") expect(outcome.note).toBe(note);
      expect(outcome.note).not.toMatch(ENGINES);
      const { limits } = task(wat(source), options).call;
      expect(outcome.answer.fuel <= limits.fuel).toBe(true);
      if (end === "out-of-fuel") expect(outcome.answer.fuel).toBe(limits.fuel);
    },
  );
});

describe("of several ends the first of the list counts (E3)", () => {
  const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });
  /** The end of a run that has so many units once its instance is paid for. */
  const endOf = async (source: string, units: bigint, stack = 262_144) => {
    const limits = { fuel: fuel(instanceFuel(source) + units), stack };
    const outcome = await sandbox.run(task(wat(source), { limits }));
    if (outcome.kind === "fault") throw new Error(outcome.message);
    return [outcome.answer.exit.kind, outcome.answer.calls.count];
  };
  const abort = `(import "lockstep" "abort" (func $abort (param i32 i32)))`;
  /** A hundred additions and then `code`, in one region: 50 units end in it, and nothing looks before `code` is done. */
  const late = (code: string, fields = "") =>
    guest(`(drop ${"(i32.add (i32.const 1) ".repeat(100)}(i32.const 0)${")".repeat(100)}) ${code}`, fields);

  test.each([
    ["a return", "ok", late("(i64.const 0)")],
    ["a trap", "trap", late("(unreachable)")],
    ["an answer outside the memory", "bad-answer", late("(i64.const -1)")],
    ["an abort", "trap", late("(call $abort (i32.const 0) (i32.const 0)) (i64.const 0)", abort)],
    [
      "a range outside the memory",
      "bad-answer",
      late("(call $abort (i32.const -1) (i32.const 9)) (i64.const 0)", abort),
    ],
  ])("out of fuel before %s", async (_what, rich, source) => {
    expect((await endOf(source, 10_000n))[0]).toBe(rich);
    expect(await endOf(source, 50n)).toEqual(["out-of-fuel", 0n]);
  });

  test("out of fuel before the stack, where one entry passes both limits", async () => {
    const deep = `(func $deep (call $deep))`;
    const recursion = guest("(call $deep) (i64.const 0)", deep);
    // run's frame is 64 + 8 × 6, so that the ninth frame of 64 is not there; alloc 1, run and each level 1 and a call 5.
    expect((await endOf(recursion, 10_000n, 639))[0]).toBe("stack");
    expect((await endOf(recursion, 60n, 639))[0]).toBe("out-of-fuel");
    expect((await endOf(recursion, 61n, 639))[0]).toBe("stack");
  });

  test("the host's end before the trap that carries it out", async () => {
    expect((await endOf(late("(call $abort (i32.const -1) (i32.const 9)) (unreachable)", abort), 10_000n))[0]).toBe(
      "bad-answer",
    );
  });
});

test("a guest that ends itself with a code leaves what it has written (E4)", () => {
  const abi = findAbi("bytes/1")!;
  const left = { code: -7, output: utf8("so far") };
  const quitting: Abi = {
    ...abi,
    invoke() {
      throw new GuestEnded("code", "the guest ended itself with the code -7", left);
    },
  };
  const { call, context, input, module } = task(wat(ECHO));
  const job = { entry: "run", limits: call.limits, context, files: new Map(), input, trace: null };
  const ending = execute(prepare(module, quitting, PROFILES[0]!), job, sha256);
  expect(ending).toMatchObject({ exit: { kind: "code", code: -7 }, output: left.output });
});

test("an engine that disagrees with the validator, or with the rewriter, is at fault (M2, E5)", () => {
  const abi = findAbi("bytes/1")!;
  const source = wat(ECHO);
  const form = abi.form(source, PROFILES[0]!) as Extract<Form, { kind: "rewritten" }>;
  expect(compile(form, source, abi).kind).toBe("ready");
  // What the engine finds invalid stands in for what an engine might.
  const invalid = wat("(module (func (result i32)))");
  const refused = "the engine refuses a module that is valid by the profile";
  expect(compile(form, invalid, abi)).toEqual({ kind: "fault", message: refused });
  const broken = { ...form, parts: form.parts.map((part) => ({ ...part, bytes: invalid })) };
  const message = "the engine refused a rewritten module whose source it finds valid";
  expect(compile(broken, source, abi)).toEqual({ kind: "fault", message });
  const limits = { fuel: fuel(1n), memory: 0, stack: 0, output: 0, logs: 0 };
  const { context, input } = task(source);
  const job = { entry: "run", limits, context, files: new Map(), input, trace: null };
  expect(execute({ kind: "fault", message }, job, sha256)).toEqual({ kind: "fault", message });
});

describe("what a machine does to a worker is a fault, never an answer", () => {
  const sandbox = new WasmSandbox({ workers: 1 });
  const echo = task(wat(ECHO), { input: "still here" });
  const spin = (wallMs: number): Task => task(wat(SPIN), { wallMs, limits: { fuel: fuel(INT64_MAX) } });
  const faultOf = (outcome: Outcome) => (outcome.kind === "fault" ? outcome.fault : outcome.answer.exit.kind);
  afterAll(() => sandbox.close());
  afterEach(async () => expect(faultOf(await sandbox.run(echo))).toBe("ok"));

  // SIGKILL is also what the kernel sends when memory is short, SIGSYS when a system call was forbidden.
  test.each(["SIGKILL", "SIGSEGV", "SIGABRT", "SIGTRAP", "SIGSYS", "SIGBUS"] as const)("%s: lost", async (signal) => {
    const { end } = await begun(sandbox, spin(60_000));
    const { pids } = sandbox;
    for (const pid of pids) for (const each of family(pid)) process.kill(each, signal);
    while (sandbox.pids.some((pid) => pids.includes(pid))) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await end).toEqual({ kind: "fault", fault: "lost", message: expect.not.stringMatching(ENGINES) });
  });

  test("the wall clock: deadline, whatever fuel is left", async () => {
    const message = "the run was stopped after 30 ms";
    expect(await sandbox.run(spin(30))).toEqual({ kind: "fault", fault: "deadline", message });
  });

  test.runIf(existsSync("/usr/bin/prlimit"))("an address space too small for the guest: engine", () => {
    const program = join(import.meta.dirname, "support/starved.ts");
    const run = (bytes: number) =>
      JSON.parse(
        execFileSync("/usr/bin/prlimit", [`--as=${bytes}`, process.execPath, program], { stdio: "pipe" }).toString(),
      );
    const failed = "fault engine";
    expect(run(2 * 2 ** 30)).toEqual({ echo: "ok 5", begin: failed, grow: failed });
  });

  test.runIf(existsSync("/usr/bin/prlimit"))("no more native stack is asked for than this process may give", () => {
    const start = join(import.meta.dirname, "../../sre/wasm/process/walls/start.ts");
    const program = `import { programStart } from ${JSON.stringify(start)};
      console.log(programStart({ namespaces: false, filter: null, permission: false }, "wasm/worker").command.join(" "));`;
    const asked = (bytes: number) => {
      const limited = [`--stack=${bytes}`, process.execPath, "--input-type=module", "-e", program];
      return execFileSync("/usr/bin/prlimit", limited, { stdio: "pipe" }).toString().trim();
    };
    expect(asked(16 * 2 ** 20)).toMatch(/prlimit --stack=16777216 /);
    expect(asked(4 * 2 ** 20)).not.toContain("--stack=");
  });
});

describe("a taken worker", () => {
  const SAYS = {
    ready: new ReplyWriter().begin(REPLY.ready).u8(0).frame(),
    again: new ReplyWriter().begin(REPLY.ready).u8(0).frame(),
    spent: new ReplyWriter().begin(REPLY.spent).frame(),
    form: new ReplyWriter()
      .begin(REPLY.form)
      .bytes(new Uint8Array([0, 0x78]))
      .frame(),
    exit: new ReplyWriter()
      .begin(REPLY.exit)
      .text("ok")
      .u32(0)
      .u64(1n)
      .u64(0n)
      .bytes(new Uint8Array(32))
      .text("")
      .u8(0)
      .u32(0)
      .u32(0)
      .frame(),
    fault: new ReplyWriter().begin(REPLY.fault).text("no").frame(),
    nonsense: encodeFrame([new Uint8Array([77, 1, 2])]),
    endless: new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
  } as const;

  /** The start of a program that says it is ready, and after something was asked of it says these things. */
  function lies(...words: readonly (keyof typeof SAYS)[]) {
    const bytes = (name: keyof typeof SAYS) => `Buffer.from("${Buffer.from(SAYS[name]).toString("hex")}", "hex")`;
    const program = `process.stdout.write(${bytes("ready")});
      process.stdin.once("data", () => process.stdout.write(Buffer.concat([${words.map(bytes).join(", ")}])));`;
    return { command: [process.execPath, "-e", program], feeds: [] } as const;
  }
  const walls = { namespaces: false, filter: null, permission: false };
  let ends = 0;
  /** A process with guests that lies. */
  async function runner(...words: readonly (keyof typeof SAYS)[]): Promise<Runner> {
    const made = new Runner(walls, lies(...words));
    ends = 0;
    made.onEnd = () => ends++;
    expect(await made.ready).toBe(true);
    return made;
  }
  const echo = task(wat(ECHO));
  const form = new Uint8Array(1);
  const LIE: JobEnd = { kind: "gone", fault: "lost", message: "the worker process broke the protocol and was killed" };

  test("that ends as it should is believed", async () => {
    const honest = await runner("exit");
    expect(await honest.run(echo, form)).toMatchObject({ exit: { kind: "ok" }, fuel: 1n });
    honest.fail("closed", "over");
  });

  test.each([["again"], ["form"], ["nonsense"], ["endless"]] as const)(
    "that says %s while a job runs is killed",
    async (word) => {
      const worker = await runner(word);
      expect(await worker.run(echo, form)).toEqual(LIE);
      expect([worker.dead, ends]).toEqual([true, 1]);
    },
  );

  test.each([["exit"], ["fault"], ["form"]] as const)("that says %s when nothing was asked is killed", async (word) => {
    const worker = await runner("exit", word);
    expect((await worker.run(echo, form)).kind).toBe("exit");
    while (!worker.dead) await new Promise(setImmediate);
  });

  test("that answers a rewriting with anything but a form is killed", async () => {
    const rewrite = async (word: keyof typeof SAYS) => {
      const rewriter = new Rewriter(walls, lies(word));
      expect(await rewriter.ready).toBe(true);
      const end = await rewriter.rewrite(echo.call, echo.module);
      rewriter.fail("closed", "over");
      return end;
    };
    for (const word of ["exit", "spent", "again", "nonsense"] as const) expect(await rewrite(word)).toEqual(LIE);
    expect(await rewrite("fault")).toEqual({ kind: "fault", message: "no" });
    expect((await rewrite("form")).kind).toBe("form");
  });

  test("that asks for its end is heard", async () => {
    const worker = await runner("exit", "spent");
    let asked = 0;
    worker.onSpent = () => asked++;
    expect((await worker.run(echo, form)).kind).toBe("exit");
    while (!worker.spent) await new Promise(setImmediate);
    expect(asked).toBe(1);
    worker.fail("closed", "over");
  });

  test("is given no other program than its own", async () => {
    const worker = await runner("exit");
    await worker.run(echo, form);
    const other = { ...echo, call: { ...echo.call, abi: "assemblyscript/1" } };
    expect(() => worker.run(other, form)).toThrow(/see no other/);
    worker.fail("closed", "over");
  });
});

describe("workers", () => {
  test("are replaced after so many jobs, and nobody notices", async () => {
    const sandbox = new WasmSandbox({ workers: 1, jobsPerWorker: 2 });
    const echo = task(wat(ECHO), { input: "me too" });
    const seen = new Set<number>();
    for (let job = 0; job < 7; job++) {
      const outcome = await sandbox.run(echo);
      expect(outcome.kind === "exit" && text(outcome.output)).toBe("me too");
      for (const pid of sandbox.pids) seen.add(pid);
    }
    await sandbox.close();
    expect(seen.size).toBeGreaterThanOrEqual(3);
  });

  const GIVEN = 384 * 2 ** 20;
  const touch = guest(
    `(drop (memory.grow (i32.const ${GIVEN / 65_536 - 1})))
     (memory.fill (i32.const 0) (i32.const 1) (i32.const ${GIVEN}))
     (i64.const 0)`,
  );
  test.runIf(existsSync("/proc/self/statm"))("give a large guest's memory back, and live on", async () => {
    const sandbox = new WasmSandbox({ workers: 1 });
    await sandbox.run(task(wat(ECHO)));
    const [pid] = sandbox.pids;
    const before = residentBytes(pid!);
    const large = task(wat(touch), { limits: { memory: GIVEN } });
    for (let round = 0; round < 3; round++) {
      const outcome = await sandbox.run(large);
      expect(outcome.kind === "exit" && outcome.answer.exit.kind).toBe("ok");
      while (residentBytes(pid!) > before + GIVEN / 4) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(sandbox.pids).toContain(pid);
    await sandbox.close();
  });
});

/** A process and those below it: the worker may be a child of the tool that builds its walls. */
function family(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The name in brackets may hold spaces.
      parents.set(Number(name), Number(readFileSync(`/proc/${name}/stat`, "latin1").split(") ").at(-1)!.split(" ")[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found.reverse();
}

function residentBytes(pid: number): number {
  return family(pid).reduce((sum, one) => {
    try {
      return sum + Number(readFileSync(`/proc/${one}/statm`, "latin1").split(" ")[1]) * 4096;
    } catch {
      return sum;
    }
  }, 0);
}

test("what a host call throws can't be caught by the guest: the run is a fault (H2, E3)", () => {
  const run = `(block $caught (try_table (catch_all $caught) (call $log (i32.const 0) (i32.const 1)))) (i64.const 0)`;
  const abi = findAbi("bytes/1")!;
  const profile = PROFILES.at(-1)!;
  // With the feature there is a guard, without it nothing can catch; the trace is the part of the host that can throw.
  for (const code of [run, `(call $log (i32.const 0) (i32.const 1)) (i64.const 0)`]) {
    const job = {
      entry: "run",
      limits: LIMITS,
      context: { ...task(wat(ECHO)).context, clock: 0n },
      files: new Map(),
      input: utf8(""),
    };
    const trace = () => {
      throw new RangeError("no memory");
    };
    const prepared = prepare(wat(guest(code, LOGGING)), abi, profile);
    expect(execute(prepared, { ...job, trace: null }, sha256)).toMatchObject({ exit: { kind: "ok" } });
    const fault = execute(prepared, { ...job, trace }, sha256);
    expect(fault.kind).toBe("fault");
    expect(JSON.stringify(fault)).not.toContain("no memory");
  }
});
