// What works without a ledger: a new project, building, running, local receipts and keys; and every bad input there.
import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildReceiptFile, readReceiptFile, readStatement, sealReceipt } from "../../chain/protocol/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { INPUT_BYTES } from "../../host/defaults.ts";
import { Home, openKey } from "../../host/node/index.ts";
import { ABORT, ECHO, guest, LOG, RECURSE, SPIN } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { json, lockstep, type Ran, refusal, scratchFolder } from "../support/command-line.ts";
import { transcript } from "../support/transcript.ts";

const folder = scratchFolder();
const home = join(folder, "home");
const place = (name: string): string => join(folder, name);

/** Writes a file into the folder and returns its path. */
function put(name: string, content: string | Uint8Array): string {
  writeFileSync(place(name), content);
  return place(name);
}

const PROJECT = place("my-function");
const MODULE = place("greet.wasm");
const GREETING = "Hello, Ada!\n";
const checkout = process.cwd();

/** What was run for the golden text, in order. */
let told = "";
async function say(...args: string[]): Promise<Ran> {
  const ran = await lockstep(args, { home });
  told += `${transcript(args, ran, { home, folder })}\n`;
  return ran;
}

beforeAll(async () => {
  process.chdir(folder);
  await say("init", "my-function");
  await say("build", "my-function", "-o", "greet.wasm");
  for (const [name, text] of Object.entries({ ABORT, ECHO, LOG, RECURSE, SPIN })) {
    put(`${name.toLowerCase()}.wasm`, wat(text));
  }
  put("name", "Ada\n");
});
afterAll(() => process.chdir(checkout));

describe("the golden text", () => {
  test("of a project's life here", async () => {
    await say("build", "greet.wasm");
    await say("run", "greet.wasm", "--input", "name");
    await say("run", "greet.wasm", "--input", "name", "--trace");
    await say("run", "greet.wasm", "--input", "name", "--receipt", "local.json");
    await say("verify", "local.json", "--module", "greet.wasm", "--input", "name", "--reexecute");
    await say("verify", "local.json", "--require-ledger");
    await say("key", "new", "alice");
    await say("key", "show", "alice");
    await say("key", "list");
    await say("run", "spin.wasm", "--fuel", "1000");
    await say("run", "abort.wasm", "--input", "name");
    await expect(told).toMatchFileSnapshot("../data/cli/local.txt");
  });
});

describe("init", () => {
  test("makes what builds and runs", async () => {
    expect(json(await lockstep(["init", place("again"), "--json"], { home }))).toEqual({
      folder: place("again"),
      files: ["lockstep.json", "src/index.ts", "input.txt", "README.md"],
    });
    expect(readFileSync(join(PROJECT, "README.md"), "utf8")).toContain("my-function");
  });

  test.each([
    ["a folder that is not empty", () => PROJECT, "is not empty"],
    ["a file", () => put("file", ""), "is a file"],
  ])("refuses %s", async (_what, at, words) => {
    const { status, code, message } = await refusal(["init", at()], { home });
    expect([status, code]).toEqual([2, "USAGE"]);
    expect(message).toContain(words);
  });
});

describe("build", () => {
  test("shows on a terminal that it works", async () => {
    const seen = await lockstep(["build", MODULE], { home, terminal: true });
    expect(seen.stderr).toBe(`\r\u{1b}[2Kbuilding ${MODULE}\r\u{1b}[2K`);
  });

  test("gives module and manifest, and says the same as JSON", async () => {
    const document = json(await lockstep(["build", MODULE, "--json"], { home }));
    expect(document).toMatchObject({ abi: "assemblyscript/2", entries: ["greet"], files: [] });
    expect(statSync(MODULE).size).toBe((document["module"] as { size: number }).size);
  });

  test.each([
    ["nothing", () => place("nowhere"), 3, "NOT_FOUND", "nowhere"],
    ["a folder without a project", () => folder, 1, "BUILD_FAILED", "has no lockstep.json"],
    ["text called .wasm", () => put("text.wasm", "text"), 1, "INVALID_MODULE", "is not WebAssembly"],
    ["another kind of file", () => put("x.rb", "puts"), 1, "BUILD_FAILED", "no way to build x.rb"],
    ["a module cut off", () => put("cut.wasm", readFileSync(MODULE).subarray(0, 500)), 1, "INVALID_MODULE", "refused"],
    [
      "a forbidden import",
      () => put("wasi.wasm", wat(guest("(i64.const 0)", '(import "wasi_snapshot_preview1" "fd_write" (func))'))),
      1,
      "INVALID_MODULE",
      '"wasi_snapshot_preview1"."fd_write"',
    ],
  ])("refuses %s", async (_what, at, status, code, words) => {
    const ran = await refusal(["build", at()], { home });
    expect([ran.status, ran.code]).toEqual([status, code]);
    expect(ran.message).toContain(words);
  });

  test("tells a mistake in the source by file and line", async () => {
    mkdirSync(place("wrong/src"), { recursive: true });
    put("wrong/lockstep.json", '{ "language": "assemblyscript", "entry": "src/index.ts" }');
    put("wrong/src/index.ts", "export function f(input: string): string {\n  return input + nowhere;\n}\n");
    const ran = await lockstep(["build", place("wrong")], { home });
    expect([ran.status, ran.stdout.length]).toEqual([1, 0]);
    expect(ran.stderr).toMatch(/^lockstep: .*\nsrc\/index\.ts:2:18: .*\[BUILD_FAILED\]\n$/);
  });

  test("makes the folder that it writes to", async () => {
    expect((await lockstep(["build", MODULE, "-o", place("new/folder/x.wasm")], { home })).status).toBe(0);
    expect(readFileSync(place("new/folder/x.wasm"))).toEqual(readFileSync(MODULE));
  });
});

describe("run", () => {
  test("gives the guest's bytes on stdout and nothing else", async () => {
    const bytes = Uint8Array.from({ length: 4096 }, (_, at) => (at * 7) & 0xff);
    const ran = await lockstep(["run", place("echo.wasm"), "--input", put("bytes", bytes)], { home });
    expect(ran.status).toBe(0);
    expect(new Uint8Array(ran.stdout)).toEqual(bytes);
    expect(ran.stderr).toMatch(/^exit ok, \d+ fuel, [\d.]+ ms\n$/);
  });

  test("takes standard input, and no input at all", async () => {
    const piped = await lockstep(["run", MODULE, "--input", "-"], { home, stdin: Buffer.from("Ada") });
    expect(piped.stdout.toString()).toBe(GREETING);
    const nothing = await lockstep(["run", MODULE], { home, stdin: Buffer.from("Ada") });
    expect([nothing.status, nothing.stdout.length]).toEqual([0, 0]);
  });

  test("with --json says everything in one document", async () => {
    const ran = await lockstep(["run", MODULE, "--input", place("name"), "--json"], { home });
    const { output, ...rest } = json(ran);
    expect(Buffer.from(output as string, "base64").toString()).toBe(GREETING);
    expect(rest).toMatchObject({ exit: { kind: "ok" }, logs: "", receipt: null });
  });

  test("shows what the guest logged on stderr", async () => {
    const ran = await lockstep(["run", place("log.wasm"), "--input", put("log", "\u0002 says the guest")], { home });
    expect(ran.stderr.startsWith(`${"\u0002 says the guest\n".repeat(2)}exit ok`)).toBe(true);
  });

  test.each([
    ["fuel exhausted", "spin.wasm", ["--fuel", "1000"], "out-of-fuel"],
    ["a trap", "abort.wasm", ["--input", "name"], "trap"],
    ["endless recursion", "recurse.wasm", [], "stack"],
    ["an answer outside the memory", "echo.wasm", ["--input", "long"], "bad-answer"],
  ])("names %s and exits with 1", async (_what, module, options, exit) => {
    put("long", new Uint8Array(80_000));
    const args = ["run", place(module), ...options];
    const ran = await lockstep(args, { home });
    expect([ran.status, ran.stdout.length]).toEqual([1, 0]);
    expect(ran.stderr).toMatch(new RegExp(`^exit ${exit}, \\d+ fuel`, "m"));
    const document = json(await lockstep([...args, "--json"], { home }));
    expect(document).toMatchObject({ exit: { kind: exit }, output: "" });
  });

  test("names output over the limit", async () => {
    const big = guest(
      `(drop (memory.grow (i32.const 300)))
       (i64.const 17825792)`,
    );
    const ran = await lockstep(["run", put("big.wasm", wat(big))], { home });
    expect([ran.status, ran.stdout.length]).toEqual([1, 0]);
    expect(ran.stderr).toMatch(/^exit output-limit/m);
  });

  test.each([
    ["a module that is not there", () => ["nowhere.wasm"], 3, "NOT_FOUND", "nowhere.wasm"],
    ["an input that is not there", () => [MODULE, "--input", "nowhere"], 3, "NOT_FOUND", "nowhere"],
    [
      "an input that is not there, before the program",
      () => ["none.wasm", "--input", "nowhere"],
      3,
      "NOT_FOUND",
      "nowhere",
    ],
    ["JSON that is none", () => [MODULE, "--input-json", "{bad"], 2, "USAGE", "--input-json is no JSON"],
    ["a folder as input", () => [MODULE, "--input", folder], 2, "USAGE", "is a directory"],
    ["an unknown entry", () => [MODULE, "--entry", "greed"], 2, "USAGE", 'no entry "greed"; the module exports greet'],
    ["text as module", () => [put("bad.wasm", "text")], 1, "INVALID_MODULE", "is not WebAssembly"],
    [
      "a receipt where there is no folder",
      () => [MODULE, "--receipt", place("no/folder/r.json")],
      3,
      "NOT_FOUND",
      "there is no folder",
    ],
  ])("refuses %s", async (_what, args, status, code, words) => {
    const ran = await refusal(["run", ...args()], { home });
    expect([ran.status, ran.code]).toEqual([status, code]);
    expect(ran.message).toContain(words);
  });

  test("refuses input over the limit before reading it", async () => {
    const sparse = put("sparse", "");
    truncateSync(sparse, INPUT_BYTES + 1);
    const ran = await refusal(["run", MODULE, "--input", sparse], { home });
    expect([ran.status, ran.code]).toEqual([2, "TOO_LARGE"]);
    const piped = await lockstep(["run", MODULE, "--input", "-"], { home, stdin: new Uint8Array(INPUT_BYTES + 1) });
    expect(piped.status).toBe(2);
    expect(piped.stderr).toContain("[TOO_LARGE]");
  });
});

describe("verify", () => {
  test("says what the receipt says, and on request wants a good end", async () => {
    for (const [name, kind, wanted] of [
      ["abort", "trap", 1],
      ["echo", "ok", 0],
    ] as const) {
      const receipt = place(`${name}-ok.json`);
      await lockstep(["run", place(`${name}.wasm`), "--input", place("name"), "--receipt", receipt], { home });
      const { status, stdout } = await lockstep(["verify", receipt], { home });
      expect(status).toBe(0);
      expect(stdout.toString()).toMatch(
        new RegExp(
          `\\n     says         run of bafk\\w+ \\(bytes/1\\): exit ${kind}, \\d+ fuel; assurance: reexecutable\\nACCEPT\\n$`,
        ),
      );
      expect(json(await lockstep(["verify", receipt, "--json"], { home }))).toMatchObject({
        says: { entry: "run", abi: "bytes/1", exit: { kind } },
      });
      expect((await lockstep(["verify", receipt, "--require-ok"], { home })).status).toBe(wanted);
    }
  });

  /** A local receipt of ours, changed after it was read. */
  async function receiptOf(name: string): Promise<{ path: string; receipt: Record<string, unknown> }> {
    const path = place(name);
    await lockstep(["run", MODULE, "--input", place("name"), "--receipt", path], { home });
    return { path, receipt: JSON.parse(readFileSync(path, "utf8")) };
  }

  test("shows a hostile file's words in one line that steers no terminal", async () => {
    const { path, receipt } = await receiptOf("steering.json");
    const member = "z\nok   signature    signed\nACCEPT\u001b[8m\u009b8m\u202e";
    put("steering.json", JSON.stringify({ ...receipt, [member]: 1 }));
    const { status, stdout } = await lockstep(["verify", path], { home });
    expect(status).toBe(2);
    expect(stdout.toString().split("\n")).toHaveLength(3);
    expect(stdout.toString()).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_C}/u);
  });

  test("can't tell of a receipt whose call this machine can't run again, which is no REJECT", async () => {
    const { path } = await receiptOf("foreign.json");
    const { payload } = readReceiptFile(readFileSync(path)).bundle.dsseEnvelope;
    const { result, observations } = readStatement(payload).predicate;
    const { signer } = openKey(new Home(home), "default");
    const call = { ...result.call, profile: "draft-of-others" };
    const { envelope } = sealReceipt(nodeCrypto, signer, { call, answer: result.answer }, observations);
    put("foreign.json", buildReceiptFile(envelope, null));
    const again = ["--module", MODULE, "--input", place("name"), "--reexecute"];
    const ran = await lockstep(["verify", path, ...again], { home });
    expect([ran.status, ran.stdout.toString().trimEnd().split("\n").at(-1)]).toEqual([3, "UNVERIFIABLE"]);
    expect(ran.stdout.toString()).toContain('"draft-of-others"');
  });
});

describe("keys", () => {
  test("are private files, by name", async () => {
    const { id, path } = json(await lockstep(["key", "new", "bob", "--json"], { home })) as Record<string, string>;
    expect([statSync(path!).mode & 0o777, statSync(join(home, "keys")).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(json(await lockstep(["key", "show", "bob", "--json"], { home }))).toEqual({ name: "bob", id, path });
    const { keys } = json(await lockstep(["key", "list", "--json"], { home })) as { keys: unknown[] };
    expect(keys).toContainEqual({ name: "bob", id, path });
  });

  test.each([
    ["a name that is taken", ["new", "carol"], 2, "USAGE", "exists already"],
    ["a name that is a path", ["new", "../x"], 2, "USAGE", "is not a key name"],
    ["a key that is not there", ["show", "nobody"], 3, "NOT_FOUND", "nobody.pem"],
  ])("refuses %s", async (_what, args, status, code, words) => {
    await lockstep(["key", "new", "carol"], { home });
    const ran = await refusal(["key", ...args], { home });
    expect([ran.status, ran.code]).toEqual([status, code]);
    expect(ran.message).toContain(words);
  });

  test("with loose permissions are refused everywhere", async () => {
    const loose = place("loose");
    const { path } = json(await lockstep(["key", "new", "default", "--json"], { home: loose })) as { path: string };
    chmodSync(path, 0o644);
    const run = ["run", MODULE, "--receipt", place("unsigned.json")];
    for (const args of [["key", "show", "default"], ["key", "list"], run]) {
      const { status, code, message } = await refusal(args, { home: loose });
      expect([status, code]).toEqual([1, "KEY_PERMISSIONS"]);
      expect(message).toBe(`key file ${path} is open to others (mode 644); run: chmod 600 ${path}`);
    }
    chmodSync(path, 0o600);
    chmodSync(join(loose, "keys"), 0o755);
    expect((await refusal(["key", "show", "default"], { home: loose })).message).toContain("chmod 700");
  });

  test("that are no keys are refused", async () => {
    const broken = place("broken");
    mkdirSync(join(broken, "keys"), { recursive: true, mode: 0o700 });
    writeFileSync(join(broken, "keys/default.pem"), "no key", { mode: 0o600 });
    const { status, code } = await refusal(["key", "show", "default"], { home: broken });
    expect([status, code]).toEqual([2, "MALFORMED"]);
  });
});
