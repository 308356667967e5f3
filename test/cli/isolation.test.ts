// Grades of isolation on the command line: what `doctor` says, and how a machine with too few walls refuses. Such a
// machine is made by hiding the tool, or by forbidding what it does.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readReceiptFile, readStatement } from "../../chain/protocol/index.ts";
import { BWRAP } from "../../sre/wasm/process/walls/start.ts";
import { ECHO } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { json, lockstep, MAIN, type Ran, refusal, Spawned, scratchFolder } from "../support/command-line.ts";
import { component } from "../support/require.ts";

const home = scratchFolder();
const MODULE = join(home, "echo.wasm");
beforeAll(() => writeFileSync(MODULE, wat(ECHO)));

/** A command on a machine that lacks something: `words` for bubblewrap around it, which shows all the rest. */
async function lacking(words: readonly string[], ...args: readonly string[]): Promise<Ran> {
  const outer = ["--dev-bind", "/", "/", ...words, "--", process.execPath, MAIN, ...args];
  return await new Spawned(["bwrap", ...outer], { home }).ended;
}

component("bwrap")("a machine that lacks walls", () => {
  const cases = [
    ["has a tool that does not run", ["--ro-bind", "/dev/null", BWRAP ?? ""]],
    ["has a tool that fails", ["--ro-bind", "/bin/false", BWRAP ?? ""]],
    ["has a tool that does nothing and says that all is well", ["--ro-bind", "/bin/true", BWRAP ?? ""]],
    ["forbids user namespaces", ["--unshare-user", "--disable-userns"]],
  ] as const;

  test.each(cases)("%s: says so, and has the grade that is left", async (_what, words) => {
    const { grade, walls } = json(await lacking(words, "doctor", "--json")) as {
      grade: string;
      walls: { wall: string; inForce: boolean; detail: string }[];
    };
    expect(grade).toBe("permission");
    const [, namespaces, , seccomp] = walls;
    expect(namespaces).toMatchObject({ wall: "namespaces", inForce: false });
    expect(namespaces?.detail).toContain("bubblewrap could not build it");
    expect(seccomp).toMatchObject({ wall: "seccomp", inForce: false });
  });

  test("runs where the kernel can't be told which process it should end first", async () => {
    const ran = await lacking(["--ro-bind", "/proc", "/proc"], "run", MODULE);
    expect([ran.status, ran.stderr]).toEqual([0, expect.stringContaining("exit ok")]);
  });

  test("runs all the same, with a receipt that tells, but not where more is demanded", async () => {
    const [, words] = cases[1];
    const receipt = join(home, "lesser.json");
    const ran = await lacking(words, "run", MODULE, "--receipt", receipt, "--isolation", "permission");
    expect([ran.status, ran.stdout.toString()]).toEqual([0, ""]);
    const { payload } = readReceiptFile(readFileSync(receipt)).bundle.dsseEnvelope;
    expect(readStatement(payload).predicate.observations.isolation).not.toContain("namespaces");

    for (const args of [
      ["run", MODULE],
      ["node", "--port", "0", "--provider"],
    ]) {
      const refused = await lacking(words, ...args, "--isolation", "sandboxed");
      expect(refused.status).toBe(3);
      expect(refused.stderr.trimEnd().split("\n").at(-1)).toMatch(
        /^lockstep: this machine isolates guests by grade permission and not sandboxed; missing: namespaces \(bubblewrap .*\), seccomp \(.*\); see: lockstep doctor \[ISOLATION\]$/,
      );
    }

    const verified = await lockstep(["verify", receipt, "--isolation", "sandboxed", "--json"], { home });
    expect(verified.status).toBe(1);
    expect(json(verified)).toMatchObject({ verdict: "REJECT" });
    expect(json(verified)["checks"]).toContainEqual({
      name: "isolation",
      outcome: "fail",
      detail: "the provider says that it was of grade permission, which is less than sandboxed",
    });
    expect((await lockstep(["verify", receipt, "--isolation", "permission"], { home })).status).toBe(0);
  });
});

component("bwrap")("a machine with all walls", () => {
  test("says so, and its receipts are accepted where the highest grade is demanded", async () => {
    const doctor = await lockstep(["doctor"], { home });
    expect([doctor.status, doctor.stderr]).toEqual([0, ""]);
    expect(doctor.stdout.toString()).toMatch(/^namespaces +holds: \d+ attacks failed as they should$/m);
    expect(doctor.stdout.toString()).toMatch(/^isolation +sandboxed, the highest grade$/m);
    expect(doctor.stdout.toString()).toMatch(/^kernels +\S/m);
    expect(doctor.stdout.toString()).toMatch(/^gpus +\S/m);
    expect(doctor.stdout.toString()).toMatch(/^AssemblyScript +assemblyscript \d+\.\d+\.\d+$/m);
    const receipt = join(home, "full.json");
    expect((await lockstep(["run", MODULE, "--receipt", receipt, "--isolation", "sandboxed"], { home })).status).toBe(
      0,
    );
    expect((await lockstep(["verify", receipt, "--isolation", "sandboxed"], { home })).status).toBe(0);
  });
});

describe("a grade that is none", () => {
  test.each([["run", "x"], ["provider"], ["node"], ["verify", "x"]])("%s", async (...args) => {
    const { code, message, status } = await refusal([...args, "--isolation", "fortress"], { home });
    expect([status, code]).toEqual([2, "USAGE"]);
    expect(message).toContain(
      "'fortress' will not do for '--isolation': allowed choices are none, process, permission, sandboxed; see:",
    );
  });
});
