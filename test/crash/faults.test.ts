// Disks that fail. By counting, through the shim: the campaign takes every operation, the tests each 33rd write and
// each fourth sync. And a disk that is really full, where the machine lets a test mount a small one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "../campaigns/disk-faults.ts";
import { component } from "../support/require.ts";
import { integrity, judge } from "./judge.ts";
import { openWorld, transfer } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "lockstep-full-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).status === 0;
afterAll(() => {
  if (mounted) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true });
});

component("gcc")("disk faults by counting", () => {
  test("cost an answer and nothing that was acknowledged", { timeout: 120_000 }, async () => {
    await run({ seed: 0, count: 12, log: (line) => console.log(line) });
  });
});

// Only who may mount can make a disk small; where everything must run, a skip is a failure.
test.skipIf(!mounted)("a full disk refuses, loses nothing, and works again with room", async () => {
  const file = join(folder, "ledger.db");
  const ballast = join(folder, "ballast");
  writeFileSync(ballast, new Uint8Array(300 * 1024));
  const world = openWorld(file);
  const acks = new Map();
  const [from, to] = [world.people[0]!, world.people[1]!];
  let refused: string | null = null;
  for (let sent = 0; sent < 2000 && refused === null; sent++) {
    await world.sequencer.submit(transfer(world, from, to)).then(
      ({ id, index }) => acks.set(id, index),
      (error: { code: string }) => {
        refused = error.code;
      },
    );
  }
  expect(refused).toBe("STORAGE_FULL");
  expect(acks.size).toBeGreaterThan(10);
  rmSync(ballast);
  from.nonce--;
  const { id, index } = await world.sequencer.submit(transfer(world, from, to));
  acks.set(id, index);
  await world.sequencer.close();
  world.store.close();
  expect(judge(file, acks)).toEqual({ lost: 0, transactions: acks.size, wrong: [] });
  expect(integrity(file)).toBe("ok");
});
