// The door of sre/webgpu: kernels as documents, and what is known of one without running it. What runs them is
// `sandbox.ts`, for Node alone.
export { inspectKernel, type KernelInspection } from "./inspect.ts";
export {
  isKernel,
  KERNEL_ENTRY,
  type Kernel,
  kernelSchema,
  type Plan,
  planOf,
  readKernel,
  WEBGPU_ABI,
  writeKernel,
} from "./kernel.ts";
export { DAWN_VERSION, FLOATS, INTEGERS } from "./profile.ts";
