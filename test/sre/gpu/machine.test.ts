// A machine's devices: a program in PATH is asked, specifications are read from folders, and nothing that is wrong with
// either keeps the rest from being told.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { lookForGpus } from "../../../sre/gpu/machine.ts";

const folder = mkdtempSync(join(tmpdir(), "lockstep-gpu-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What stands in for the driver's program: a script that answers as it does. */
function answering(query: string, listing: string, status = 0): void {
  const script = `#!/bin/sh\nif [ "$1" = -L ]; then printf '%s\\n' '${listing}'; else printf '%s\\n' '${query}'; fi\nexit ${status}\n`;
  writeFileSync(join(folder, "nvidia-smi"), script);
  chmodSync(join(folder, "nvidia-smi"), 0o755);
}

const UUID = "GPU-5f1f0c2e-52a9-44a1-8a5c-0d3d6b6c7f10";
const SLICE = "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f";
const QUERY = `0, ${UUID}, NVIDIA A100-SXM4-40GB, 8.0, 535.104.05, 00000000:18:00.0, 40960, 0, Enabled, 0, Default`;

test("a machine without any", async () => {
  expect(await lookForGpus(["/nowhere"], ["/nowhere"])).toEqual({ gpus: [], cdi: [], troubles: [] });
});

test("a sliced device, and the specifications that are sound", async () => {
  answering(QUERY, `GPU 0: NVIDIA A100-SXM4-40GB (UUID: ${UUID})\n  MIG 1g.5gb      Device  0: (UUID: ${SLICE})`);
  const edits = { deviceNodes: [{ path: "/dev/nvidia0" }] };
  const spec = { cdiVersion: "0.5.0", kind: "nvidia.com/gpu", devices: [{ name: "0", containerEdits: edits }] };
  writeFileSync(join(folder, "a.json"), JSON.stringify(spec));
  writeFileSync(join(folder, "b.json"), "{}");
  writeFileSync(join(folder, "c.yaml"), "cdiVersion: 0.5.0");
  const { cdi, gpus, troubles } = await lookForGpus([folder], [folder]);
  expect(gpus).toMatchObject([{ uuid: UUID, sliced: true, slices: [{ uuid: SLICE, profile: "1g.5gb" }] }]);
  expect(cdi).toMatchObject([{ name: "nvidia.com/gpu=0", set: { Devices: [{ PathOnHost: "/dev/nvidia0" }] } }]);
  expect(troubles.map((trouble) => trouble.slice(folder.length + 1, folder.length + 7))).toEqual(["b.json", "c.yaml"]);
});

test("a driver that does not answer", async () => {
  answering("NVIDIA-SMI has failed because it could not reach the driver.", "", 9);
  const { gpus, troubles } = await lookForGpus([folder], []);
  expect(gpus).toEqual([]);
  expect(troubles).toEqual(["nvidia-smi: NVIDIA-SMI has failed because it could not reach the driver."]);
});
