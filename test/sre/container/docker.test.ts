// Containers on a real engine: the contract of a job (rules D1 to D11), the walls, and what nobody may leave behind.
import { hash } from "node:crypto";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Digest, Fuel } from "../../../chain/protocol/index.ts";
import { ATTACKS } from "../../../sre/container/attacks.ts";
import { DockerSandbox, type DockerSandboxOptions } from "../../../sre/container/docker.ts";
import { CONTAINER_PROFILE, readTar, writeImage, writeTar } from "../../../sre/container/index.ts";
import type { Task } from "../../../sre/core/index.ts";
import { architectureOf, attackProgram, breaches, callsOf, readResults } from "../../../sre/walls/index.ts";
import { busyboxLayer } from "../../support/busybox-image.ts";
import { BUSYBOX, type Engine, startEngine } from "../../support/docker-engine.ts";
import { component } from "../../support/require.ts";

const sha256 = (bytes: Uint8Array) => hash("sha256", bytes, "hex") as Digest;
const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
/** A layer as it comes to a sandbox; none of it when it is empty. */
const inPieces = (bytes: Uint8Array) =>
  async function* () {
    for (let at = 0; at < bytes.length; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000);
  };

component("docker")("containers on Docker", () => {
  let engine: Engine;
  let sandbox: DockerSandbox;
  let layer: Uint8Array;

  const options = (own: Partial<DockerSandboxOptions> = {}): DockerSandboxOptions => ({
    socket: engine.socket,
    busybox: BUSYBOX,
    owner: "tests",
    ...own,
  });

  /** An image whose program is a shell script, in a layer with a busybox under the names of its tools. */
  const imageOf = (script: string, warm = false) =>
    writeImage({
      architecture: "amd64",
      command: ["/bin/busybox", "sh", "-c", script, "sh"],
      env: ["PATH=/bin"],
      layers: [sha256(layer)],
      warm,
    });

  interface Asked {
    readonly input?: string;
    readonly abi?: "stdio/1" | "files/1";
    readonly context?: Partial<Task["context"]>;
    readonly files?: Readonly<Record<string, string>>;
    readonly limits?: Partial<Task["call"]["limits"]>;
    readonly wallMs?: number;
    readonly warm?: boolean;
  }

  function taskOf(
    script: string,
    { input = "", abi = "stdio/1", context, files = {}, limits, wallMs = 60_000, warm = false }: Asked,
  ): Task {
    const module = imageOf(script, warm);
    const ref = (bytes: Uint8Array) => ({ sha256: sha256(bytes), size: bytes.length });
    const named = Object.entries(files).map(([path, content]) => [path, utf8(content)] as const);
    return {
      call: {
        ...{ sre: "container", module: sha256(module), entry: "main", abi, profile: CONTAINER_PROFILE, before: null },
        input: ref(utf8(input)),
        context: "00".repeat(32) as Digest,
        limits: { fuel: 1_000_000n as Fuel, memory: 64 << 20, stack: 0, output: 1 << 20, logs: 1 << 16, ...limits },
      },
      module,
      input: utf8(input),
      context: {
        ...{ args: [], capabilities: [], clock: 7n, env: {}, seed: "ab".repeat(32) as Digest },
        files: Object.fromEntries(named.map(([path, bytes]) => [path, ref(bytes)])),
        ...context,
      },
      files: new Map(named.map(([, bytes]) => [sha256(bytes), bytes])),
      parts: inPieces(layer),
      wallMs,
    };
  }

  async function exitOf(script: string, asked: Asked = {}) {
    const outcome = await sandbox.run(taskOf(script, asked));
    if (outcome.kind !== "exit") throw new Error(`${outcome.fault}: ${outcome.message}`);
    return outcome;
  }

  const faultOf = async (script: string, asked: Asked = {}) => {
    const outcome = await sandbox.run(taskOf(script, asked));
    return outcome.kind === "fault" ? outcome.fault : outcome.answer.exit.kind;
  };

  beforeAll(async () => {
    layer = busyboxLayer();
    engine = await startEngine();
    sandbox = new DockerSandbox(options());
  });

  afterAll(async () => {
    await engine?.stop();
  });

  describe("a job", () => {
    test("has its input on stdin, its output from stdout, its logs from stderr", async () => {
      const { answer, output, logs } = await exitOf("tr a-z A-Z; echo done >&2", { input: "hello" });
      expect(answer.exit).toEqual({ kind: "ok", code: 0 });
      expect([text(output), text(logs)]).toEqual(["HELLO", "done\n"]);
      expect(answer.output).toEqual({ sha256: sha256(output), size: 5 });
      expect([answer.fuel, answer.calls.count]).toEqual([1_000_000n, 0n]);
    });

    test("has arguments, variables, files, clock and seed from its context, and nothing else", async () => {
      const context = { args: ["a'b", "c d"], env: { NAME: "$(id) 'x'" } };
      const { output } = await exitOf(
        'echo "$1|$2|$NAME|$LOCKSTEP_CLOCK|$LOCKSTEP_SEED"; cat /job/files/in/x; env | grep -c .',
        {
          context: { ...context, files: { "in/x": { sha256: sha256(utf8("file")), size: 4 } } },
          files: { "in/x": "file" },
        },
      );
      const [first, second] = text(output).split("\n");
      expect(first).toBe(`a'b|c d|$(id) 'x'|7|${"ab".repeat(32)}`);
      expect(second).toMatch(/^file\d$/);
    });

    test("that ends with a status keeps its output", async () => {
      const { answer, output, note } = await exitOf("echo partly; exit 3");
      expect(answer.exit).toEqual({ kind: "code", code: 3 });
      expect(text(output)).toBe("partly\n");
      expect(note).toBe("the program ended with status 3");
    });

    test("gives files back as one tar, the same whatever order they were written in", async () => {
      const one = await exitOf("mkdir /job/out/d; echo 1 > /job/out/d/x; echo 2 > /job/out/a; echo log", {
        abi: "files/1",
      });
      const two = await exitOf("echo 2 > /job/out/a; mkdir /job/out/d; echo 1 > /job/out/d/x; echo log", {
        abi: "files/1",
      });
      expect(one.output).toEqual(two.output);
      expect(readTar(one.output, { entries: 9, bytes: 100 }).map(({ path }) => path)).toEqual(["a", "d/x"]);
      expect(text(one.logs)).toBe("log\n");
    });

    test("whose logs pass their limit has them cut, and said to be", async () => {
      const { answer, logs } = await exitOf("yes log | head -c 100000 >&2", { limits: { logs: 1000 } });
      expect([answer.exit.kind, answer.logs.truncated, logs.length]).toEqual(["ok", true, 1000]);
    });

    test.each([
      ["more output than it may", "head -c 2000000 /dev/zero", "output-limit", {}],
      ["endless output", "yes", "output-limit", {}],
      ["a link in its files", "ln -s /etc/passwd /job/out/x", "bad-answer", { abi: "files/1" }],
      ["no word of its end", "mkdir /job/code", "bad-answer", {}],
      ["a program that is not there", "exec /nowhere", "code", {}],
    ] as const)("with %s ends with an exit", async (_, script, kind, asked) => {
      expect((await exitOf(script, asked)).answer.exit.kind).toBe(kind);
    });

    test.each([
      ["out of memory", "tail /dev/zero", "resource", {}],
      ["out of time", "sleep 1000", "deadline", { wallMs: 1000 }],
      [
        "out of time whatever it does about signals",
        "trap '' TERM INT HUP; while :; do :; done",
        "deadline",
        { wallMs: 1000 },
      ],
    ] as const)("%s is a fault", async (_, script, fault, asked) => {
      expect(await faultOf(script, asked)).toBe(fault);
    });

    test("is charged to a control group of its own, which is gone afterwards", async () => {
      const own = `lockstep-${sha256(utf8("tests")).slice(0, 16)}-`;
      const groups = () => readdirSync("/sys/fs/cgroup/memory").filter((name) => name.startsWith(own));
      const small = (await exitOf("true")).usage!;
      const large = (
        await exitOf("head -c 30000000 /dev/zero > /tmp/x; i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done")
      ).usage!;
      expect(large.peakBytes).toBeGreaterThan(small.peakBytes);
      expect(large.cpuUs).toBeGreaterThan(small.cpuUs);
      expect(small.peakBytes).toBeGreaterThan(0);
      await expect.poll(groups, { timeout: 60_000 }).toEqual([]);
    });

    test("ends with its program, whatever that left running", async () => {
      const { output } = await exitOf("(while :; do sleep 1; done) & echo done");
      expect(text(output)).toBe("done\n");
    });
  });

  describe("the walls (D8)", () => {
    test("stop every attack", async () => {
      const architecture = architectureOf(process.platform, process.arch)!;
      const program = attackProgram(architecture, callsOf(ATTACKS));
      const own = writeTar([{ path: "attack", bytes: program, executable: true }]);
      const attacking = new DockerSandbox(options());
      const module = writeImage({ architecture: "amd64", command: ["/attack"], env: [], layers: [sha256(own)] });
      const { call, ...rest } = taskOf("true", {});
      const outcome = await attacking.run({
        ...rest,
        parts: inPieces(own),
        module,
        call: { ...call, module: sha256(module) },
      });
      await attacking.close();
      if (outcome.kind !== "exit") throw new Error(outcome.message);
      const results = readResults(outcome.output, callsOf(ATTACKS).length)!;
      expect(breaches(ATTACKS, results).map(({ name }) => name)).toEqual([]);
    });

    test("leave a program that gains no rights, sees no other process and no host's files", async () => {
      const { output } = await exitOf(
        "id; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; ls /proc | grep -c '^[0-9]'; ls /home /root /mnt 2>&1",
      );
      const said = text(output);
      expect(said).toContain("uid=65534 gid=65534");
      expect(said).toMatch(/CapBnd:\s+0000000000000000\nNoNewPrivs:\s+1\nSeccomp:\s+2/);
      expect(said).toContain("/home: No such file");
      expect(Number(/^\d+$/m.exec(said)![0])).toBeLessThan(8);
    });

    test.each([
      ["a fork bomb", "f() { f | f & }; (f) & while :; do :; done", "deadline"],
      ["a full disk", "dd if=/dev/zero of=/tmp/f bs=1M count=200 2>/dev/null; [ -s /tmp/f ] && exit 5", "code"],
      [
        "a disk full of names",
        "i=0; while echo > /tmp/f$i; do i=$((i+1)); [ $i -gt 20000 ] && exit 1; done 2>/dev/null; exit 5",
        "code",
      ],
      ["an input that nobody reads", "exit 5", "code"],
    ])("hold %s in", async (_, script, end) => {
      const outcome = await sandbox.run(taskOf(script, { wallMs: 4000, input: "x".repeat(5_000_000) }));
      expect(outcome).toMatchObject(
        end === "deadline" ? { fault: "deadline" } : { answer: { exit: { kind: "code", code: 5 } } },
      );
    });
  });

  describe("what is refused before anything runs", () => {
    const codeOf = (task: Task) =>
      sandbox.run(task).then(
        () => null,
        ({ code }) => code,
      );
    const task = () => taskOf("true", {});

    test("another SRE, profile, ABI, entry, too little memory, a module that is no image", async () => {
      const { call, ...rest } = task();
      const other = (change: Partial<Task["call"]>) => codeOf({ ...rest, call: { ...call, ...change } });
      expect(await other({ sre: "wasm" })).toBe("UNSUPPORTED");
      expect(await other({ profile: "container-0" })).toBe("UNSUPPORTED");
      expect(await other({ abi: "bytes/1" })).toBe("UNSUPPORTED");
      expect(await other({ entry: "other" })).toBe("UNSUPPORTED");
      expect(await other({ limits: { ...call.limits, memory: 1000 } })).toBe("LIMITS");
      expect(await codeOf({ ...task(), module: utf8("{}") })).toBe("MALFORMED");
    });

    test.each([
      ["that nobody has", {}, "no image"],
      ["whose layer is another", { parts: inPieces(utf8("other")) }, "another digest"],
      ["whose layer is not there", { parts: inPieces(new Uint8Array()) }, "is missing"],
    ])("an image %s", async (_, parts, why) => {
      const { parts: own, ...unknown } = taskOf("echo never loaded", {});
      expect(await sandbox.run({ ...unknown, ...parts })).toMatchObject({
        kind: "fault",
        fault: "engine",
        message: expect.stringContaining(why),
      });
    });

    test("an engine that is not there", async () => {
      const lost = new DockerSandbox(options({ socket: "/nowhere/docker.sock" }));
      expect(await lost.run(task())).toMatchObject({
        fault: "lost",
        message: expect.stringContaining("there is no engine"),
      });
      await lost.close();
    });
  });

  test("the engine's id of an image is the digest of its configuration", async () => {
    await exitOf("echo id");
    const id = sha256(imageOf("echo id"));
    expect(await asked(engine, `/images/sha256:${id}/json`)).toMatchObject({ Id: `sha256:${id}` });
  });

  test("an image that asks for it has a container waiting ahead, and none serves twice", async () => {
    const own = new DockerSandbox(options({ owner: "warm" }));
    const run = () => own.run(taskOf("echo x >> /tmp/x; cat /tmp/x; cat /job/input", { warm: true, input: "in" }));
    for (let time = 0; time < 3; time++) {
      expect(await run()).toMatchObject({ output: utf8("x\nin") });
      await expect.poll(() => count(engine, "warm"), { timeout: 60_000 }).toBe(1);
    }
    await own.close();
    expect(await count(engine, "warm")).toBe(0);
  });

  test("an engine that dies in the middle of a job makes a fault of it, and its orphans go at the next start", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lockstep-docker-"));
    const first = await startEngine(folder);
    const one = new DockerSandbox(options({ socket: first.socket, owner: "crash" }));
    await one.warm();
    const running = one.run(taskOf("sleep 60", {}));
    await expect.poll(() => count(first, "crash"), { timeout: 60_000 }).toBe(1);
    await first.die();
    expect(await running).toMatchObject({ kind: "fault", fault: "lost" });
    const second = await startEngine(folder);
    const next = new DockerSandbox(options({ socket: second.socket, owner: "crash" }));
    await next.warm();
    await expect.poll(() => count(second, "crash"), { timeout: 60_000 }).toBe(0);
    expect(await next.run(taskOf("echo again", {}))).toMatchObject({ output: utf8("again\n") });
    await Promise.all([one.close(), next.close()]);
    await second.stop();
  });

  test("what an earlier life left is removed at the next start, and nothing of another owner's", async () => {
    const earlier = new DockerSandbox(options());
    const other = new DockerSandbox(options({ owner: "another" }));
    const running = [earlier, other].map((one) => {
      const begun = Promise.withResolvers<void>();
      const begin = () => {
        begun.resolve();
        return true;
      };
      return { begun: begun.promise, end: one.run({ ...taskOf("sleep 600", {}), begin }) };
    });
    await Promise.all(running.map(({ begun }) => begun));
    const next = new DockerSandbox(options());
    await next.warm();
    await expect.poll(() => count(engine, "tests"), { timeout: 60_000 }).toBe(0);
    await expect.poll(() => count(engine, "another"), { timeout: 60_000 }).toBe(1);
    await Promise.all([earlier, other, next].map((one) => one.close()));
    await Promise.all(running.map(({ end }) => end));
  });

  test("nothing is left of any of them", async () => {
    await sandbox.close();
    expect(await count(engine, "tests")).toBe(0);
  });
});

/** Containers of an owner at an engine, running or not. */
async function count(engine: Engine, owner: string): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`lockstep.owner=${owner}`] }));
  return ((await asked(engine, `/containers/json?all=1&filters=${filters}`)) as readonly unknown[]).length;
}

/** What an engine answers. */
async function asked({ socket }: Engine, path: string): Promise<unknown> {
  const dispatcher = new Agent({ connect: { socketPath: socket } });
  const answer = await request(`http://engine${path}`, { dispatcher });
  const json = await answer.body.json();
  await dispatcher.close();
  return json;
}
