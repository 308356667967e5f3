// A kernel as a module: one canonical JSON document with the WGSL source, the buffers that it is bound to, and the
// dispatches that make a run. From it and the size of an input follows everything that a device is asked to do.
import { z } from "zod";
import { canonicalize, document, encodeDocument, LockstepError, parseCanonical } from "../../chain/protocol/index.ts";
import { JOB_BYTES, KERNEL_LIMITS, PARAMETERS } from "./limits.ts";
import { integerFault } from "./wgsl.ts";

/** The one ABI of kernels. */
export const WEBGPU_ABI = "webgpu/1";
/** The one entry of a kernel: all its dispatches, one after the other. */
export const KERNEL_ENTRY = "main";

const binding = z.int().min(0).max(KERNEL_LIMITS.binding);
const perInputBytes = z.int().min(1).max(KERNEL_LIMITS.bufferBytes);
const upToBuffer = z.int().min(0).max(KERNEL_LIMITS.bufferBytes);
/** `fixed`, and `bytes` for each `perInputBytes` of the input, begun ones counted. */
const size = z.strictObject({ bytes: upToBuffer, fixed: upToBuffer, perInputBytes });
const groups = z.union([z.int().min(1).max(KERNEL_LIMITS.groups), z.strictObject({ perInputBytes })]);
const word = z.int().min(0).max(0xffff_ffff);
const identifier = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, "must be a name of WGSL in ASCII");

const buffer = z.discriminatedUnion("role", [
  z.strictObject({ binding, role: z.literal("input") }),
  z.strictObject({ binding, role: z.literal("job") }),
  z.strictObject({ binding, role: z.literal("output"), size }),
  z.strictObject({ binding, role: z.literal("scratch"), size }),
]);

const dispatch = z.strictObject({
  entry: identifier,
  groups: z.tuple([groups, groups, groups]),
  parameters: z.array(word).max(PARAMETERS),
  repeat: z.int().min(1).max(KERNEL_LIMITS.steps),
});

type Buffer = z.output<typeof buffer>;

function buffersFault(buffers: readonly Buffer[]): string | null {
  const count = (role: Buffer["role"]) => buffers.filter((one) => one.role === role).length;
  if (new Set(buffers.map((one) => one.binding)).size !== buffers.length)
    return "must each have a binding of their own";
  if (count("output") !== 1) return "must be one output, and others";
  if (count("input") > 1 || count("job") > 1) return "must be at most one input and one job";
  if (buffers.length - count("job") > KERNEL_LIMITS.storageBuffers)
    return `must be at most ${KERNEL_LIMITS.storageBuffers} besides the job`;
  return null;
}

/** Adds a rule over a whole list, which says what is wrong after the list's name. */
const ruled = <T>(schema: z.ZodType<T[]>, fault: (list: readonly T[]) => string | null) =>
  schema.superRefine((list, { addIssue }) => {
    const message = fault(list);
    if (message !== null) addIssue({ code: "custom", message });
  });

/** The form of a kernel, closed. */
export const kernelSchema = z.strictObject({
  abi: z.literal(WEBGPU_ABI),
  buffers: ruled(z.array(buffer).max(KERNEL_LIMITS.storageBuffers + 1), buffersFault),
  dispatches: ruled(z.array(dispatch).min(1).max(KERNEL_LIMITS.dispatches), (list) =>
    list.reduce((sum, { repeat }) => sum + repeat, 0) > KERNEL_LIMITS.steps
      ? `must be at most ${KERNEL_LIMITS.steps}, repeats counted`
      : null,
  ),
  numbers: z.enum(["integers", "floats"]),
  wgsl: z.string().max(KERNEL_LIMITS.sourceChars),
});
/** A kernel: rules K1 to K4 of the room's SPEC.md. */
export type Kernel = z.output<typeof kernelSchema>;

/** Checks what the schema can't see. */
function checked(kernel: Kernel): Kernel {
  const fault = kernel.numbers === "integers" ? integerFault(kernel.wgsl) : null;
  if (fault === null) return kernel;
  throw new LockstepError(
    "INVALID_MODULE",
    `the kernel says that it is of integers alone, but line ${fault.line} ${fault.what}; without that it is the same everywhere, and with "numbers": "floats" it is bound to a class of hardware`,
  );
}

/** How every kernel begins, since `abi` is the first of its members. */
const BEGINNING = new TextEncoder().encode(`{"abi":"${WEBGPU_ABI}"`);

/** Whether bytes begin as a kernel does; says nothing about the rest. */
export const isKernel = (bytes: Uint8Array): boolean => BEGINNING.every((byte, at) => bytes[at] === byte);

/** Reads a kernel. TOO_LARGE, MALFORMED, or INVALID_MODULE for one that is not of integers as it says. */
export function readKernel(bytes: Uint8Array): Kernel {
  return checked(
    document(kernelSchema, parseCanonical(bytes, KERNEL_LIMITS.documentBytes, "the kernel"), "the kernel"),
  );
}

/** The bytes of a kernel; the errors of `readKernel`. */
export function writeKernel(kernel: Kernel): Uint8Array {
  const bytes = canonicalize(encodeDocument(kernelSchema, checked(kernel)));
  if (bytes.length <= KERNEL_LIMITS.documentBytes) return bytes;
  throw new LockstepError(
    "TOO_LARGE",
    `the kernel has ${bytes.length} bytes, more than the ${KERNEL_LIMITS.documentBytes} allowed`,
  );
}

/** A buffer that a device makes. `bytes` is a multiple of 4 and at least 4, as WebGPU wants it. */
export interface PlannedBuffer {
  readonly binding: number;
  readonly role: Buffer["role"];
  readonly bytes: number;
}

/** One entry of the list of dispatches, its groups counted. */
export interface PlannedDispatch {
  readonly entry: string;
  readonly groups: readonly [number, number, number];
  readonly parameters: readonly number[];
  readonly repeat: number;
}

/** All that a device does for one job. */
export interface Plan {
  readonly wgsl: string;
  readonly buffers: readonly PlannedBuffer[];
  readonly dispatches: readonly PlannedDispatch[];
  /** Bytes of the output, which need not be a multiple of 4. */
  readonly outputBytes: number;
  /** Bytes of all buffers and of the copy by which the output is read (rule K5). */
  readonly memory: number;
}

const wholeWords = (bytes: number): number => Math.max(4, Math.ceil(bytes / 4) * 4);

/** What an input of so many bytes makes of a kernel (rules K3 to K5). LIMITS where a size goes over what a device must offer. */
export function planOf(kernel: Kernel, inputBytes: number): Plan {
  const bytesOf = (one: Buffer): number => {
    if (one.role === "job") return JOB_BYTES;
    return one.role === "input"
      ? inputBytes
      : one.size.fixed + one.size.bytes * Math.ceil(inputBytes / one.size.perInputBytes);
  };
  const over = (what: string, most: number) =>
    new LockstepError("LIMITS", `an input of ${inputBytes} bytes makes ${what} of the kernel larger than ${most}`);
  const groupsOf = (count: z.output<typeof groups>): number => {
    if (typeof count === "number") return count;
    const made = Math.max(1, Math.ceil(inputBytes / count.perInputBytes));
    if (made > KERNEL_LIMITS.groups) throw over("a number of workgroups", KERNEL_LIMITS.groups);
    return made;
  };
  const buffers = kernel.buffers.map((one) => ({
    binding: one.binding,
    role: one.role,
    bytes: wholeWords(bytesOf(one)),
  }));
  if (buffers.some(({ bytes }) => bytes > KERNEL_LIMITS.bufferBytes)) throw over("a buffer", KERNEL_LIMITS.bufferBytes);
  const output = kernel.buffers.find(({ role }) => role === "output")!;
  const outputBytes = bytesOf(output);
  return {
    wgsl: kernel.wgsl,
    buffers,
    dispatches: kernel.dispatches.map(({ entry, groups: [x, y, z], parameters, repeat }) => ({
      ...{ entry, parameters, repeat },
      groups: [groupsOf(x), groupsOf(y), groupsOf(z)] as const,
    })),
    outputBytes,
    memory: buffers.reduce((sum, { bytes }) => sum + bytes, 0) + wholeWords(outputBytes),
  };
}
