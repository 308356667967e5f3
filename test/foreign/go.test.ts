// Our log in the hands of Go's checksum-database packages (golang.org/x/mod/sumdb): signature of the checkpoint,
// inclusion of a receipt's leaf, consistency with an older checkpoint; and what they must refuse.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { consistencyProof } from "../../chain/protocol/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { basicPlan, makeReceipt, SIGNERS, TestLog } from "../support/receipts.ts";
import { component, required } from "../support/require.ts";

/** Go's caches lie with the installed packages: not in the user's home, and there again for the next run. */
const cache = join(import.meta.dirname, "../../node_modules/.cache/go");
const program = join(cache, "verifylog");

function build(): string {
  mkdirSync(cache, { recursive: true });
  const env = {
    ...process.env,
    GOCACHE: join(cache, "build"),
    GOMODCACHE: join(cache, "mod"),
    GOFLAGS: "-modcacherw",
    GOTOOLCHAIN: "local",
  };
  const cwd = join(import.meta.dirname, "go");
  const { status, stderr } = spawnSync("go", ["build", "-o", program, "."], { cwd, env, encoding: "utf8" });
  return status === 0 ? "" : stderr;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

/** What Go is asked: a genuine receipt's log entry, and the log as it was when the receipt was its last leaf. */
function question() {
  const made = makeReceipt(basicPlan({ leaves: [700, 5, 300] }));
  const { logged, head } = made.proofs;
  const size = logged.index + 1;
  const older = new TestLog();
  for (const leaf of made.log.leaves.slice(0, size)) older.append(leaf);
  return {
    verifierKey: made.vkey,
    checkpoint: head.checkpoint,
    leaf: base64(logged.leaf),
    index: logged.index,
    inclusion: logged.hashes.map(base64),
    older: older.checkpoint(SIGNERS.log, head.key.name),
    consistency: consistencyProof(nodeCrypto, size, made.log.size, made.log.nodeAt).map(base64),
  };
}

type Question = ReturnType<typeof question>;

function ask(input: Question): string {
  const { stdout, stderr } = spawnSync(program, { input: JSON.stringify(input), encoding: "utf8" });
  return (stdout + stderr).trim();
}

component("go")("Go's sumdb/note and sumdb/tlog", () => {
  let unreachable = false;
  // Compiling Go's own library for the first time takes a minute on a busy machine.
  beforeAll(() => {
    const trouble = build();
    unreachable =
      /dial tcp|lookup|module lookup disabled/.test(trouble) && !required(process.env["LOCKSTEP_REQUIRE"]).has("go");
    if (!unreachable) expect(trouble).toBe("");
  }, 300_000);
  beforeEach((context) => context.skip(unreachable, "golang.org/x/mod can't be downloaded here"));

  const genuine = question();

  test("accept a checkpoint, a receipt's inclusion and the log's growth", () => {
    expect(ask(genuine)).toBe("verified");
  });

  const lies: [what: string, changes: Partial<Question>, cause: RegExp][] = [
    [
      "another size",
      { checkpoint: genuine.checkpoint.replace("\n1007\n", "\n1008\n") },
      /^checkpoint: invalid signature/,
    ],
    ["another leaf", { leaf: base64(Buffer.from("{}")) }, /^inclusion: /],
    ["another index", { index: genuine.index + 1 }, /^inclusion: /],
    ["another path", { inclusion: genuine.inclusion.toReversed() }, /^inclusion: /],
    ["a path too short", { inclusion: genuine.inclusion.slice(1) }, /^inclusion: /],
    ["another growth", { consistency: genuine.consistency.toReversed() }, /^consistency: /],
    ["an older head that is the newer", { older: genuine.checkpoint }, /^consistency: /],
    [
      "another log's key",
      { verifierKey: makeReceipt(basicPlan({ log: SIGNERS.stranger })).vkey },
      /^checkpoint: note has no verifiable signatures/,
    ],
  ];
  test.each(lies)("refuse %s", (_, changes, cause) => {
    expect(ask({ ...genuine, ...changes })).toMatch(cause);
  });

  test("refuse a history that was rewritten under the same key", () => {
    const rewritten = new TestLog();
    rewritten.fill(701);
    const older = rewritten.checkpoint(SIGNERS.log, makeReceipt(basicPlan()).proofs.head.key.name);
    expect(ask({ ...genuine, older })).toMatch(/^consistency: /);
  });
});
