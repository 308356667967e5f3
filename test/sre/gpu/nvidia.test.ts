// What nvidia-smi says, read: whole devices, sliced ones, values that it does not tell, and lines that are none. The lines
// are written after the program's documented form; the machine of these tests has no device to record.
import { describe, expect, test } from "vitest";
import { readNvidiaQuery, readNvidiaSlices } from "../../../sre/gpu/index.ts";

const [FIRST, SECOND] = ["GPU-5f1f0c2e-52a9-44a1-8a5c-0d3d6b6c7f10", "GPU-a8a3c1d4-0b0f-4a1e-9d2e-7c51b7a6d2e9"];
const line = (index: number, uuid: string, ...rest: readonly string[]) => [index, uuid, ...rest].join(", ");
const H100 = [
  "NVIDIA H100 80GB HBM3",
  "9.0",
  "535.104.05",
  "00000000:18:00.0",
  "81559",
  "4",
  "Disabled",
  "0",
  "Default",
];

describe("the answer to the query", () => {
  test("a device a line", () => {
    const { gpus, troubles } = readNvidiaQuery(
      `${line(0, FIRST, ...H100)}\n${line(1, SECOND, ...H100.with(6, "Enabled"))}\n`,
    );
    expect(troubles).toEqual([]);
    expect(gpus[0]).toEqual({
      index: 0,
      uuid: FIRST,
      model: "NVIDIA H100 80GB HBM3",
      capability: "9.0",
      driver: "535.104.05",
      busId: "00000000:18:00.0",
      memoryBytes: 81_559 * 1024 * 1024,
      usedBytes: 4 * 1024 * 1024,
      sliced: false,
      memoryErrors: 0,
      computes: true,
    });
    expect(gpus.map(({ index, sliced }) => [index, sliced])).toEqual([
      [0, false],
      [1, true],
    ]);
  });

  test("what is not told is null, and an owner's no is a no", () => {
    const values = [
      "NVIDIA GeForce GTX 1650",
      "[N/A]",
      "470.82.01",
      "00000000:01:00.0",
      "[Not Supported]",
      "[N/A]",
      "[N/A]",
      "[N/A]",
      "Prohibited",
    ];
    const [gpu] = readNvidiaQuery(line(0, FIRST, ...values)).gpus;
    expect(gpu).toMatchObject({
      capability: null,
      memoryBytes: null,
      usedBytes: null,
      memoryErrors: null,
      sliced: false,
      computes: false,
    });
  });

  test.each([
    [
      "a device that is gone",
      "Unable to determine the device handle for GPU 0000:18:00.0: GPU is lost. Reboot the system to recover this GPU",
    ],
    ["no driver", "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."],
    ["a column too few", line(0, FIRST, ...H100.slice(1))],
    ["a UUID that is none", line(0, "GPU-0", ...H100)],
    ["a driver that needs a reset", line(0, FIRST, ...H100.with(2, "[GPU requires reset]"))],
  ])("%s is a trouble and no device", (_, text) => {
    expect(readNvidiaQuery(`${text}\n${line(1, SECOND, ...H100)}`)).toMatchObject({
      gpus: [{ uuid: SECOND }],
      troubles: [text],
    });
  });

  test("a device twice, control characters and floods of lines", () => {
    const twice = readNvidiaQuery(`${line(0, FIRST, ...H100)}\n${line(1, FIRST, ...H100)}`);
    expect([twice.gpus.length, twice.troubles.length]).toEqual([1, 1]);
    expect(readNvidiaQuery("\u001b[31mred\u0007").troubles).toEqual(["[31mred"]);
    expect(readNvidiaQuery("x\n".repeat(10_000)).troubles.length).toBe(256);
  });
});

test("slices belong to the device above them", () => {
  const slice = "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f";
  const old = "MIG-GPU-5f1f0c2e-52a9-44a1-8a5c-0d3d6b6c7f10/7/0";
  const listing = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: ${FIRST})\n  MIG 1g.5gb      Device  0: (UUID: ${slice})\n  MIG 2g.10gb     Device  1: (UUID: ${old})\nGPU 1: NVIDIA H100 (UUID: ${SECOND})\n`;
  expect([...readNvidiaSlices(listing)]).toEqual([
    [
      FIRST,
      [
        { uuid: slice, profile: "1g.5gb" },
        { uuid: old, profile: "2g.10gb" },
      ],
    ],
    [SECOND, []],
  ]);
});
