// How the tests run: each file in a process of its own, two at a time, so that a crash names its file.
import { defineConfig } from "vitest/config";
import { ClosingLine } from "./test/reporter.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A guard against hanging, not a measure: nothing here is timed, and a busy machine may be ten times slower.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    // Where .ci/run puts the interpreter that no user gets unasked.
    env: { LOCKSTEP_TOOLCHAINS: "test/toolchains/python:test/toolchains/webgpu" },
    reporters: ["default", new ClosingLine()],
  },
});
