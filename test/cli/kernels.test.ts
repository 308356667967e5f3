// A kernel through a ledger: deployed, ordered, run by a provider that serves kernels, and its receipt's own words.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { INTEGERS } from "../../sre/webgpu/index.ts";
import { json, lockstep, refusal, scratchFolder, startNode } from "../support/command-line.ts";
import { EXAMPLES } from "../support/examples.ts";
import { component } from "../support/require.ts";

const folder = scratchFolder();
const home = join(folder, "home");
const example = join(EXAMPLES, "wgsl-pieces");

afterEach(() => vi.unstubAllEnvs());

component("webgpu")("a kernel on a ledger", () => {
  test("is answered by a provider that serves kernels, and its receipt names profile and walls", async () => {
    const [url] = await startNode(home, ["--provider", "--kernels"]);
    const around = { home, url };
    expect((await lockstep(["deploy", example, "--name", "pieces", "--json"], around)).status).toBe(0);
    const out = join(folder, "answer");
    const order = ["submit", "pieces", "--input", join(example, "input.txt"), "--wait", "--out", out];
    expect((await lockstep(order, around)).status).toBe(0);
    expect(readFileSync(join(out, "output"))).toEqual(readFileSync(join(example, "pieces.bin")));
    const report = json(
      await lockstep(
        ["verify", join(out, "receipt.json"), "--output", join(out, "output"), "--require-ledger", "--json"],
        around,
      ),
    );
    expect(report).toMatchObject({ verdict: "ACCEPT", says: { sre: "gpu", abi: "webgpu/1", profile: INTEGERS } });
  });
});

test("a machine without Dawn runs none, and says what to install", async () => {
  vi.stubEnv("LOCKSTEP_TOOLCHAINS", "");
  const ran = await refusal(["run", example], { home: join(folder, "bare") });
  expect([ran.status, ran.code]).toEqual([1, "UNSUPPORTED"]);
  expect(ran.message).toContain("npm install webgpu@");
});
