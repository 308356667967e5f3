// The command line as a process: the quickstart whole, signals, pipes, standard output byte for byte, no network.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ECHO } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { CHECKOUT, json, lockstep, MAIN, type Ran, Spawned, scratchFolder, start } from "../support/command-line.ts";
import { masked } from "../support/transcript.ts";

const folder = scratchFolder();
const home = join(folder, "home");
const ECHO_MODULE = join(folder, "echo.wasm");
writeFileSync(ECHO_MODULE, wat(ECHO));

/** Process ids of everything below a process, where /proc tells; with it the test asks whether any outlived it. */
function descendants(pid: number): number[] {
  if (!existsSync("/proc/self/stat")) return [];
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (one: number): boolean => one > 1 && (parents.get(one) === pid || below(parents.get(one) ?? 0));
  return [...parents.keys()].filter(below);
}

/** Whether a process still runs; one that only waits for somebody to read its exit status does not. */
function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

/** Resolves when none of the processes runs any more: a kill takes a moment to arrive. Never, if one outlives it. */
async function over(pids: readonly number[]): Promise<void> {
  while (pids.some(runs)) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function answers(address: string): Promise<boolean> {
  return fetch(`${address}/healthz`).then(
    () => true,
    () => false,
  );
}

const addressIn = (text: string): string => /at (http:\S+),/.exec(text)![1]!;

describe("quickstart", () => {
  const golden = (ran: Ran): string =>
    masked(ran.stdout.toString(), { home })
      .replace(/\d+ bytes/g, "<n> bytes")
      .replace(/gets [\d.]+ credits/, "gets <n> credits");

  test("goes the whole road through the launcher, and leaves the files and nothing else", async () => {
    const command = [process.execPath, "host/launch.js", "host/cli/main.ts", "quickstart"] as const;
    const ran = await new Spawned(command, { home }).ended;
    expect({ status: ran.status, stderr: masked(ran.stderr, {}) }).toEqual({
      status: 0,
      stderr: 'made a key "default": <key>\ntook 1000 credits from the development chain\'s faucet for "default"\n',
    });
    await expect(golden(ran)).toMatchFileSnapshot("../data/cli/quickstart.txt");
    for (const name of ["receipt", "checkpoint", "module", "input", "output"]) {
      const path = new RegExp(`^${name} +(\\S+)$`, "m").exec(ran.stdout.toString())![1]!;
      expect([name, existsSync(path)]).toEqual([name, true]);
    }
    expect(await answers(addressIn(ran.stdout.toString()))).toBe(false);
  });

  test("told to stop in the middle, it stops cleanly", async () => {
    const running = start(["quickstart"], { home });
    await running.says(/^job /m);
    const below = descendants(running.child.pid!);
    running.child.kill("SIGINT");
    const ran = await running.ended;
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 130, stderr: "" });
    expect(await answers(addressIn(ran.stdout.toString()))).toBe(false);
    await over(below);
  });

  test("works again afterwards on the same data, and says what was there", async () => {
    const running = start(["quickstart", "--json"], { home });
    const ran = await running.ended;
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "" });
    const { verdict, files } = json(ran) as { verdict: string; files: Record<string, string> };
    expect([verdict, Object.values(files).every(existsSync)]).toEqual(["ACCEPT", true]);
    const receipt = ["verify", files["receipt"]!, "--module", files["module"]!, "--require-ledger"];
    expect((await lockstep(receipt, { home })).status).toBe(0);
  });
});

describe("standard output", () => {
  const bytes = Uint8Array.from({ length: 60_000 }, (_, at) => (at * 31 + (at >> 8)) & 0xff);

  test("of run is the guest's bytes alone", async () => {
    const ran = await start(["run", ECHO_MODULE, "--input", "-"], { home, stdin: bytes }).ended;
    expect([ran.status, ran.stdout.length]).toEqual([0, bytes.length]);
    expect(new Uint8Array(ran.stdout)).toEqual(bytes);
  });

  test("may be closed by its reader", async () => {
    const input = join(folder, "much");
    writeFileSync(input, bytes);
    const running = start(["run", ECHO_MODULE, "--input", input, "--json"], { home });
    running.child.stdout.destroy();
    const { status, stderr } = await running.ended;
    expect([status, stderr.replace(/^exit ok.*\n/, "")]).toEqual([0, ""]);
  });
});

describe("an interrupted run", () => {
  test("takes its guest along", async () => {
    const spin = join(folder, "spin.wasm");
    const { SPIN } = await import("../sre/support/guests.ts");
    writeFileSync(spin, wat(SPIN));
    const running = start(["run", spin, "--fuel", "9000000000000000000"], { home });
    let below: number[] = [];
    // The worker is there soon after the start; nothing is said until the guest ends, which it never does.
    while (below.length === 0 && running.child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      below = descendants(running.child.pid!);
    }
    running.child.kill("SIGTERM");
    const { status, stderr } = await running.ended;
    expect({ status, stderr }).toEqual({ status: 143, stderr: "" });
    await over(below);
  });
});

describe("a command that needs little", () => {
  test("loads neither HTTP nor the database", async () => {
    const note =
      "data:text/javascript,import{registerHooks}from'node:module';registerHooks({load(url,c,next){" +
      "const m=/node_modules\\/(undici|hono|better-sqlite3)\\//.exec(url);if(m)process.stderr.write('loads '+m[1]+'\\n');" +
      "return next(url,c)}})";
    const loaded = async (...args: string[]): Promise<string[]> => {
      const ran = await new Spawned([process.execPath, "--import", note, MAIN, ...args], { home }).ended;
      return [...new Set(ran.stderr.match(/^loads .*$/gm))].sort();
    };
    expect(await loaded("key", "list")).toEqual([]);
    expect(await loaded("verify", ECHO_MODULE)).toEqual([]);
    // The hook works: this one needs HTTP.
    expect(await loaded("ledger", "info")).toContain("loads undici");
  });
});

describe("verify", () => {
  test("needs no network", async () => {
    const receipt = join(folder, "local.json");
    const made = await lockstep(["run", ECHO_MODULE, "--receipt", receipt], { home });
    expect(made.status).toBe(0);
    // A namespace without any network where the machine lets us make one; else every way to a socket throws.
    const namespace = spawnSync("unshare", ["-rn", "true"]).status === 0;
    const block =
      "data:text/javascript,import net from 'node:net';import dns from 'node:dns';import dgram from 'node:dgram';" +
      "const no=()=>{process.stderr.write('NETWORK');process.exit(99)};" +
      "net.Socket.prototype.connect=no;dns.lookup=no;dgram.createSocket=no;";
    const walls = namespace ? ["unshare", "-rn", process.execPath] : [process.execPath, "--import", block];
    const command = [...walls, MAIN, "verify", receipt, "--module", ECHO_MODULE] as unknown as [string, ...string[]];
    const ran = await new Spawned(command, { home }, CHECKOUT).ended;
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({
      status: 0,
      stderr: `keys trusted by ${join(home, "trust.json")}\n`,
    });
  });
});
