// Limits of the container sandbox, named, with the arithmetic. Those of `BOX` are part of the profile: a job sees them.

/** What every container is given, whatever its job asks for. */
export const BOX = {
  /** Processes and threads; gVisor's own kernel needs 32 of them. */
  pids: 256,
  /** Open files of a process. */
  openFiles: 1024,
  /** Processors. */
  cpus: 1,
  /** Files and folders in the scratch space. */
  inodes: 8192,
  /** Bytes of scratch space besides those of input, files, output and logs; it grows in steps of as many. */
  scratchBytes: 64 * 1024 * 1024,
  /** Files of an output of ABI `files/1`. */
  outputFiles: 1024,
  /** The least memory that a container begins in. */
  leastMemory: 32 * 1024 * 1024,
  /** User and group of the program: nobody's. */
  user: 65534,
} as const;

/** Deadlines of one call of the engine's API, in milliseconds. */
export const ENGINE_MS = {
  /** A question. */
  ask: 10_000,
  /** Making, starting or removing a container. */
  act: 30_000,
  /** Taking in an image: its largest layers at 50 MB/s. */
  load: 120_000,
  /** From a kill to the container's end; then the runtime hangs. */
  kill: 5_000,
} as const;

/** Bytes of an answer of the engine's API. */
export const ANSWER_BYTES = 1024 * 1024;
/** Bytes of an image with all its layers that is taken from blobs. */
export const IMAGE_BYTES = 1024 * 1024 * 1024;
/** Containers that wait ahead of their jobs, of all images together; each holds a few megabytes. */
export const WAITING = 4;
/** Runs that may wait for a free place. */
export const QUEUE = 256;
