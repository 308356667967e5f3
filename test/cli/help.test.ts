// Help, and what the parser refuses: every command and subcommand, found by asking the commands themselves.
import { Command } from "commander";
import { beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../host/cli/commands.ts";
import { Output } from "../../host/cli/output.ts";
import { Session } from "../../host/cli/session.ts";
import { codeOf, json, lockstep, NOBODY, scratchFolder } from "../support/command-line.ts";
import { masked } from "../support/transcript.ts";

const home = scratchFolder();

/** Every command and subcommand, as the words that name it. */
async function everyCommand(): Promise<string[][]> {
  const streams = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: { LOCKSTEP_HOME: home },
  };
  const session = new Session(new Output([], streams), streams);
  const paths: string[][] = [];
  for (const [name, { load }] of Object.entries(COMMANDS)) {
    const command = new Command(name);
    (await load()).define(command, session);
    paths.push([name], ...command.commands.map((sub) => [name, sub.name()]));
  }
  return paths;
}

let paths: string[][];
beforeAll(async () => {
  paths = await everyCommand();
});

describe("help", () => {
  test("of every command and subcommand exits 0, has an example, and is what it was", async () => {
    let all = "";
    for (const path of [[], ...paths]) {
      const { status, stdout, stderr } = await lockstep([...path, "--help"], { home });
      const text = stdout.toString();
      expect({ path, status, stderr }).toEqual({ path, status: 0, stderr: "" });
      if (path.length > 0) expect(text).toMatch(new RegExp(`\\nExamples?:\\n  lockstep ${path.join(" ")}\\b`));
      if (path.length > 0) expect(text).toContain("--json");
      expect(text.split("\n").filter((line) => line.length > 120)).toEqual([]);
      all += `$ lockstep ${[...path, "--help"].join(" ")}\n${text}\n`;
    }
    expect(paths.length).toBeGreaterThan(15);
    await expect(all).toMatchFileSnapshot("../data/cli/help.txt");
  });

  test("is what no argument asks for, and what `help` asks for", async () => {
    const plain = await lockstep(["--help"], { home });
    expect(await lockstep([], { home })).toEqual(plain);
    expect(await lockstep(["help"], { home })).toEqual(plain);
    expect(await lockstep(["help", "run"], { home })).toEqual(await lockstep(["run", "--help"], { home }));
  });

  test("tells the version", async () => {
    const { status, stdout } = await lockstep(["--version"], { home });
    expect([status, masked(stdout.toString(), {})]).toEqual([0, "<version>\n"]);
  });
});

describe("wrong usage", () => {
  const refused: readonly (readonly [string, string])[] = [
    ["frobnicate", "unknown command 'frobnicate'; see: lockstep --help"],
    ["--frobnicate", "unknown option '--frobnicate'; see: lockstep --help"],
    ["build", "missing required argument 'path'; see: lockstep build --help"],
    ["run", "name one function: by its path, or an image at an engine with --image"],
    ["run a b", "too many arguments for 'run'. Expected 1 argument but got 2: a, b; see: lockstep run --help"],
    ["run a --frobnicate", "unknown option '--frobnicate'; see: lockstep run --help"],
    ["run a --fuel", "option '--fuel <units>' argument missing; see: lockstep run --help"],
    ["run a --fool", "unknown option '--fool', did you mean --fuel; see: lockstep run --help"],
    ["ledger tx", "missing required argument 'id'; see: lockstep ledger tx --help"],
    ["key", "say what to do with key; see: lockstep key --help"],
    ["key frobnicate", "unknown command 'frobnicate'; see: lockstep key --help"],
    ["ledger", "say what to do with ledger; see: lockstep ledger --help"],
  ];

  test.each(refused)("lockstep %s", async (line, sentence) => {
    const args = line.split(" ");
    const plain = await lockstep(args, { home });
    expect(plain).toEqual({ status: 2, stdout: Buffer.alloc(0), stderr: `lockstep: ${sentence} [USAGE]\n` });
    const told = await lockstep([args[0]!, "--json", ...args.slice(1)], { home });
    expect(told.status).toBe(2);
    expect(told.stderr).toBe("");
    expect(json(told)).toEqual({ error: { code: "USAGE", message: sentence, data: {} } });
  });

  test.each([
    ["run a --fuel 0", "--fuel"],
    ["run a --fuel 1.5", "--fuel"],
    ["run a --fuel 9223372036854775808", "--fuel"],
    ["deploy a --price -1", "--price"],
    ["deploy a --price 0.0000001", "--price"],
    ["submit a --deadline 0", "--deadline"],
    ["node --port 65536", "--port"],
    ["node --port x", "--port"],
    ["submit a --url ftp://x", "node's address"],
    ["submit a --url http://x/path", "node's address"],
    ["job nothex", "'id'"],
    ["receipt nothex", "'id'"],
    ["ledger tx nothex", "'id'"],
    ["deploy a --name A", "name"],
  ])("lockstep %s", async (line, word) => {
    const ran = await lockstep(line.split(" "), { home, url: NOBODY });
    expect([ran.status, ran.stdout.length]).toEqual([2, 0]);
    expect(ran.stderr).toMatch(/^lockstep: [^\n]+ \[USAGE\]\n$/);
    expect(ran.stderr).toContain(word);
  });

  test("with --json in any place is told as JSON", async () => {
    for (const args of [["--json"], ["--json", "frobnicate"], ["key", "--json"], ["key", "list", "x", "--json"]]) {
      const ran = await lockstep(args, { home });
      expect([args, ran.status, codeOf(ran)]).toEqual([args, 2, "USAGE"]);
    }
  });

  test("has a stack trace with --debug alone", async () => {
    const plain = await lockstep(["run", "nowhere"], { home });
    expect(plain.stderr.split("\n")).toHaveLength(2);
    const debugged = await lockstep(["run", "nowhere", "--debug"], { home });
    expect(debugged.status).toBe(plain.status);
    expect(debugged.stderr).toContain("    at ");
  });
});
