// What a kernel is, without running it: for build and deploy.
import { LockstepError } from "../../chain/protocol/index.ts";
import { KERNEL_ENTRY, readKernel, WEBGPU_ABI } from "./kernel.ts";
import { FLOATS, INTEGERS } from "./profile.ts";

/** What is known of a kernel. */
export interface KernelInspection {
  /** Its profile; `FLOATS` for one of floats, which has one only where a device is chosen. */
  readonly profile: string;
  readonly abi: string;
  readonly entries: readonly string[];
}

/** Inspects a kernel; the errors of `readKernel`, and USAGE for another entry than the one there is. */
export function inspectKernel(module: Uint8Array, entry?: string): KernelInspection {
  const { numbers } = readKernel(module);
  if (entry !== undefined && entry !== KERNEL_ENTRY) {
    throw new LockstepError("USAGE", `there is no entry "${entry}"; a kernel has the one entry ${KERNEL_ENTRY}`);
  }
  return { profile: numbers === "integers" ? INTEGERS : FLOATS, abi: WEBGPU_ABI, entries: [KERNEL_ENTRY] };
}
