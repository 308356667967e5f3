// A missing component is a skip with its reason on a user's machine, and a failure where it is required.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { innerRun } from "../support/inner-run.ts";
import { required } from "../support/require.ts";

const TEXT = `
  import { component } from "CHECKOUT/test/support/require.ts";
  component("go")("notes in Go", () => test("runs", () => {}));`;
const NOTHING = { PATH: "/nowhere" };

test("where nothing is required, a missing component is skipped and named", () => {
  const { last, status, output } = innerRun(TEXT, NOTHING);
  expect({ last, status }).toEqual({ last: "0 passed, 0 failed, 1 skipped", status: 0 });
  expect(output).toContain("notes in Go [skipped: no go on this machine]");
});

test("another one being required changes nothing", () => {
  expect(innerRun(TEXT, { ...NOTHING, LOCKSTEP_REQUIRE: "openssl" }).status).toBe(0);
});

test("where it is required, its absence fails", () => {
  const { last, status, output } = innerRun(TEXT, { ...NOTHING, LOCKSTEP_REQUIRE: "openssl,go" });
  expect({ last, status }).toEqual({ last: "0 passed, 1 failed, 0 skipped", status: 1 });
  expect(output).toContain("go is required (LOCKSTEP_REQUIRE)");
});

test("a component that is there runs its tests", () => {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-require-"));
  writeFileSync(join(folder, "go"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  expect(innerRun(TEXT, { PATH: folder, LOCKSTEP_REQUIRE: "go" }).last).toBe("1 passed, 0 failed, 0 skipped");
  rmSync(folder, { recursive: true });
});

test("a name that nobody knows is refused, so that a slip of the pen can't switch a check off", () => {
  expect([...required("go,gcc")]).toEqual(["go", "gcc"]);
  expect([...required(undefined)]).toEqual([]);
  expect(() => required("go,opnssl")).toThrow(`unknown component "opnssl"`);
});
