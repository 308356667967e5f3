// The device on which this machine runs kernels, from what is installed: Dawn comes as an npm package that nobody gets
// unasked, drivers are the machine's.
import { join } from "node:path";
import { type Grade, LockstepError } from "../../chain/protocol/index.ts";
import { DAWN_VERSION } from "../../sre/webgpu/index.ts";
import { type KernelDevice, WebGpuSandbox } from "../../sre/webgpu/sandbox.ts";
import { findPackage } from "../build/index.ts";

const PACKAGE = "webgpu";

/** A sandbox of kernels; `spare`: one process waits ahead of its job. UNSUPPORTED where Dawn is not installed. Whether there is a device shows when it is warmed. */
export function kernelSandbox(isolation: Grade = "none", spare = false): WebGpuSandbox {
  const found = findPackage(PACKAGE);
  if (found === null) {
    throw new LockstepError(
      "UNSUPPORTED",
      `kernels need the npm package ${PACKAGE}, which is not installed here; install it with: npm install ${PACKAGE}@${DAWN_VERSION}`,
    );
  }
  const addon = join(found.folder, "dist", `${process.platform}-${process.arch}`, "dawn.node");
  // The variable by which Vulkan's own loader is told.
  return new WebGpuSandbox({
    addon,
    version: found.version,
    drivers: process.env["VK_DRIVER_FILES"],
    isolation,
    spare,
  });
}

/** A sandbox for a provider, its device found before anything is promised, since what it offers depends on it. */
export async function servedKernels(isolation: Grade, tell: (line: string) => void): Promise<WebGpuSandbox> {
  const sandbox = kernelSandbox(isolation, true);
  const { name } = await sandbox.warm();
  tell(`kernels run on ${name}`);
  return sandbox;
}

/** What `doctor` tells: the device and what it runs, or why there is none. */
export interface KernelsHere {
  readonly device: KernelDevice | null;
  readonly profiles: readonly string[];
  /** Why there is no device; empty where there is one. */
  readonly missing: string;
}

/** Looks for a device. */
export async function lookForKernels(): Promise<KernelsHere> {
  try {
    const sandbox = kernelSandbox();
    try {
      const device = await sandbox.warm();
      return { device, profiles: sandbox.profiles, missing: "" };
    } finally {
      await sandbox.close();
    }
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { device: null, profiles: [], missing: error.message };
  }
}

/** The profile of floats on this machine's device: kernels of floats are bound to a class. The errors of finding it. */
export async function floatsHere(): Promise<string> {
  const { missing, profiles } = await lookForKernels();
  const [, floats] = profiles;
  if (floats !== undefined) return floats;
  throw new LockstepError(
    "UNSUPPORTED",
    `a kernel of floats belongs to a class of hardware, by default this machine's: ${missing}`,
  );
}
