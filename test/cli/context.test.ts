// Arguments, environment and files of a context, from the command line through ledger and provider to the guest and
// back: with and without a ledger, and run again by a verifier.
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TELLER } from "../sre/support/wasi.ts";
import { wat } from "../sre/support/wat.ts";
import { type Around, json, lockstep, refusal, scratchFolder, startNode } from "../support/command-line.ts";

const folder = scratchFolder();
const checkout = process.cwd();
let around: Around;

const CONTEXT = [
  "--arg",
  "-x",
  "--arg",
  "two words",
  "--env",
  "B=2",
  "--env",
  "A=1=1",
  "--file",
  "data/in.txt=local.txt",
];
const TOLD = "guest\0-x\0two words\0A=1=1\0B=2\0from a file";
const EVIDENCE = ["--module", "teller.wasm", "--input", "empty"];

beforeAll(async () => {
  process.chdir(folder);
  writeFileSync("teller.wasm", wat(TELLER));
  writeFileSync("local.txt", "from a file");
  writeFileSync("other.txt", "from a fire");
  writeFileSync("empty", "");
  const [url] = await startNode(folder);
  around = { home: folder, url };
});
afterAll(() => process.chdir(checkout));

const run = (...args: string[]) => lockstep(args, around);

describe("here", () => {
  test("the guest finds what is named", async () => {
    const ran = await run("run", "teller.wasm", ...CONTEXT, "--receipt", "local.json");
    expect([ran.status, ran.stdout.toString()]).toEqual([0, TOLD]);
    const leading = await run("run", "teller.wasm", "--file", "/data/in.txt=local.txt");
    expect(leading.stdout.toString()).toBe("guest\0from a file");
  });

  test("without its file it ends with its code, and its output is kept", async () => {
    const ran = await run("run", "teller.wasm", "--arg", "a");
    expect([ran.status, ran.stdout.toString()]).toEqual([1, "guest\0a\0"]);
    expect(ran.stderr).toContain("exit code 3, ");
  });

  test("a verifier runs it again with the same context, and with no other", async () => {
    const verify = (...context: string[]) => run("verify", "local.json", ...EVIDENCE, "--reexecute", ...context);
    expect((await verify(...CONTEXT)).stdout.toString()).toMatch(/^ok +re-execution/m);
    for (const other of [[], CONTEXT.slice(2), [...CONTEXT.slice(0, -1), "data/in.txt=other.txt"]]) {
      const { status, stdout } = await verify(...other);
      expect([status, stdout.toString()]).toEqual([
        3,
        expect.stringContaining("the receipt's call has another context"),
      ]);
    }
  });

  test.each([
    ["without =", ["--env", "A"], 'lacks a "="'],
    ["with nothing before it", ["--file", "=x"], 'lacks a "="'],
    ["twice", ["--env", "A=1", "--env", "A=2"], "--env names A twice"],
    ["a path that leads out", ["--file", "../x=local.txt"], "--file ../x=local.txt: the guest's path must be relative"],
    ["a file that is not there", ["--file", "x=none"], "none"],
  ])("%s: told what is wrong", async (_what, args, message) => {
    const { message: told } = await refusal(["run", "teller.wasm", ...args], around);
    expect(told).toContain(message);
  });
});

test("through the ledger: the provider fetches the files, the job's folder keeps them, a verifier runs it again", async () => {
  expect((await run("deploy", "teller.wasm", "--name", "teller")).status).toBe(0);
  const ran = await run("submit", "teller", ...CONTEXT, "--wait", "--out", "answer", "--json");
  expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
  expect(json(ran)).toMatchObject({ exit: { kind: "ok", code: 0 }, files: { context: "answer/context.json" } });
  expect(readFileSync("answer/output", "utf8")).toBe(TOLD);
  expect(readFileSync("answer/files/data/in.txt", "utf8")).toBe("from a file");
  expect(JSON.parse(readFileSync("answer/context.json", "utf8"))).toMatchObject({
    args: ["-x", "two words"],
    env: { A: "1=1", B: "2" },
    files: { "data/in.txt": { size: 11 } },
  });
  const again = CONTEXT.map((arg) => (arg.startsWith("data/") ? "data/in.txt=answer/files/data/in.txt" : arg));
  const verified = await run("verify", "answer/receipt.json", ...EVIDENCE, "--reexecute", "--require-ledger", ...again);
  expect(verified.stdout.toString()).toMatch(/^ok +re-execution[\s\S]*ACCEPT\n$/m);
});
