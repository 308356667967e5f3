// Limits of kernels, named, with the arithmetic. All are part of the profile: no machine offers less, none lends more.

/** What a kernel may be. */
export const KERNEL_LIMITS = {
  /** Bytes of the document: its source in JSON, where a line break takes two. */
  documentBytes: 512 * 1024,
  /** Characters of the WGSL source: some thousand lines; compilers of drivers take seconds for more. */
  sourceChars: 256 * 1024,
  /** Storage buffers: what WebGPU promises each stage on every device. */
  storageBuffers: 8,
  /** The highest binding number. */
  binding: 15,
  /** Bytes of one buffer: WebGPU's default for a binding of storage. */
  bufferBytes: 128 * 1024 * 1024,
  /** Entries of the list of dispatches. */
  dispatches: 256,
  /** Dispatches in all, repeats counted; each costs the host some microseconds. */
  steps: 16_384,
  /** Workgroups in one dimension: WebGPU's default. */
  groups: 65_535,
} as const;

/** Bytes of the uniform buffer that tells a kernel of its job: four words, the seed's eight, four of the dispatch. */
export const JOB_BYTES = 64;
/** Words of its own that a dispatch may be given. */
export const PARAMETERS = 4;

/** Runs that may wait for a device. */
export const QUEUE = 256;
/** Milliseconds within which a process must have its device: 100 when idle, seconds under load. */
export const READY_MS = 30_000;
/** Bytes of what a process says besides a job's output. */
export const SAID_BYTES = 64 * 1024;
/** Characters of a compiler's or driver's complaint that are passed on. */
export const COMPLAINT_CHARS = 1_000;
