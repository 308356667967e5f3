// How the tests run: each file in a process of its own, two at a time, so that a crash names its file.
import { delimiter } from "node:path";
import { defineConfig } from "vitest/config";
import { ClosingLine } from "./test/reporter.ts";

const FOLDERS = ["python", "javascript", "webgpu"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A guard against hanging, not a measure: nothing here is timed, and a busy machine may be ten times slower.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    // Where .ci/run puts what no user gets unasked.
    env: { LOCKSTEP_TOOLCHAINS: FOLDERS.map((name) => `test/toolchains/${name}`).join(delimiter) },
    reporters: ["default", new ClosingLine()],
  },
});
