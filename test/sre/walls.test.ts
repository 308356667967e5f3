// The walls around a worker, attacked from inside by native code and by a Node that is held by nothing else; and each
// wall taken away once, to see the attacks on it succeed. A guest is taken to have broken out of the engine already.
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GRADES, gradeOf, isAtLeast, WALLS, wallsMissing } from "../../chain/protocol/index.ts";
import { type Attack, architectureOf, attackProgram, readResults } from "../../sre/walls/index.ts";
import { attacksOnFilter, attacksOnNamespaces } from "../../sre/wasm/process/walls/attacks.ts";
import { proveWalls, targetsAt } from "../../sre/wasm/process/walls/prove.ts";
import { seccompFilter } from "../../sre/wasm/process/walls/seccomp.ts";
import { attackStart, launch, nodeStart, PERMITS, type Start, type Walls } from "../../sre/wasm/process/walls/start.ts";
import { WasmSandbox } from "../../sre/wasm/process.ts";
import { component } from "../support/require.ts";
import { ECHO } from "./support/guests.ts";
import { task } from "./support/tasks.ts";
import { wat } from "./support/wat.ts";

const architecture = architectureOf(process.platform, process.arch) ?? "x64";
const filter = seccompFilter(architecture);
const ALL: Walls = { namespaces: true, filter, permission: true };
const BARE: Walls = { namespaces: false, filter: null, permission: false };

let server: Server;
beforeAll(async () => {
  server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => void server.close());

async function output(start: Start): Promise<Buffer> {
  const child = launch(start);
  child.stdin!.end();
  const chunks: Buffer[] = [];
  child.stdout!.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(child, "close");
  return Buffer.concat(chunks);
}

/** The attacks that got through, by name. */
async function breaches(attacks: readonly Attack[], start: (image: Uint8Array) => Start | null): Promise<string[]> {
  const calls = attacks.flatMap((attack) => attack.calls);
  const results = readResults(await output(start(attackProgram(architecture, calls))!), calls.length);
  if (results === null) throw new Error("the attack program did not come to its end");
  let at = -1;
  return attacks.flatMap(({ calls: own, failed, name }) => {
    at += own.length;
    return failed(results[at]!) ? [] : [name];
  });
}

/** The same start with some words of its command replaced. */
function changed(start: Start | null, words: string, instead = ""): Start {
  const command = `\n${start!.command.join("\n")}\n`;
  const [before, after] = [words, instead].map((text) => `\n${text.split(" ").join("\n")}\n`);
  expect(command).toContain(before);
  const next = command
    .replace(before!, instead === "" ? "\n" : after!)
    .trim()
    .split("\n");
  return { ...start!, command: next as unknown as Start["command"] };
}

component("bwrap")("namespaces", () => {
  const attacks = () => attacksOnNamespaces(targetsAt(server));

  test("stop every attack by themselves", async () => {
    expect(await breaches(attacks(), (image) => attackStart(image, null))).toEqual([]);
  });

  test.each([
    ["the network's", "--unshare-net", "", ["connect to a port of the host"]],
    ["that of files", "--remount-ro /", "--ro-bind /etc /etc --remount-ro /", ["read /etc/passwd"]],
    ["that of files that can be written", "--remount-ro /", "", ["create a file"]],
    ["that of processes", "--unshare-pid", "", ["see a process of the host", "see the process that started it"]],
    ["that of capabilities", "--cap-drop ALL", "--cap-add ALL", ["mount", "have a capability back"]],
  ])("without %s wall, attacks on it succeed", async (_wall, words, instead, names) => {
    const got = await breaches(attacks(), (image) => {
      const start = changed(attackStart(image, null), words, instead);
      // Only a process of its own number space can be process 1.
      return words === "--unshare-pid" ? changed(start, "--as-pid-1") : start;
    });
    expect(got).toEqual(expect.arrayContaining(names));
    expect(got.length).toBeLessThan(attacks().length / 2);
  });

  test("a descriptor that is left open is found", async () => {
    const got = await breaches(attacks(), (image) => {
      const start = attackStart(image, null)!;
      return { ...start, feeds: [...start.feeds, new Uint8Array(0)] };
    });
    expect(got).toEqual(["use descriptor 4"]);
  });

  test("the wall of files stands for the worker's own too", async () => {
    const got = await breaches(attacks(), (image) =>
      changed(attackStart(image, null), "--remount-ro /", "--bind /etc/hostname /node --remount-ro /"),
    );
    // What it opened keeps a descriptor.
    expect(got).toEqual(["write to /node", "use descriptor 3"]);
  });
});

component("bwrap")("the system-call filter", () => {
  const attacks = () => attacksOnFilter(targetsAt(server));

  test("refuses every attack", async () => {
    expect(await breaches(attacks(), (image) => attackStart(image, filter))).toEqual([]);
  });

  test("taken away, attacks succeed that namespaces don't stop", async () => {
    expect(await breaches(attacks(), (image) => attackStart(image, null))).toEqual(
      expect.arrayContaining([
        "open a socket of this machine",
        "open a network socket",
        "make a file in memory",
        "be traced",
        "make a namespace",
        "clone past the filter's eyes",
        "start a process",
      ]),
    );
  });
});

describe("a Node between the walls, whatever JavaScript there may do", () => {
  const tries = (port: number) => ({
    read: `fs.readFileSync("/etc/passwd")`,
    readOurs: `fs.readFileSync(${JSON.stringify(`${process.cwd()}/package-lock.json`)})`,
    list: `fs.readdirSync("/home")`,
    write: `fs.writeFileSync("/lockstep-probe", "x")`,
    writeOurs: `fs.openSync(process.execPath, "r+")`,
    spawn: `(({ error }) => { if (error) throw error; })(get("child_process").spawnSync(process.execPath, ["--version"]))`,
    signal: `process.kill(${process.pid}, 0)`,
    connect: `await new Promise((yes, no) => get("net").connect(${port}, "127.0.0.1").on("connect", yes).on("error", no))`,
    datagram: `await new Promise((yes, no) => { const s = get("dgram").createSocket("udp4"); s.on("error", no); s.send("x", ${port}, "127.0.0.1", (e) => { s.close(); e ? no(e) : yes(); }); })`,
    thread: `new (get("worker_threads").Worker)("", { eval: true })`,
  });

  /** The tries that succeeded, and the environment. */
  async function succeeded(walls: Walls): Promise<{ got: string[]; env: string[]; proto: string }> {
    const { port } = targetsAt(server);
    const each = Object.entries(tries(port)).map(([name, code]) => `try { ${code}; got.push("${name}"); } catch {}`);
    // Node's own streams take calls on sockets that the filter refuses.
    const said = `fs.writeSync(1, JSON.stringify({ got, env: Object.keys(process.env), proto: typeof {}.__proto__ }))`;
    const program = `const get = process.getBuiltinModule, fs = get("fs"), got = []; (async () => { ${each.join(" ")} ${said}; process.exit(); })()`;
    return JSON.parse((await output(nodeStart(walls, ["-e", program]))).toString());
  }

  test("gets everything without walls, but no environment", async () => {
    const { got, env, proto } = await succeeded(BARE);
    // The root user may write /lockstep-probe; where tests run as somebody else, that try fails.
    expect(got).toEqual(expect.arrayContaining(["read", "readOurs", "list", "spawn", "signal", "connect", "thread"]));
    expect([env, proto]).toEqual([[], "undefined"]);
  });

  test.runIf(PERMITS)(
    "the permission model stops files, children and threads, but neither sockets nor signals",
    async () => {
      const { got, env } = await succeeded({ ...BARE, permission: true });
      expect([got, env]).toEqual([["signal", "connect", "datagram"], []]);
    },
  );

  component("bwrap")("with namespaces", () => {
    test("alone it reaches nothing outside, but may start its own Node again", async () => {
      const { got, env } = await succeeded({ ...BARE, namespaces: true });
      // The datagram went to a loopback of its own, where nobody listens.
      expect(got).toEqual(["spawn", "datagram", "thread"]);
      // The tool's own word about the folder, which is always the same.
      expect(env).toEqual(["PWD"]);
    });

    test("and filter it starts nothing; a thread of V8's is all it may have", async () => {
      expect((await succeeded({ ...ALL, permission: false })).got).toEqual(["thread"]);
    });

    test("and filter and permission model it gets nothing at all", async () => {
      expect((await succeeded(ALL)).got).toEqual([]);
    });
  });
});

component("bwrap")("a worker that runs guests", () => {
  const sandbox = new WasmSandbox({ workers: 1, isolation: "sandboxed" });
  afterAll(() => sandbox.close());

  test("stands between all the walls, which the proof has found", async () => {
    const outcome = await sandbox.run(task(wat(ECHO), { input: "walled in" }));
    expect(outcome).toMatchObject({ kind: "exit", answer: { exit: { kind: "ok" } } });
    expect(sandbox.surroundings.isolation).toEqual(WALLS.filter((wall) => wall !== "none"));
    expect((await proveWalls()).findings.map(({ inForce }) => inForce)).toEqual([true, true]);
  });

  test("is seen from outside with nothing in its hands", async () => {
    await sandbox.warm();
    // What the host started is the tool; the worker is the tool's only child.
    const [tool] = sandbox.pids;
    const [pid] = readFileSync(`/proc/${tool}/task/${tool}/children`, "utf8").trim().split(" ");
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    for (const line of ["Seccomp:\t2", "NoNewPrivs:\t1", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000"]) {
      expect(status).toContain(`${line}\n`);
    }
    for (const kind of ["user", "pid", "net", "ipc", "uts", "mnt"]) {
      expect(readlinkSync(`/proc/${pid}/ns/${kind}`)).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
    }
    expect(readFileSync(`/proc/${pid}/environ`, "latin1")).toBe("PWD=/\0");
    const entries = readdirSync(`/proc/${pid}/root`).filter((name) => !/^(lib|lib64|usr)$/.test(name));
    expect(entries.sort()).toEqual(["node"]);
    // Its three streams, what an event loop waits on, and the place where its own file system begins.
    const held = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const kinds = held.map((link) => link.replace(/[:[].*/, "")).filter((kind) => kind !== "anon_inode");
    expect(kinds.filter((kind) => kind !== "pipe").sort()).toEqual(["/", "/dev/null", "socket", "socket"]);
  });

  const tells = existsSync("/usr/bin/choom") && (statSync("/proc/self/oom_score_adj").mode & 0o200) !== 0;
  test.runIf(tells)("is what the kernel ends first when memory is short", async () => {
    await sandbox.warm();
    const [tool] = sandbox.pids;
    const [pid] = readFileSync(`/proc/${tool}/task/${tool}/children`, "utf8").trim().split(" ");
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, "latin1")).toBe("1000\n");
  });

  test("dies as a whole when the host ends the tool", async () => {
    await sandbox.warm();
    const [tool] = sandbox.pids;
    const [pid] = readFileSync(`/proc/${tool}/task/${tool}/children`, "utf8").trim().split(" ");
    process.kill(tool!, "SIGKILL");
    await expect.poll(() => readdirSync("/proc").includes(pid!), { timeout: 5000 }).toBe(false);
  });
});

describe("grades", () => {
  test("follow from the walls, each grade taking all that the one before takes", () => {
    expect(gradeOf([])).toBe("none");
    expect(gradeOf(["none", "process", "node-permission"])).toBe("none");
    expect(gradeOf(["process", "moat"])).toBe("process");
    expect(gradeOf(["process", "node-permission", "namespaces"])).toBe("permission");
    expect(gradeOf(["namespaces", "seccomp"])).toBe("none");
    expect(gradeOf(WALLS.filter((wall) => wall !== "none"))).toBe("sandboxed");
    expect(GRADES.map((grade) => isAtLeast("permission", grade))).toEqual([true, true, true, false]);
    expect(wallsMissing(["process", "node-permission", "namespaces"], "sandboxed")).toEqual([
      "no-new-privileges",
      "seccomp",
    ]);
  });
});
