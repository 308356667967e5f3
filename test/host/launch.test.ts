// The launcher, run on a root of its own: a copy of the one file beside a tiny package without dependencies.
// Old Nodes and other platforms are shown by a preload that changes what the launcher reads about itself.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { component } from "../support/require.ts";

const checkout = join(import.meta.dirname, "../..");
const INSTALLING = "lockstep: installing packages (once, about half a minute)\n";
let root: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lockstep-launch-"));
  mkdirSync(join(root, "host"));
  cpSync(join(checkout, "host/launch.js"), join(root, "host/launch.js"));
  // One dependency, from the folder itself: without any, npm leaves no mark that it was there.
  const name = { name: "fake", version: "1.0.0", private: true, type: "module", dependencies: { dep: "file:dep" } };
  mkdirSync(join(root, "dep"));
  writeFileSync(join(root, "dep/package.json"), JSON.stringify({ name: "dep", version: "1.0.0" }));
  writeFileSync(join(root, "package.json"), JSON.stringify(name));
  const lock = {
    ...name,
    lockfileVersion: 3,
    requires: true,
    packages: {
      "": { name: "fake", version: "1.0.0", dependencies: name.dependencies },
      dep: { version: "1.0.0" },
      "node_modules/dep": { resolved: "dep", link: true },
    },
  };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(lock));
  writeFileSync(
    join(root, "hello.ts"),
    `const word: string = "hello";\nconsole.log(word, ...process.argv.slice(2));\n`,
  );
});
afterEach(() => {
  // SIGTERM, so that a script that a failing test left running is told by its launcher to end.
  for (const child of children.splice(0)) child.kill();
  rmSync(root, { recursive: true, force: true });
});

/** Marks the root as installed just now, without npm. */
function installed(): void {
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(join(root, "node_modules/.package-lock.json"), "{}");
}

/** Lays a packaged Node of the given text, by default absent, into the root. */
function packaged(text: string): void {
  const folder = join(root, `node_modules/node-${process.platform}-${process.arch}`);
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}");
  writeFileSync(join(folder, "bin/node"), text);
  chmodSync(join(folder, "bin/node"), 0o755);
}

const pretend = (key: string, value: unknown) =>
  `--import=data:text/javascript,Object.defineProperty(process,"${key}",{value:${JSON.stringify(value)}})`;
const OLD = [pretend("version", "v20.1.0"), pretend("versions", { node: "20.1.0" })];

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function launch(args: readonly string[], flags: readonly string[] = [], env: Record<string, string> = {}): Ended {
  const { npm_execpath: _, ...inherited } = process.env;
  const options = { encoding: "utf8", env: { ...inherited, ...env } } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, join(root, "host/launch.js"), ...args],
    options,
  );
  return { status, stdout, stderr };
}

/** Starts the launcher over a script of the given text and waits until that has printed "ready". */
async function started(text: string): Promise<ChildProcess> {
  writeFileSync(join(root, "script.ts"), text);
  const child = spawn(process.execPath, [join(root, "host/launch.js"), "script.ts"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  await new Promise((ready) => child.stdout?.once("data", ready));
  return child;
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((done) => child.once("exit", done));

describe("a script", () => {
  beforeEach(installed);

  test("runs with its arguments, and the launcher prints nothing of its own", () => {
    expect(launch(["hello.ts", "--json", "a b"])).toEqual({ status: 0, stdout: "hello --json a b\n", stderr: "" });
  });

  test("of npm's \"lockstep\" runs where the person stands, and keeps the checkout's data directory", () => {
    writeFileSync(join(root, "script.ts"), "console.log(process.cwd(), process.env.LOCKSTEP_HOME);");
    const here = realpathSync(mkdtempSync(join(tmpdir(), "lockstep-here-")));
    const npm = { npm_lifecycle_event: "lockstep", INIT_CWD: here };
    try {
      expect(launch(["script.ts"], [], npm).stdout).toBe(`${here} ${join(root, ".lockstep")}\n`);
      expect(launch(["script.ts"], [], { ...npm, LOCKSTEP_HOME: "mine" }).stdout).toBe(`${here} mine\n`);
      const other = { ...npm, npm_lifecycle_event: "test" };
      expect(launch(["script.ts"], [], other).stdout).toBe(`${process.cwd()} undefined\n`);
    } finally {
      rmSync(here, { recursive: true });
    }
  });

  test("gives its exit status", () => {
    writeFileSync(join(root, "script.ts"), "process.exit(3);");
    expect(launch(["script.ts"]).status).toBe(3);
  });

  test("killed by a signal gives 128 and its number", () => {
    writeFileSync(join(root, "script.ts"), `process.kill(process.pid, "SIGKILL");`);
    expect(launch(["script.ts"]).status).toBe(137);
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("gets %s once and may end in its own way", async (signal) => {
    const child = await started(`
      let times = 0;
      process.on("${signal}", () => { times += 1; setTimeout(() => process.exit(40 + times), 200); });
      setInterval(() => {}, 1000);
      console.log("ready");`);
    child.kill(signal);
    expect(await ended(child)).toBe(41);
  });
});

// `script` makes a terminal.
component("script")("Ctrl-C at a terminal", () => {
  test("reaches the script once", async () => {
    installed();
    writeFileSync(
      join(root, "script.ts"),
      `let times = 0;
       process.on("SIGINT", () => { times += 1; setTimeout(() => { console.log("times " + times); process.exit(9); }, 300); });
       setInterval(() => {}, 1000);
       console.log("ready");`,
    );
    // A shell that stayed would end by the signal too, and its status would hide the launcher's.
    const command = `exec '${process.execPath}' '${join(root, "host/launch.js")}' script.ts`;
    const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
    children.push(child);
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
      if (String(chunk).includes("ready")) child.stdin?.write("\x03");
    });
    expect(await ended(child)).toBe(9);
    expect(output).toContain("times 1");
  });
});

describe("installing", () => {
  const done = () => join(root, "node_modules/.package-lock.json");

  test("happens when nothing is installed, and only once", () => {
    const first = launch(["hello.ts"]);
    expect(first).toMatchObject({ status: 0, stdout: "hello\n" });
    expect(first.stderr.startsWith(INSTALLING)).toBe(true);
    expect(launch(["hello.ts"]).stderr).toBe("");
  });

  test("happens again when it was cut off", () => {
    mkdirSync(join(root, "node_modules"));
    expect(launch(["hello.ts"]).stderr).toContain(INSTALLING);
  });

  test("happens again when the lockfile is newer, even one dated in the future, and only once", () => {
    installed();
    const tomorrow = Date.now() / 1000 + 86_400;
    utimesSync(join(root, "package-lock.json"), tomorrow, tomorrow);
    expect(launch(["hello.ts"]).stderr).toContain(INSTALLING);
    expect(launch(["hello.ts"]).stderr).toBe("");
  });

  test("uses npm even when another package manager runs the script", () => {
    expect(launch(["hello.ts"], [], { npm_execpath: "/opt/pnpm/pnpm.cjs" })).toMatchObject({ status: 0 });
  });

  test("without npm says so in one sentence", () => {
    const { status, stderr } = launch(["hello.ts"], [], { PATH: join(root, "empty") });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `${INSTALLING}lockstep: npm is not installed; install npm 10 or newer and run this again\n`,
    });
  });

  test("that fails says so, after npm's own message", () => {
    writeFileSync(join(root, "package-lock.json"), "not a lockfile");
    const { status, stderr } = launch(["hello.ts"]);
    expect(status).toBe(1);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^lockstep: `npm ci` failed/);
  });

  test("without a lockfile says that the copy is incomplete", () => {
    rmSync(join(root, "package-lock.json"));
    const { status, stderr } = launch(["hello.ts"]);
    expect({ status, lines: stderr.split("\n").length }).toEqual({ status: 1, lines: 2 });
    expect(stderr).toContain("package-lock.json is missing");
    expect(existsSync(done())).toBe(false);
  });
});

describe("the choice of Node", () => {
  beforeEach(installed);

  test("takes the packaged one, whatever runs the launcher", () => {
    packaged(`#!/bin/sh\nexec '${process.execPath}' "$@" packaged\n`);
    expect(launch(["hello.ts"], OLD)).toEqual({ status: 0, stdout: "hello packaged\n", stderr: "" });
    expect(launch(["hello.ts"]).stdout).toBe("hello packaged\n");
  });

  test("falls back on its own, when that is new enough, where the packaged one does not start", () => {
    packaged("#!/no/such/loader\n");
    expect(launch(["hello.ts"])).toEqual({ status: 0, stdout: "hello\n", stderr: "" });
    packaged("\x7fELF, but of no machine");
    expect(launch(["hello.ts"])).toEqual({ status: 0, stdout: "hello\n", stderr: "" });
  });

  test("says in one sentence what to install", () => {
    const advice = "install Node 24.15 or newer and run this again (this is v20.1.0)\n";
    const place = `${process.platform}-${process.arch}`;
    expect(launch(["hello.ts"], OLD)).toEqual({
      status: 1,
      stdout: "",
      stderr: `lockstep: the packaged Node 24 does not exist for ${place}; ${advice}`,
    });
    packaged("#!/no/such/loader\n");
    expect(launch(["hello.ts"], OLD).stderr).toBe(`lockstep: the packaged Node 24 does not start here; ${advice}`);
  });

  test.each(["24.14.9", "22.30.0", "23.9.0"])("does not take Node %s", (version) => {
    expect(launch(["hello.ts"], [pretend("versions", { node: version })]).status).toBe(1);
  });

  test.each(["24.15.0", "26.0.0"])("takes Node %s", (version) => {
    expect(launch(["hello.ts"], [pretend("versions", { node: version })]).status).toBe(0);
  });

  test("refuses Windows in one sentence", () => {
    expect(launch(["hello.ts"], [pretend("platform", "win32")])).toEqual({
      status: 1,
      stdout: "",
      stderr: "lockstep: Windows is not supported; run this on Linux or macOS, or under WSL\n",
    });
  });

  test("without a script says how to use it", () => {
    expect(launch([]).stderr).toMatch(/^lockstep: say which script to run.*\n$/);
  });
});

test("the launcher needs nothing newer than Node 20 and no package", () => {
  const text = readFileSync(join(checkout, "host/launch.js"), "utf8");
  const imported = [...text.matchAll(/from "([^"]+)"/g)].map((match) => match[1]);
  expect(imported.filter((name) => !name?.startsWith("node:"))).toEqual([]);
});
