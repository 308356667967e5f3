// Ordering a job on a program that lies here: it is deployed on the way, and its jobs bring what it needs by themselves.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { ECHO } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { type Around, json, lockstep, refusal, scratchFolder, startNode } from "../support/command-line.ts";
import { suiteFor } from "../support/languages.ts";

// An interpreter of 20 MB is stored, fetched, rewritten and run: the tests must not fail on a machine that is busy.
vi.setConfig({ testTimeout: 300_000 });

const folder = scratchFolder();
const home = join(folder, "home");
const place = (name: string): string => join(folder, name);
let around: Around;
beforeAll(async () => {
  const [url] = await startNode(home);
  around = { home, url };
  writeFileSync(place("echo.wasm"), wat(ECHO));
  writeFileSync(place("text"), "Ada\n");
});

test("a module is deployed once, for as much fuel as a job asks for", async () => {
  const submit = (...more: string[]) =>
    lockstep(["submit", place("echo.wasm"), "--input", place("text"), ...more], around);
  const first = await submit("--wait", "--out", place("answer"));
  expect([first.status, first.stderr]).toEqual([0, expect.stringMatching(/^deployed {2}[0-9a-f]{64}$/m)]);
  expect(readFileSync(join(place("answer"), "output"), "utf8")).toBe("Ada\n");
  const second = await submit();
  expect([second.status, second.stderr]).toEqual([0, expect.not.stringContaining("deployed")]);
  const more = await submit("--fuel", "2000000000");
  expect([more.status, more.stderr]).toEqual([0, expect.stringContaining("deployed")]);
});

test("what is not there is told as a path", async () => {
  const ran = await refusal(["submit", "./nowhere.py"], around);
  expect([ran.status, ran.code, ran.message]).toEqual([3, "NOT_FOUND", expect.stringContaining("./nowhere.py")]);
});

suiteFor("python")("a Python script", () => {
  test("brings itself, its modules and the library; all of it is kept with the receipt", async () => {
    mkdirSync(place("script"));
    writeFileSync(
      place("script/main.py"),
      "import sys, words\nprint(words.greet(sys.stdin.read().strip(), *sys.argv[1:]))\n",
    );
    writeFileSync(place("script/words.py"), "def greet(*names):\n    return 'Hello ' + ' and '.join(names)\n");
    const args = ["submit", `${folder}/script`, "--input", place("text"), "--arg", "Grace", "--wait"];
    const ran = await lockstep([...args, "--out", place("kept"), "--json"], around);
    expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 0 });
    expect(json(ran)["exit"]).toMatchObject({ kind: "ok" });
    const kept = (name: string) => join(place("kept"), name);
    expect(readFileSync(kept("output"), "utf8")).toBe("Hello Ada and Grace\n");
    expect(readdirSync(kept("files/app")).sort()).toEqual(["main.py", "words.py"]);
    const { args: bound } = JSON.parse(readFileSync(kept("context.json"), "utf8")) as { args: string[] };
    expect(bound).toEqual(["/app/main.py", "Grace"]);
  });
});
