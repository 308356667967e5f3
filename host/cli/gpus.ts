// The devices of this machine as `doctor` tells them. All of it is what their drivers report, which their owner can change.
import { delimiter } from "node:path";
import type { Json } from "../../chain/protocol/index.ts";
import { type GpusHere, lookForGpus as lookIn } from "../../sre/gpu/machine.ts";

const GIB = 1024 ** 3;

/** Looks for devices with the programs of PATH. */
export const lookForGpus = (): Promise<GpusHere> =>
  lookIn((process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== ""));

const gibibytes = (bytes: number | null): string => (bytes === null ? "unknown" : `${(bytes / GIB).toFixed(1)} GiB`);

/** One line a device, a slice, a specified device and a trouble. */
export function gpuRows({ cdi, gpus, troubles }: GpusHere): readonly string[] {
  const devices = gpus.flatMap(({ capability, computes, driver, index, memoryBytes, memoryErrors, model, slices }) => [
    `${index}: ${model}, ${gibibytes(memoryBytes)}, compute capability ${capability ?? "unknown"}, driver ${driver}, as it reports` +
      `${computes ? "" : "; its owner lets nothing compute on it"}${memoryErrors ? `; ${memoryErrors} memory errors` : ""}`,
    ...slices.map(({ profile, uuid }) => `   slice ${profile} ${uuid}`),
  ]);
  const specified = cdi.map(({ name, set: { Binds, Devices, left } }) => {
    const without = left.length === 0 ? "" : `; left out: ${left.join(", ")}`;
    return `${name}: ${Devices.length} device nodes and ${Binds.length} files for a container${without}`;
  });
  const rows = [...devices, ...specified, ...troubles];
  return rows.length === 0 ? ["none: nvidia-smi is not in PATH, and no CDI specification is there"] : rows;
}

/** The same for programs. */
export const gpusDocument = ({ cdi, gpus, troubles }: GpusHere): Json => ({
  evidence: "reported",
  devices: gpus.map(({ slices, ...gpu }) => ({ ...gpu, slices: slices.map((slice) => ({ ...slice })) })),
  cdi: cdi.map(({ name, set }) => ({
    name,
    devices: set.Devices.map((device) => ({ ...device })),
    binds: [...set.Binds],
    env: [...set.Env],
    left: [...set.left],
  })),
  troubles: [...troubles],
});
