// The life of a job through the command line, against one node with a provider: deploy, submit, job, receipt, verify,
// ledger, and the keys' accounts; and what is refused on the way.
import { chmodSync, cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyId } from "../../chain/protocol/index.ts";
import { JAVASCRIPT } from "../../sre/quickjs/index.ts";
import { ABORT, ECHO, SPIN } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import {
  type Around,
  json,
  lockstep,
  NOBODY,
  type Ran,
  type Refusal,
  refusal,
  scratchFolder,
  startNode,
} from "../support/command-line.ts";
import { namedSigner } from "../support/keys.ts";
import { transcript } from "../support/transcript.ts";

const folder = scratchFolder();
const home = join(folder, "home");
const place = (name: string): string => join(folder, name);
const checkout = process.cwd();
let around: Around;

/** What was run for the golden text, in order. */
let told = "";
async function say(...args: string[]): Promise<Ran> {
  const ran = await lockstep(args, around);
  told += `${transcript(args, ran, { home, folder })}\n`;
  return ran;
}

/** Runs a command that must succeed; its JSON document. */
async function document(...args: string[]): Promise<Record<string, unknown>> {
  const ran = await lockstep([...args, "--json"], around);
  expect({ args, status: ran.status, stderr: ran.stderr }).toMatchObject({ args, status: 0 });
  return json(ran);
}

/** An answered job of the echo function, with its files. */
async function answered(out: string): Promise<{ id: string; file: (name: string) => string }> {
  const { job } = await document("submit", "echo", "--input", "text", "--wait", "--out", out);
  return { id: job as string, file: (name) => join(folder, out, name) };
}

beforeAll(async () => {
  process.chdir(folder);
  writeFileSync("text", "Ada\n");
  for (const [name, text] of Object.entries({ ABORT, ECHO, SPIN }))
    writeFileSync(`${name.toLowerCase()}.wasm`, wat(text));
  const [url] = await startNode(home);
  around = { home, url };
  await document("key", "new", "thief");
});
afterAll(() => process.chdir(checkout));

describe("a job's life", () => {
  test("reads as it did", async () => {
    await say("deploy", "echo.wasm", "--name", "echo");
    await say("deploy", "echo.wasm", "--name", "echo");
    await say("submit", "echo", "--input", "text", "--wait", "--out", "answer");
    await say("verify", "answer/receipt.json", "--module", "echo.wasm", "--input", "text", "--output", "answer/output");
    await say("ledger", "info");
    await expect(told).toMatchFileSnapshot("../data/cli/job.txt");
  });

  test("a name that is taken moves, and says from where", async () => {
    const first = await document("deploy", "abort.wasm", "--name", "traveller");
    expect(first["before"]).toBeNull();
    const moved = await lockstep(["deploy", "spin.wasm", "--name", "traveller"], around);
    expect(moved.stdout.toString()).toContain(`name      traveller (moved from ${first["deployment"]})\n`);
    expect((await lockstep(["deploy", "spin.wasm", "--name", "traveller"], around)).stdout.toString()).toMatch(
      /^name {6}traveller$/m,
    );
  });

  test("leaves the files that the receipt names", async () => {
    const { id, file } = await answered("files");
    expect(readFileSync(file("output"), "utf8")).toBe("Ada\n");
    expect(readFileSync(file("module.wasm"))).toEqual(readFileSync("echo.wasm"));
    expect(readFileSync(file("checkpoint.txt"), "utf8")).toContain("\n\n— ");
    const again = await document("receipt", id, "-o", "again.json");
    expect(again).toMatchObject({ job: id, files: { receipt: "again.json" } });
    expect(await document("receipt", id)).toMatchObject({ files: { output: join(home, "jobs", id, "output") } });
    const { record } = await document("job", id);
    expect(record).toMatchObject({ attempt: 1 });
    expect((await lockstep(["job", id], around)).stdout.toString()).toMatch(/^status {4}(accepted|final)$/m);
  });

  test("shows progress on a terminal alone", async () => {
    const args = ["submit", "echo", "--wait", "--out", "shown"];
    const seen = await lockstep(args, { ...around, terminal: true });
    expect(seen.stderr.replaceAll("\r\u{1b}[2K", "|")).toMatch(/^(\|job [0-9a-f]{64}: \w+)+\|$/);
    expect((await lockstep(args, around)).stderr).toBe("");
  });

  test.each([
    ["abort.wasm", "trap"],
    ["spin.wasm", "out-of-fuel"],
  ])("of %s ends with a receipt, exit status 1 and the exit's name", async (module, exit) => {
    const { deployment } = await document("deploy", module, "--fuel", "100000");
    const ran = await lockstep(["submit", deployment as string, "--wait", "--out", exit], around);
    expect(ran.status).toBe(1);
    expect(ran.stdout.toString()).toContain(`exit ${exit}, `);
    const verified = await lockstep(["verify", `${exit}/receipt.json`, "--require-ledger"], around);
    expect([verified.status, verified.stdout.toString().endsWith("ACCEPT\n")]).toEqual([0, true]);
  });
});

describe("a JavaScript function", () => {
  const SOURCE =
    "export default (...all) => { console.log(all.length); return { sum: all.reduce((a, b) => a + b, 0) } };\n";

  test("is deployed, run by the provider, and verified by running it again", async () => {
    writeFileSync("sum.js", SOURCE);
    writeFileSync("numbers", "[1, 2, 39]");
    const { abi, profile } = await document("deploy", "sum.js", "--name", "sum");
    expect([abi, profile]).toEqual(["javascript/1", JAVASCRIPT.id]);
    await document("submit", "sum", "--input", "numbers", "--wait", "--out", "sum");
    const file = (name: string) => join(folder, "sum", name);
    expect([readFileSync(file("output"), "utf8"), readFileSync(file("logs"), "utf8")]).toEqual(['{"sum":42}', "3\n"]);
    expect(readFileSync(file("module.js"), "utf8")).toBe(SOURCE);
    const files = ["--module", file("module.js"), "--input", file("input"), "--output", file("output")];
    const args = ["verify", file("receipt.json"), ...files, "--require-ledger", "--reexecute"];
    const verified = await lockstep(args, around);
    expect([verified.status, verified.stdout.toString().endsWith("ACCEPT\n")]).toEqual([0, true]);
    const other = await lockstep(["verify", file("receipt.json"), "--module", "echo.wasm"], around);
    expect(other.status).toBe(1);
  });

  test("that throws ends with a receipt and exit status 1", async () => {
    writeFileSync("throws.js", "export default () => { throw new Error('no') };\n");
    const { deployment } = await document("deploy", "throws.js");
    const ran = await lockstep(["submit", deployment as string, "--wait", "--out", "throws"], around);
    expect([ran.status, ran.stdout.toString()]).toEqual([1, expect.stringContaining("exit trap, ")]);
    expect(readFileSync(join(folder, "throws", "logs"), "utf8")).toMatch(/^Uncaught Error: no\n/);
  });
});

describe("verify", () => {
  let file: (name: string) => string;
  let all: string[];
  /** A verification: exit status, verdict, and the checks that did not pass or were skipped, by name. */
  async function verdict(...args: string[]) {
    const ran = await lockstep(["verify", file("receipt.json"), ...args, "--json"], { home, url: NOBODY });
    const { verdict, checks } = json(ran) as { verdict: string; checks: { name: string; outcome: string }[] };
    const open = checks.filter(({ outcome }) => outcome === "fail" || outcome === "missing").map(({ name }) => name);
    return [ran.status, verdict, open];
  }

  beforeAll(async () => {
    ({ file } = await answered("verified"));
    all = ["--module", file("module.wasm"), "--input", file("input"), "--output", file("output")];
  });

  test("accepts offline, with the files and run again", async () => {
    expect(await verdict(...all, "--require-ledger", "--reexecute")).toEqual([0, "ACCEPT", []]);
    expect(await verdict()).toEqual([0, "ACCEPT", []]);
  });

  test.each(["module", "input", "output"])("rejects another %s", async (name) => {
    expect(await verdict(`--${name}`, "spin.wasm")).toEqual([1, "REJECT", [name]]);
  });

  test("to run it again needs module and input, and names that", async () => {
    const ran = await lockstep(["verify", file("receipt.json"), "--reexecute"], around);
    expect(ran.status).toBe(3);
    expect(ran.stdout.toString()).toMatch(/^\?\? {3}re-execution running it again needs --module and --input$/m);
    expect(ran.stdout.toString()).toMatch(/\nUNVERIFIABLE\n$/);
  });

  test("tells accepted from final", async () => {
    const { id, file: young } = await answered("young");
    const final = ["verify", young("receipt.json"), "--require-final"];
    const early = await lockstep(final, around);
    expect([early.status, early.stdout.toString().endsWith("\nUNVERIFIABLE\n")]).toEqual([3, true]);
    const { waitForJob, Client } = await import("../../host/client/index.ts");
    const { nodeCrypto } = await import("../../host/crypto.ts");
    const client = new Client(around.url!, nodeCrypto);
    await waitForJob(client, id as never, { timeoutMs: 60_000, until: ["final"] });
    await client.close();
    await document("receipt", id, "-o", young("receipt.json"));
    expect((await lockstep(final, around)).status).toBe(0);
  });

  test("believes nobody without keys, and each file named with --trust", async () => {
    const own = JSON.parse(readFileSync(join(home, "trust.json"), "utf8")) as { keys: unknown[] };
    writeFileSync("nobody.json", '{ "keys": [] }');
    expect((await verdict("--trust", "nobody.json")).slice(0, 2)).toEqual([3, "UNVERIFIABLE"]);
    writeFileSync("log.json", JSON.stringify(own));
    expect(await verdict("--trust", "nobody.json", "--trust", "log.json")).toEqual([0, "ACCEPT", []]);
    const stranger = { home: place("stranger"), url: NOBODY };
    const ran = await lockstep(["verify", file("receipt.json")], stranger);
    expect(ran.status).toBe(3);
    expect(ran.stderr).toBe(
      `no keys trusted: ${place("stranger/trust.json")} is not there, name others with --trust\n`,
    );
  });

  test.each([
    ["a byte changed", (bytes: Buffer) => Buffer.from(bytes.toString().replace(/"sig":"./, '"sig":"-'))],
    ["text", () => Buffer.from("no receipt")],
    ["nothing", () => Buffer.alloc(0)],
    ["a space more", (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(" ")])],
  ])("calls %s malformed", async (_what, change) => {
    writeFileSync("changed.json", change(readFileSync(file("receipt.json"))));
    const ran = await lockstep(["verify", "changed.json"], around);
    expect([ran.status, ran.stdout.toString().trimEnd().split("\n").at(-1)]).toEqual([2, "MALFORMED"]);
    expect(json(await lockstep(["verify", "changed.json", "--json"], around))).toMatchObject({ verdict: "MALFORMED" });
  });

  test.each([
    ["a receipt that is not there", () => ["nowhere"], 3, "NOT_FOUND"],
    ["a folder", () => [folder], 2, "USAGE"],
    ["a receipt too large to be one", () => [put("large", new Uint8Array(300_000))], 2, "TOO_LARGE"],
    ["a trust file that is none", () => [file("receipt.json"), "--trust", "text"], 2, "MALFORMED"],
    ["a trust file that is not there", () => [file("receipt.json"), "--trust", "nowhere"], 3, "NOT_FOUND"],
    ["a module that is not there", () => [file("receipt.json"), "--module", "nowhere"], 3, "NOT_FOUND"],
  ])("refuses %s", async (_what, args, status, code) => {
    const ran = await refusal(["verify", ...args()], around);
    expect([ran.status, ran.code]).toEqual([status, code]);
  });

  test("takes a receipt apart for other people's tools", async () => {
    const ran = await lockstep(["verify", file("receipt.json"), "--extract", "extracted"], around);
    expect(ran.status).toBe(0);
    expect(readFileSync("extracted/signature.bin")).toHaveLength(64);
    expect(readFileSync("extracted/provider.pem", "utf8")).toContain("BEGIN PUBLIC KEY");
  });
});

/** Writes a file into the folder and returns its path. */
function put(name: string, content: string | Uint8Array): string {
  writeFileSync(place(name), content);
  return place(name);
}

describe("refused by the ledger", () => {
  const UNKNOWN = "0".repeat(64);
  test.each([
    ["an unknown function", ["submit", "nosuch"], 3, "NOT_FOUND", "nosuch"],
    ["an unknown deployment", ["submit", UNKNOWN], 3, "NOT_FOUND", UNKNOWN],
    ["an unknown job", ["job", UNKNOWN], 3, "NOT_FOUND", UNKNOWN],
    ["the receipt of an unknown job", ["receipt", UNKNOWN], 3, "NOT_FOUND", UNKNOWN],
    ["an unknown transaction", ["ledger", "tx", UNKNOWN], 3, "NOT_FOUND", UNKNOWN],
    ["a job beyond one's means", ["submit", "echo", "--ceiling", "5000"], 1, "FUNDS", "5000"],
    ["more fuel than the deployment's", ["submit", "echo", "--fuel", "2000000000"], 1, "LIMITS", "fuel"],
    ["more money than there is", ["key", "transfer", "SELF", "5000"], 1, "FUNDS", ""],
    [
      "a name that is another's",
      ["deploy", "spin.wasm", "--name", "echo", "--key", "thief"],
      1,
      "NAME_REFUSED",
      "echo",
    ],
    ["a key that is not there", ["key", "account", "nobody"], 3, "NOT_FOUND", "nobody.pem"],
    ["a payer that is not there", ["submit", "echo", "--key", "defualt"], 3, "NOT_FOUND", "lockstep key new defualt"],
    ["an owner that is not there", ["deploy", "spin.wasm", "--key", "onwer"], 3, "NOT_FOUND", "lockstep key new onwer"],
    ["stake of one who has none", ["key", "unbond", "default"], 3, "NOT_FOUND", "provider"],
    ["a change of a key that is not there", ["key", "rotate", "nobody"], 3, "NOT_FOUND", "nobody.pem"],
    ["a change of the orderer's key", ["key", "rotate", "node"], 2, "USAGE", "genesis"],
  ])("%s", async (_what, args, status, code, words) => {
    const self = (await document("key", "show", "default"))["id"] as string;
    const ran = await refusal(
      args.map((arg) => (arg === "SELF" ? self : arg)),
      around,
    );
    expect(ran.status).toBe(status);
    expect(ran.code).toBe(code);
    expect(ran.message).toContain(words);
  });

  test("nothing is made for a key that is not there", async () => {
    const { keys } = (await document("key", "list")) as { keys: { name: string }[] };
    expect(keys.filter(({ name }) => name.startsWith("nobody"))).toEqual([]);
  });

  test("by a node that is not there", async () => {
    for (const args of [["submit", "echo"], ["deploy", "echo.wasm"], ["ledger", "info"], ["provider"]]) {
      const ran = await refusal(args, { home, url: NOBODY });
      expect([ran.status, ran.code]).toEqual([3, "UNREACHABLE"]);
      expect(ran.message).toContain("no node answers at http://127.0.0.1:9");
    }
  });

  test("with loose key files", async () => {
    const loose = place("loose");
    const { path } = json(await lockstep(["key", "new", "default", "--json"], { home: loose })) as { path: string };
    chmodSync(path, 0o640);
    const ran = await refusal(["submit", "echo"], { ...around, home: loose });
    expect([ran.status, ran.code]).toEqual([1, "KEY_PERMISSIONS"]);
  });
});

test("a key that is not there is told before any node is asked", async () => {
  for (const args of [
    ["submit", "echo"],
    ["deploy", "echo.wasm"],
  ]) {
    const { status, code, message } = await refusal([...args, "--key", "typo", "--url", NOBODY], around);
    expect([status, code]).toEqual([3, "NOT_FOUND"]);
    expect(message).toContain("typo");
  }
});

describe("cancel", () => {
  test("is refused once a job is answered", async () => {
    const { id } = await answered("late");
    const ran = await refusal(["job", id, "--cancel"], around);
    expect([ran.status, ran.code]).toEqual([1, "JOB_STATE"]);
  });
});

describe("ledger", () => {
  test("replays its own log, a node's and an exported one to the same root", async () => {
    await document("ledger", "export", "--url", around.url!, "-o", "log.jsonl");
    const first = await document("ledger", "replay", "log.jsonl");
    expect(first).toMatchObject({ stateRoot: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await document("ledger", "replay", "--url", around.url!)).toMatchObject({ blocks: expect.anything() });
    const locked = await refusal(["ledger", "replay"], around);
    expect([locked.status, locked.code]).toEqual([4, "STORAGE_LOCKED"]);
    const text = await lockstep(["ledger", "export", "--url", around.url!], around);
    expect(text.stdout.toString().startsWith(readFileSync("log.jsonl", "utf8"))).toBe(true);
    const { code } = json(await lockstep(["ledger", "export", "--url", around.url!, "--json"], around))[
      "error"
    ] as Refusal;
    expect(code).toBe("USAGE");
  });

  test("says where a log differs, and what is no log", async () => {
    await document("ledger", "export", "--url", around.url!, "-o", "log.jsonl");
    const log = readFileSync("log.jsonl", "utf8");
    writeFileSync(
      "other.jsonl",
      log.replace(/"stateRoot":"./, (found) => `${found.slice(0, -1)}${found.endsWith("0") ? "1" : "0"}`),
    );
    const ran = await refusal(["ledger", "replay", "other.jsonl"], around);
    expect([ran.status, ran.code]).toEqual([4, "STORAGE_CORRUPT"]);
    expect(ran.message).toMatch(/^the log differs first at block 0, leaf 0: /);
    writeFileSync("cut.jsonl", log.slice(0, -5));
    expect((await refusal(["ledger", "replay", "cut.jsonl"], around)).code).toBe("MALFORMED");
    writeFileSync("empty.jsonl", "");
    expect((await refusal(["ledger", "replay", "empty.jsonl"], around)).code).toBe("MALFORMED");
    expect((await refusal(["ledger", "replay", "nowhere"], around)).code).toBe("NOT_FOUND");
    expect((await refusal(["ledger", "replay", "log.jsonl", "--url", around.url!], around)).code).toBe("USAGE");
  });

  test("shows a transaction", async () => {
    const { id } = await answered("tx");
    const found = await document("ledger", "tx", id);
    expect(found).toMatchObject({ id, code: "OK", transaction: { body: { type: "job" } } });
  });
});

describe("listings of a ledger", () => {
  const STRANGER = keyId(namedSigner("stranger").publicKey);
  const list = async (...args: string[]) =>
    (await document("ledger", ...args)) as Record<string, Record<string, unknown>[]>;

  test("jobs: the latest first, by state and by requester, as many as are asked for", async () => {
    const { id } = await answered("listed");
    const all = await list("jobs", "--limit", "10000");
    expect(all["jobs"]![0]).toMatchObject({ id, record: { attempt: 1 } });
    expect(all["found"]).toBe(all["jobs"]!.length);
    const times = all["jobs"]!.map(({ record }) => BigInt((record as { placed: string }).placed));
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? 1 : -1)));
    const requester = (all["jobs"]![0]!["record"] as { requester: string }).requester;
    expect((await list("jobs", "--requester", requester, "--limit", "10000"))["found"]).toBe(all["found"]);
    expect((await list("jobs", "--requester", STRANGER))["jobs"]).toEqual([]);
    for (const { record } of (await list("jobs", "--status", "expired"))["jobs"]!) {
      expect(record).toMatchObject({ status: "expired" });
    }
    const ran = await lockstep(["ledger", "jobs", "--limit", "1"], around);
    expect(ran.stdout.toString()).toMatch(new RegExp(`^${id}  (accepted|final)  \\S+  echo\n$`));
    expect(ran.stderr).toMatch(/^\d+ more; show them with --limit\n$/);
  });

  test("functions with their names, names, and providers with their prices", async () => {
    const { functions } = await list("functions", "--limit", "1000");
    const echo = functions!.find(({ names }) => (names as string[]).includes("echo"))!;
    expect(echo).toMatchObject({ sre: "wasm", entry: "run", price: "0" });
    const { names } = await list("names");
    expect(names).toContainEqual({ name: "echo", record: expect.objectContaining({ deployment: echo["id"] }) });
    expect((await list("names", "--owner", STRANGER))["names"]).toEqual([]);
    expect((await list("functions", "--owner", STRANGER))["functions"]).toEqual([]);
    const { providers } = await list("providers");
    expect(providers).toEqual([
      { id: expect.stringMatching(/^did:key:/), record: expect.objectContaining({ draining: false }) },
    ]);
    const said = async (what: string) => (await lockstep(["ledger", what], around)).stdout.toString();
    expect(await said("functions")).toMatch(/^[0-9a-f]{64} {2}echo +run +\S+ +0 credits a job$/m);
    expect(await said("names")).toMatch(/^echo +[0-9a-f]{64} {2}\S+$/m);
    expect(await said("providers")).toMatch(
      /^did:key:\S+ {2}0\.01 credits a job and 0\.001 a million of fuel {2}.* at stake/m,
    );
  });

  test.each([
    ["--limit", "0"],
    ["--limit", "10001"],
    ["--status", "done"],
    ["--requester", "me"],
  ])("jobs %s %s is wrong usage", async (option, value) => {
    expect((await lockstep(["ledger", "jobs", option, value], around)).status).toBe(2);
  });
});

describe("the accounts of keys", () => {
  test("hold credits that can be moved", async () => {
    const { id } = await document("key", "new", "friend");
    expect(await document("key", "account", "friend")).toMatchObject({ balance: "0", provider: null });
    await document("key", "transfer", id as string, "12.5");
    expect(await document("key", "account", "friend")).toMatchObject({ account: id, balance: "12500000" });
    const text = await lockstep(["key", "account", "friend"], around);
    expect(text.stdout.toString()).toMatch(/^balance {3}12\.5 credits$/m);
  });

  test("go over to a new key, which keeps what the old one had; the old one can be revoked", async () => {
    await document("key", "new", "mover");
    await document("submit", "echo", "--key", "mover");
    const { account } = await document("key", "account", "mover");
    const { id, kept } = await document("key", "rotate", "mover");
    expect([id === account, kept]).toEqual([false, "mover-old-1"]);
    expect(await document("key", "account", "mover")).toMatchObject({ account });
    await document("submit", "echo", "--key", "mover");
    const old = await refusal(["submit", "echo", "--key", "mover-old-1"], around);
    expect([old.status, old.code]).toEqual([1, "KEY_INACTIVE"]);
    await document("key", "revoke", "mover", account as string, "--reason", "stolen");
    const again = await refusal(["key", "revoke", "mover", account as string], around);
    expect([again.status, again.code]).toEqual([1, "KEY_INACTIVE"]);
  });

  test("a rotation that was cut off after the ledger had it is finished by the same command", async () => {
    await document("key", "new", "cut");
    await document("submit", "echo", "--key", "cut");
    const keys = (name: string): string => join(home, "keys", `${name}.pem`);
    const { account, id } = await document("key", "rotate", "cut");
    renameSync(keys("cut"), keys("cut-next"));
    renameSync(keys("cut-old-1"), keys("cut"));
    expect(await document("key", "rotate", "cut")).toMatchObject({ account, id, kept: "cut-old-1" });
    expect(await document("key", "account", "cut")).toMatchObject({ account });
  });
});

describe("a blob that the disk changed", () => {
  test("is told as such, and nothing of it is kept", async () => {
    const { id } = await answered("before");
    const input = put("unique", "to be spoiled");
    const { job } = await document("submit", "echo", "--input", input, "--wait", "--out", "spoiled");
    const sha256 = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from("to be spoiled"))).toString("hex");
    writeFileSync(join(home, "blobs", sha256.slice(0, 2), sha256), "to be spoilt!");
    const ran = await refusal(["receipt", job as string, "--out", "after"], around);
    expect([ran.status, ran.code]).toEqual([4, "STORAGE_CORRUPT"]);
    mkdirSync("still", { recursive: true });
    cpSync("before/receipt.json", "still/receipt.json");
    await document("receipt", id, "--out", "still");
  });
});

describe("a provider's stake", () => {
  // The last test of the file: afterwards nobody serves this ledger.
  test("comes back from what no job reserves, and no new jobs come", async () => {
    expect(await document("key", "account", "provider")).toMatchObject({
      provider: { draining: false, unbonding: "0" },
    });
    const { amount, arrives } = await document("key", "unbond", "provider");
    expect(arrives).toMatch(/^\d{4}-\d\d-\d\dT/);
    const after = await document("key", "account", "provider");
    expect(after).toMatchObject({ provider: { draining: true, unbonding: amount } });
    const text = await lockstep(["key", "account", "provider"], around);
    expect(text.stdout.toString()).toMatch(/^stake {5}500 credits, .* on its way out; takes no new jobs$/m);
  });
});
