// `check` on the command line: what it says of functions that give one answer everywhere, of those whose answers depend on
// their surroundings, and of an engine that tells something else.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { fuel } from "../../chain/protocol/index.ts";
import { guest, RECURSE, SPIN } from "../sre/support/guests.ts";
import { namedWat, wat } from "../sre/support/wat.ts";
import { json, lockstep, refusal, scratchFolder } from "../support/command-line.ts";
import { component } from "../support/require.ts";
import { transcript } from "../support/transcript.ts";

const folder = scratchFolder();
const home = join(folder, "home");
const checkout = process.cwd();
const put = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);

/** Adds up its input in a function of its own, and logs that. */
const SUM = guest(
  `(local.set $i (call $sum (local.get $pointer) (local.get $length)))
  (i32.store (i32.const 16) (local.get $i)) (call $log (i32.const 16) (i32.const 4)) (i64.const 0x1000000004)`,
  `(import "lockstep" "log" (func $log (param i32 i32)))
  (func $sum (param $at i32) (param $left i32) (result i32) (local $all i32)
    (block $done (loop $next (br_if $done (i32.eqz (local.get $left)))
      (local.set $all (i32.add (local.get $all) (i32.load8_u (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1))) (br $next)))
    (local.get $all))`,
);
const PROGRAM = `export default (n) => { console.log(new Date().toISOString()); return n + Math.random() };\n`;

beforeAll(() => {
  process.chdir(folder);
  put("sum.wasm", namedWat(SUM));
  put("spin.wasm", wat(SPIN));
  put("recurse.wasm", namedWat(RECURSE));
  put("dice.js", PROGRAM);
  put("input", "abc");
});
afterAll(() => process.chdir(checkout));

/** Without engines that one machine has and another has not. */
const bare = (text: string) => text.replace(/^(jsc|firefox|chromium)\b.*\n/gm, "");

test("the golden text", async () => {
  let told = "";
  for (const args of [
    ["check", "sum.wasm", "--input", "input", "--folded", "sum.txt"],
    ["check", "spin.wasm", "--fuel", "100000"],
    ["check", "recurse.wasm"],
  ]) {
    const ran = await lockstep(args, { home });
    told += `${bare(transcript(args, ran, { home, folder }))}\n`;
  }
  await expect(told).toMatchFileSnapshot("../data/cli/check.txt");
  expect(readFileSync("sum.txt", "utf8")).toMatchInlineSnapshot(`
    "[instance] 4420
    alloc 1
    run 59
    run;sum 52
    "
  `);
});

test("a JavaScript program is told by what it asks for, in its interpreter's functions", async () => {
  const { status, stdout } = await lockstep(["check", "dice.js", "--input-json", "[1]"], { home });
  const text = stdout.toString();
  expect(status).toBe(0);
  expect(text).toMatch(
    /^seed +changes output, fuel; host call 3, random: result 1 is \d+ as asked, \d+ with another seed$/m,
  );
  expect(text).toMatch(
    /^clock +changes logs, fuel; host call 1, clock: result 1 is 0 as asked, 34567890123 with a later clock$/m,
  );
  expect(text).toMatch(/^environment +never asked for\narguments +never asked for$/m);
  expect(text).toMatch(/^ +\d+ +\d+\.\d% +\d+ +\d+ {2}malloc$/m);
  expect(text).toMatch(/^The functions are the interpreter's; those of the program are not told apart\.$/m);
});

test("the same as JSON", async () => {
  const ran = await lockstep(["check", "sum.wasm", "--input", "input", "--json"], { home });
  const document = json(ran);
  expect(document).toMatchObject({
    ...{ abi: "bytes/1", entry: "run", flat: 0, cut: false },
    answer: { exit: { kind: "ok", code: 0 }, output: 4, logs: 5, calls: "1" },
  });
  const functions = document["functions"] as { readonly fuel: string }[];
  const sum = functions.reduce((all, { fuel: own }) => all + BigInt(own), 0n);
  expect(fuel(sum)).toBe(BigInt((document["answer"] as { fuel: string }).fuel));
});

test("a component is checked like everything else", async () => {
  const module = join(checkout, "test/data/wasm/command.wasm");
  const ran = await lockstep(["check", module, "--input", "input", "--json"], { home });
  expect([ran.status, ran.stderr]).toEqual([0, ""]);
});

describe("what can't be checked is told as `run` tells it", () => {
  test.each([
    ["nothing", "nowhere.wasm"],
    ["text called .wasm", "input"],
    ["an import outside the ABI", "wrong.wasm"],
  ])("%s", async (_, path) => {
    put("wrong.wasm", wat(guest("(i64.const 0)", '(import "env" "now" (func))')));
    const [checked, ran] = [await refusal(["check", path], { home }), await refusal(["run", path], { home })];
    expect(checked).toEqual(ran);
  });

  test("an engine that nobody knows, and one that is not here", async () => {
    const unknown = await refusal(["check", "sum.wasm", "--engine", "opera"], { home });
    expect([unknown.status, unknown.code]).toEqual([2, "USAGE"]);
    vi.stubEnv("PATH", "");
    const missing = await refusal(["check", "sum.wasm", "--engine", "firefox"], { home });
    vi.unstubAllEnvs();
    expect([missing.status, missing.code, missing.message]).toEqual([3, "NOT_FOUND", "firefox: not installed"]);
  });
});

/** A shell that is called like JavaScriptCore's, and is a Node that changes what it says. */
function liar(change: string): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  const text = `#!${process.execPath}
const line = require("node:fs").readFileSync(0, "utf8");
globalThis.print = (said) => console.log(${change});
(0, eval)(JSON.parse(line));
`;
  put("bin/jsc", text);
  chmodSync(join(folder, "bin/jsc"), 0o755);
  vi.stubEnv("PATH", join(folder, "bin"));
}

describe("an engine on this machine that differs", () => {
  afterAll(() => vi.unstubAllEnvs());

  test("fails the check with what differs there", async () => {
    liar(String.raw`said.replace(/"fuel":"(\d+)"/g, (_, fuel) => '"fuel":"' + (BigInt(fuel) + 1n) + '"')`);
    const ran = await lockstep(["check", "sum.wasm", "--input", "input"], { home });
    expect(ran.status).toBe(4);
    expect(ran.stdout.toString()).toMatch(
      /^jsc default {3}DIFFERS\n {14}fuel: (\d+) on v8 default, (\d+) on jsc default$/m,
    );
    expect(ran.stderr).toBe(
      "lockstep: one job has several answers: jsc default differs, so that a receipt of it can't be had again; report this [DIVERGED]\n",
    );
  });

  test("and one that gives no answer fails it, too, and says so", async () => {
    liar(`"nothing"`);
    const ran = await lockstep(["check", "sum.wasm", "--json"], { home });
    expect([ran.status, json(ran)["compared"]]).toEqual([
      4,
      expect.arrayContaining([expect.objectContaining({ verdict: "none" })]),
    ]);
    expect(ran.stderr).toMatch(/^lockstep: jsc default gives no answer.*\[FAULT\]\n$/);
  });
});

component("jsc")("JavaScriptCore", () => {
  test("is asked unless others are", async () => {
    const ran = await lockstep(["check", "sum.wasm", "--json"], { home });
    const names = (json(ran)["compared"] as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(["sandbox", "v8 default", "v8 liftoff", "v8 turbofan", "jsc default"]);
  });
});

component("firefox")("Firefox", () => {
  test("is asked where it is wanted", async () => {
    const ran = await lockstep(["check", "sum.wasm", "--engine", "firefox", "--json"], { home });
    const names = (json(ran)["compared"] as { name: string }[]).map(({ name }) => name);
    expect([ran.status, names]).toEqual([0, ["sandbox", "v8 default", "v8 liftoff", "v8 turbofan", "firefox"]]);
  });
});
