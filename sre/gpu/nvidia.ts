// What `nvidia-smi` says of a machine's devices, as values. It is the word of a program that the machine's owner can replace:
// everything here is `reported`, and whoever shows it says so.

/** The fields that are asked for, in the order of the columns. */
export const NVIDIA_FIELDS = [
  ...["index", "uuid", "name", "compute_cap", "driver_version", "pci.bus_id", "memory.total", "memory.used"],
  ...["mig.mode.current", "ecc.errors.uncorrected.volatile.total", "compute_mode"],
] as const;

/** Arguments of `nvidia-smi` for one line a device. */
export const NVIDIA_QUERY: readonly string[] = [
  `--query-gpu=${NVIDIA_FIELDS.join(",")}`,
  "--format=csv,noheader,nounits",
];

/** Devices and lines that are looked at; no machine has more. */
const LINES = 256;
const LINE_CHARS = 1024;
const MIB = 1024 * 1024;

/** A device. Null is what its driver does not tell. */
export interface NvidiaGpu {
  readonly index: number;
  readonly uuid: string;
  readonly model: string;
  /** Compute capability, for example `9.0`: the architecture. */
  readonly capability: string | null;
  readonly driver: string;
  readonly busId: string;
  readonly memoryBytes: number | null;
  readonly usedBytes: number | null;
  /** Whether it is cut into slices, which are then what jobs get. */
  readonly sliced: boolean;
  /** Memory errors that nothing corrected, since the driver was loaded. */
  readonly memoryErrors: number | null;
  /** Whether its owner lets it compute. */
  readonly computes: boolean;
}

/** A slice of a device (MIG): its profile, for example `1g.10gb`. */
export interface NvidiaSlice {
  readonly uuid: string;
  readonly profile: string;
}

/** What was said: devices, and lines that are none, such as that of a device that fell off the bus. */
export interface NvidiaReading {
  readonly gpus: readonly NvidiaGpu[];
  readonly troubles: readonly string[];
}

const UUID = /^GPU-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A value, or null for `[N/A]`, `[Not Supported]` and whatever else stands in brackets. */
const told = (text: string): string | null => (text === "" || text.startsWith("[") ? null : text);

function wholeOf(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function mebibytes(text: string): number | null {
  const count = wholeOf(text);
  return count === null ? null : count * MIB;
}

function gpuOf(line: string): NvidiaGpu | null {
  const columns = line.split(",").map((column) => column.trim());
  if (columns.length !== NVIDIA_FIELDS.length) return null;
  const of = (field: (typeof NVIDIA_FIELDS)[number]): string => columns[NVIDIA_FIELDS.indexOf(field)]!;
  const index = wholeOf(of("index"));
  const [model, driver, busId] = [told(of("name")), told(of("driver_version")), told(of("pci.bus_id"))];
  if (index === null || model === null || driver === null || busId === null || !UUID.test(of("uuid"))) return null;
  return {
    ...{ index, uuid: of("uuid"), model, driver, busId },
    capability: told(of("compute_cap")),
    memoryBytes: mebibytes(of("memory.total")),
    usedBytes: mebibytes(of("memory.used")),
    sliced: of("mig.mode.current") === "Enabled",
    memoryErrors: wholeOf(of("ecc.errors.uncorrected.volatile.total")),
    computes: of("compute_mode") !== "Prohibited",
  };
}

const linesOf = (text: string): readonly string[] =>
  text
    .split("\n")
    .map((line) =>
      line
        .replaceAll(/[^\x20-\x7e]/g, "")
        .slice(0, LINE_CHARS)
        .trim(),
    )
    .filter((line) => line !== "")
    .slice(0, LINES);

/** Reads the answer to `NVIDIA_QUERY`. */
export function readNvidiaQuery(text: string): NvidiaReading {
  const gpus: NvidiaGpu[] = [];
  const troubles: string[] = [];
  for (const line of linesOf(text)) {
    const gpu = gpuOf(line);
    if (gpu === null || gpus.some(({ uuid }) => uuid === gpu.uuid)) troubles.push(line);
    else gpus.push(gpu);
  }
  return { gpus, troubles };
}

/** Reads the slices out of `nvidia-smi -L`, by the UUID of their device. */
export function readNvidiaSlices(text: string): ReadonlyMap<string, readonly NvidiaSlice[]> {
  const found = new Map<string, NvidiaSlice[]>();
  let slices: NvidiaSlice[] | null = null;
  for (const line of linesOf(text)) {
    const gpu = /^GPU \d+: .*\(UUID: (GPU-[0-9a-f-]{36})\)$/.exec(line)?.[1];
    if (gpu !== undefined) {
      slices = [];
      found.set(gpu, slices);
      continue;
    }
    const [, profile, uuid] = /^MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[0-9A-Za-z/-]{36,80})\)$/.exec(line) ?? [];
    if (profile !== undefined && uuid !== undefined) slices?.push({ uuid, profile });
  }
  return found;
}
