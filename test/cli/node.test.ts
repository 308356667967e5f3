// Starting nodes and providers from the command line: what stands in their way, and how they stop.
import { chmodSync, cpSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ECHO } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { json, lockstep, refusal, type Spawned, scratchFolder, start, startNode } from "../support/command-line.ts";

const folder = scratchFolder();
const home = join(folder, "home");
const elsewhere = join(folder, "elsewhere");
let url: string;
let node: Spawned;
beforeAll(async () => {
  [url, node] = await startNode(home, []);
  writeFileSync(join(folder, "echo.wasm"), wat(ECHO));
});

describe("a second node", () => {
  test("on a port in use is refused", async () => {
    const ran = await refusal(["node", "--port", new URL(url).port], { home: elsewhere });
    expect([ran.status, ran.code]).toEqual([3, "PORT_IN_USE"]);
    expect(ran.message).toContain(new URL(url).port);
  });

  test("on the same data is refused", async () => {
    const ran = await refusal(["node", "--port", "0"], { home });
    expect([ran.status, ran.code]).toEqual([4, "STORAGE_LOCKED"]);
  });
});

describe("a provider", () => {
  test("serves a node from elsewhere until it is told to stop, and gets its stake back", async () => {
    const own = { home: join(folder, "provider"), url };
    const running = start(["provider", "--json", "--stake", "20"], own);
    const [line] = await running.says(/^\{.*\}$/m);
    const { provider } = JSON.parse(line) as { provider: string };
    const echo = ["deploy", join(folder, "echo.wasm"), "--name", "echo", "--json"];
    expect((await lockstep(echo, { home: elsewhere, url })).status).toBe(0);
    const args = ["submit", "echo", "--wait", "--out", join(folder, "answer")];
    expect((await lockstep(args, { home: elsewhere, url })).status).toBe(0);
    running.child.kill("SIGTERM");
    const { status, stdout } = await running.ended;
    expect([status, stdout.toString().trimEnd().split("\n").length]).toEqual([0, 1]);
    const { provider: record, account } = json(await lockstep(["key", "account", "provider", "--json"], own)) as {
      provider: { draining: boolean };
      account: string;
    };
    expect([record.draining, account]).toEqual([true, provider]);
    expect((await lockstep(["key", "unbond", "provider"], own)).status).toBe(0);
  });

  test("without the means for its stake is refused", async () => {
    const ran = await refusal(["provider", "--stake", "5000"], { home: elsewhere, url });
    expect([ran.status, ran.code]).toEqual([1, "FUNDS"]);
  });
});

function copyOfHome(name: string): string {
  const copy = join(folder, name);
  rmSync(copy, { recursive: true, force: true });
  cpSync(home, copy, { recursive: true });
  chmodSync(join(copy, "keys"), 0o700);
  return copy;
}

describe("a node that stopped", () => {
  test("at a signal has exit status 0, and its ledger replays", async () => {
    node.child.kill("SIGINT");
    const { status, stderr } = await node.ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const ran = await lockstep(["ledger", "replay"], { home });
    expect(ran.status).toBe(0);
    expect(ran.stdout.toString()).toMatch(
      /^replayed {2}\d+ blocks with \d+ transactions; every state root is the log's$/m,
    );
  });

  test.each([
    ["half a database", (size: number) => size / 2],
    ["all but a byte of it", (size: number) => size - 1],
    ["its first page", () => 4096],
    ["an empty one", () => 0],
  ])("with %s does not start, and leaves it as it is", async (_what, part) => {
    const damaged = copyOfHome("damaged");
    const ledger = join(damaged, "ledger.db");
    const size = Math.floor(part(statSync(ledger).size));
    truncateSync(ledger, size);
    const ran = await refusal(["node", "--port", "0"], { home: damaged });
    expect([ran.status, ran.code]).toEqual([4, "STORAGE_CORRUPT"]);
    expect(statSync(ledger).size).toBe(size);
    expect((await refusal(["ledger", "replay"], { home: damaged })).status).toBe(4);
  });

  test("with another file in the database's place does not start", async () => {
    const damaged = copyOfHome("text");
    writeFileSync(join(damaged, "ledger.db"), "This is no database. ".repeat(1000));
    expect((await refusal(["node", "--port", "0"], { home: damaged })).status).toBe(4);
    writeFileSync(join(damaged, "genesis.json"), "{}");
    const ran = await refusal(["node", "--port", "0"], { home: damaged });
    expect([ran.status, ran.code]).toEqual([2, "MALFORMED"]);
  });

  test("whose key others may read does not start", async () => {
    chmodSync(join(home, "keys/node.pem"), 0o644);
    const ran = await refusal(["node", "--port", "0"], { home });
    expect([ran.status, ran.code]).toEqual([1, "KEY_PERMISSIONS"]);
    chmodSync(join(home, "keys/node.pem"), 0o600);
  });

  test("whose data lies in a file's place does not start", async () => {
    const ran = await refusal(["node", "--port", "0"], { home: join(folder, "echo.wasm") });
    expect(ran.status).toBeGreaterThan(0);
  });
});
