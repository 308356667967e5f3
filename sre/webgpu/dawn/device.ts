// The device of this machine: which driver WebGPU takes, what a process needs to use it, which walls it lives between, and
// what its class is. A driver is looked at once without walls and without any kernel, to see what it loads.
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { basename } from "node:path";
import {
  type Grade,
  gradeOf,
  isAtLeast,
  LockstepError,
  type Wall,
  wallsMissing,
} from "../../../chain/protocol/index.ts";
import { type Finding, type Furniture, proveAround, type Walls } from "../../wasm/walled.ts";
import { DAWN_VERSION, floatsOn, type HardwareClass } from "../profile.ts";
import type { AdapterInfo } from "./api.ts";
import { type Drivers, findDrivers } from "./drivers.ts";
import { DeviceProcess, Gone } from "./process.ts";

/** What a machine brings. */
export interface DawnFiles {
  /** Path of the npm package's add-on `dawn.node` for this machine. */
  readonly addon: string;
  /** The package's version. */
  readonly version: string;
  /** Manifests of the drivers to use, as the loader's own VK_DRIVER_FILES; by default those of the system. */
  readonly drivers?: string | undefined;
}

/** A device and how processes that use it are started. */
export interface FoundDevice {
  readonly info: AdapterInfo;
  readonly walls: readonly Wall[];
  /** The profile of floats on its class. */
  readonly floats: string;
  /** A process that has it already: the first job's. */
  readonly first: DeviceProcess;
  start(): DeviceProcess;
}

const ADDON_INSIDE = "/dawn.node";
const NO_WALLS: Walls = { namespaces: false, filter: null, permission: false };

/** Searched by the dynamic linker and by the loader, in place of what the machine's own configuration says. */
const variablesOf = ({ loader, manifests }: Drivers): Readonly<Record<string, string>> => ({
  ...(loader === null ? {} : { LD_LIBRARY_PATH: loader }),
  VK_DRIVER_FILES: manifests.join(":"),
});

/** What a process needs for drivers that have loaded these libraries. */
function furnitureFor(addon: string, drivers: Drivers, libraries: readonly string[]): Furniture {
  const loaded = libraries.filter((path) => path.startsWith("/") && path !== addon);
  return {
    files: [[addon, ADDON_INSIDE], ...[...loaded, ...drivers.manifests].map((path) => [path, path] as const)],
    variables: () => variablesOf(drivers),
    permits: ["--allow-addons"],
  };
}

interface Looked {
  readonly info: AdapterInfo;
  readonly libraries: readonly string[];
}

/** Looks at what some drivers offer, without walls: nothing of a stranger's is in that process. */
async function look(addon: string, drivers: Drivers): Promise<Looked | Gone> {
  const child = new DeviceProcess(NO_WALLS, furnitureFor(addon, drivers, []), { addon, examine: true });
  try {
    return await child.greeting;
  } catch (error) {
    if (error instanceof Gone) return error;
    throw error;
  } finally {
    child.fail("closed", "it was only looked at");
  }
}

/** The drivers that have a device; UNSUPPORTED with what each said. */
async function choose(addon: string, named: string | undefined): Promise<{ drivers: Drivers; looked: Looked }> {
  const found: string[] = [];
  for (const drivers of findDrivers(named)) {
    const looked = await look(addon, drivers);
    if (!(looked instanceof Gone)) return { drivers, looked };
    found.push(`${drivers.manifests.join(", ")}: ${looked.message}`);
  }
  const why =
    found.length === 0
      ? "there is no driver of Vulkan; a software one is in Debian's package chromium"
      : found.join("; ");
  throw new LockstepError("UNSUPPORTED", `no device for kernels here: ${why}`);
}

const fileDigest = (path: string): string => hash("sha256", readFileSync(path), "hex");

function classOf({ info, libraries }: Looked, addon: string): HardwareClass {
  const own = new Set((process.report.getReport() as unknown as { sharedObjects: string[] }).sharedObjects);
  const driver = libraries.filter((path) => path.startsWith("/") && path !== addon && !own.has(path));
  const { isFallbackAdapter, ...names } = info;
  return {
    ...names,
    processor: isFallbackAdapter ? (cpus()[0]?.model ?? "unknown") : "",
    files: Object.fromEntries([addon, ...driver].map((path) => [basename(path), fileDigest(path)])),
  };
}

interface Lived {
  readonly child: DeviceProcess;
  readonly walls: readonly Wall[];
}

/** A process between walls that has the device; null where it does not come up there. */
async function live(start: () => DeviceProcess): Promise<Lived | null> {
  const child = start();
  try {
    return { child, walls: child.walls(await child.greeting) };
  } catch {
    return null;
  }
}

function shortfall(walls: readonly Wall[], wanted: Grade, findings: readonly Finding[]): LockstepError {
  const reasons = wallsMissing(walls, wanted).map((wall) => {
    const why = findings.find((finding) => finding.wall === wall);
    if (why === undefined) return wall;
    return `${wall} (${why.inForce ? "the driver does not come up behind it" : why.detail})`;
  });
  const grade = gradeOf(walls);
  const message = `this machine isolates kernels by grade ${grade} and not ${wanted}; missing: ${reasons.join(", ")}`;
  return new LockstepError("ISOLATION", message, { grade, wanted });
}

/** Finds the device. UNSUPPORTED where there is none or where Dawn is another; ISOLATION where the walls are too few. */
export async function findDevice({ addon, drivers: named, version }: DawnFiles, wanted: Grade): Promise<FoundDevice> {
  if (version !== DAWN_VERSION) {
    throw new LockstepError(
      "UNSUPPORTED",
      `kernels need the npm package webgpu ${DAWN_VERSION}, and here is ${version}`,
    );
  }
  const { drivers, looked } = await choose(addon, named);
  const furniture = furnitureFor(addon, drivers, looked.libraries);
  const { findings, walls } = await proveAround(furniture);
  // A driver of hardware may need more of the machine than namespaces leave; then it gets it, and receipts say so.
  const weaker = { ...walls, namespaces: false, filter: null };
  for (const between of walls.namespaces ? [walls, weaker] : [weaker]) {
    const setup = { addon: between.namespaces ? ADDON_INSIDE : addon, examine: false };
    const start = () => new DeviceProcess(between, furniture, setup);
    const lived = await live(start);
    if (lived === null) continue;
    if (!isAtLeast(gradeOf(lived.walls), wanted)) {
      lived.child.fail("closed", "too few walls");
      throw shortfall(lived.walls, wanted, findings);
    }
    const floats = floatsOn(classOf(looked, addon), (bytes) => hash("sha256", bytes, "buffer"));
    return { info: looked.info, walls: lived.walls, floats, first: lived.child, start };
  }
  throw new LockstepError(
    "UNSUPPORTED",
    "no device for kernels here: the driver does not come up in a process of its own",
  );
}
