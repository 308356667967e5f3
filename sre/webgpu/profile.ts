// The profiles of kernels: one for those of integers, whose bits are the same on every device, and for those of floats one
// for each class of hardware, since a float's last bits are the device's choice.
import { canonicalize, type Json } from "../../chain/protocol/index.ts";
import type { Sha256 } from "../core/index.ts";
import { JOB_BYTES, KERNEL_LIMITS, PARAMETERS } from "./limits.ts";

/** Counts the changes of the rules that no number shows: what SPEC.md says in words. */
const VERSION = 1;
/**
 * The version of the npm package `webgpu`, whose compiler decides what WGSL is and where an index that is out of bounds
 * goes. Another one is another profile.
 */
export const DAWN_VERSION = "0.6.2";
/** Hexadecimal digits of a digest that are in an id. */
const DIGITS = 32;

/** What the ids are digests of. */
export function describeRules(): Json {
  return { version: VERSION, dawn: DAWN_VERSION, limits: KERNEL_LIMITS, job: JOB_BYTES, parameters: PARAMETERS };
}

/** The profile of kernels of integers: `webgpu-1-` and digits of the digest of `describeRules`; a test makes it anew. */
export const INTEGERS = "webgpu-1-973c98c7e4ea85c415624ed50481200f";

/** What tells one class of hardware from another: whoever shares it all gives floats the same bits. */
export interface HardwareClass {
  /** As the device names them. */
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** The processor, where the device is a program on it; else empty. */
  readonly processor: string;
  /** SHA-256 of the files of Dawn and of the driver, by their names. */
  readonly files: Readonly<Record<string, string>>;
}

/** Before the class, the profile of kernels of floats; by itself no provider has it. */
export const FLOATS = `${INTEGERS}+floats`;

/** The profile of kernels of floats on a class of hardware: `FLOATS`, `-` and digits of the class's digest. */
export function floatsOn(hardware: HardwareClass, sha256: Sha256): string {
  const digest = sha256(canonicalize({ ...hardware, files: { ...hardware.files } }));
  const digits = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${FLOATS}-${digits.slice(0, DIGITS)}`;
}
