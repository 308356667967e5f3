// Programs that nobody here wrote, as guests: what comes out is what must, in the sandbox of production and in engines of
// every maker, with the same fuel, host calls and memory. test/data/guests pins how they end;
// `npm test -- test/engines/guests.test.ts -u` writes that anew.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Digest, fuel } from "../../chain/protocol/index.ts";
import { sandboxOf } from "../../host/cli/sandbox.ts";
import { bundle, ENGINES, type Engine, type Json, SHELLS, shell } from "../../host/engines/index.ts";
import { task } from "../sre/support/tasks.ts";
import { component, present } from "../support/require.ts";
import { Places } from "./foreign/places.ts";
import { type Planned, PROGRAMS, type Program } from "./foreign/programs.ts";
import type { GuestSpec } from "./proof/guests.ts";
import type { RunEnd } from "./proof/job.ts";

/** Milliseconds that an engine may take: the modules are large, and the machine may be busy. */
const PATIENCE_MS = 500_000;
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const MIB = 1024 * 1024;
const LIMITS = { fuel: "20000000000", memory: 512 * MIB, stack: MIB, output: 16 * MIB, logs: 64 * 1024 };
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const SEED = sha256(new Uint8Array(0)) as Digest;

// Compiling all of a large module by the optimising compiler takes minutes: here what is called is.
const LAZY = { ...SHELLS.find(({ name }) => name === "v8 turbofan")!, flags: ["--no-liftoff"] };
const engines = ENGINES.map((engine) => (engine.name === LAZY.name ? shell(LAZY) : engine));
/** The engine that the others are held to: it compiles the fastest. V8 with all its tiers is in the sandbox of production. */
const reference = engines.find(({ name }) => name === "v8 liftoff")!;
const others = engines.filter(({ name }) => name !== reference.name && name !== "v8 default");
/** What the heavy programs run on besides. */
const STRONG = ["jsc default"];

const script = bundle(`${import.meta.dirname}/proof/guests.ts`);
const sandbox = sandboxOf("wasm", { workers: 1 });
const places = await new Places().open();
const programs = new Map<string, Program>();
const ends = new Map<string, RunEnd>();
const told: string[] = [];

beforeAll(async () => {
  for (const { name, needs, get } of PROGRAMS) if (needs.every(present)) programs.set(name, await get());
});

afterAll(async () => {
  places.close();
  await sandbox.close();
  process.stdout.write(`${["programs of others:", ...told].join("\n  ")}\n`);
});

/** Where everything of a program's lies for an engine. */
function specOf({ module, args, env, files, input }: Program, engine: Engine): GuestSpec {
  const put = (bytes: Uint8Array) => {
    const path = places.put(bytes);
    return SHELLS.some(({ name }) => name === engine.name) ? path : places.address(path);
  };
  return {
    ...{
      abi: "wasi/1",
      entry: "_start",
      limits: LIMITS,
      args,
      env,
      module: put(readFileSync(module)),
      input: put(input),
    },
    files: Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, put(bytes)])),
  };
}

/** How programs end in an engine. */
async function endsIn(engine: Engine, list: readonly Program[]): Promise<readonly RunEnd[]> {
  const job = list.map((program) => specOf(program, engine)) as unknown as Json;
  return (await engine.evaluate(await script, job, PATIENCE_MS)) as unknown as RunEnd[];
}

/** An end as it is pinned. */
const pinned = (end: RunEnd) => `${JSON.stringify(end, null, 2)}\n`;

/** `describe` where all is there that a program needs, or what stands in for it. */
const suiteFor = ({ needs }: Planned) => component(needs.find((need) => !present(need)) ?? needs[0]!);

for (const planned of PROGRAMS)
  suiteFor(planned)(planned.name, () => {
    const { name } = planned;
    const program = () => programs.get(name)!;

    test("ends as test/data/guests says", async () => {
      const [end] = await endsIn(reference, [program()]);
      ends.set(name, end!);
      await expect(pinned(end!)).toMatchFileSnapshot(`../data/guests/${name}.json`);
    });

    test("gives what it must, in the sandbox of production, with the same answer", async () => {
      const { args, check, code, env, files, input, module, title } = program();
      const bytes = new Uint8Array(readFileSync(module));
      const options = {
        abi: "wasi/1",
        entry: "_start",
        input,
        files,
        context: { args: [...args], env: { ...env }, seed: SEED },
      };
      const limits = { ...LIMITS, fuel: fuel(BigInt(LIMITS.fuel)) };
      const begin = performance.now();
      const outcome = await sandbox.run(task(bytes, { ...options, limits, wallMs: PATIENCE_MS }));
      const seconds = ((performance.now() - begin) / 1000).toFixed(1);
      if (outcome.kind === "fault") throw new Error(outcome.message);
      const { answer, logs, output } = outcome;
      expect([answer.exit.code, Buffer.from(logs).toString()]).toEqual([code, ""]);
      await check(output);
      const { exit, fuel: used, calls, output: out } = ends.get(name)!;
      const said = [
        answer.exit.kind,
        String(answer.fuel),
        `${answer.calls.count} ${answer.calls.sha256}`,
        sha256(output),
      ];
      expect(said).toEqual([exit, used, calls, out]);
      told.push(`${name}: ${title}, ${bytes.length} bytes, fuel ${answer.fuel}, ${seconds} s`);
    });
  });

for (const engine of others) {
  const suite = engine.component === null ? describe : component(engine.component);
  suite(engine.name, () => {
    const run = async (names: readonly string[]) => {
      const there = names.filter((name) => programs.has(name));
      const found = await endsIn(
        engine,
        there.map((name) => programs.get(name)!),
      );
      expect(there.map((name, index) => ({ name, ...found[index] }))).toEqual(
        there.map((name) => ({ name, ...ends.get(name) })),
      );
      told.push(`${engine.name} (${engine.version()}): the same for ${there.join(", ")}`);
    };

    test("ends the programs alike", () => run(PROGRAMS.filter(({ heavy }) => !heavy).map(({ name }) => name)));

    if (!STRONG.includes(engine.name)) return;
    for (const planned of PROGRAMS.filter(({ heavy }) => heavy))
      suiteFor(planned)(planned.name, () => test("ends alike", () => run([planned.name])));
  });
}
