// The interpreter: QuickJS as the package `@jitl/quickjs-wasmfile-release-sync` builds it. Its linker gives imports and
// exports short names that change from build to build, so the file is pinned by its digest and the names are listed here
// as that build's own JavaScript has them. That JavaScript never runs: it reads the host's clock, zone and language.
import type { Digest } from "../../chain/protocol/index.ts";

/** SHA-256 of the one file that is taken: version 0.32.0 of the package, QuickJS of 13 September 2025. */
export const INTERPRETER_DIGEST = "105c3bed22d457e43e3d1c3c1c6959fda62a8fe06f0fc8a985303c3a2be72232" as Digest;

/** The module that all imports come from, and the memory's name there. */
export const IMPORT_MODULE = "a";

/** Functions that we call, by their names in C. Pointers to values own what they point to. */
export const EXPORTS = {
  initialize: "u",
  malloc: "v",
  free: "M",
  newRuntime: "K",
  setMaxStack: "D",
  newContext: "N",
  newFunction: "Da",
  newArrayBuffer: "X",
  newFloat64: "Y",
  newString: "_",
  getString: "$",
  freeCString: "S",
  getArrayBuffer: "aa",
  getArrayBufferLength: "ba",
  getPropNumber: "ia",
  getUndefined: "E",
  argument: "Ea",
  call: "ma",
  eval: "pa",
  exception: "na",
  isJobPending: "fa",
  executePendingJobs: "ga",
} as const;

/** Functions that it imports. */
export const IMPORTS = {
  assertFailed: "b",
  fdWrite: "c",
  fdClose: "d",
  environGet: "e",
  environSizes: "f",
  normalizeModule: "g",
  loadModule: "h",
  interrupted: "i",
  setTimer: "j",
  resizeHeap: "k",
  clearKeepAlive: "l",
  localTime: "m",
  setZone: "n",
  fdSeek: "o",
  dateNow: "p",
  abort: "q",
  exit: "r",
  callHost: "s",
  freeHostRef: "t",
} as const;

/**
 * The C stack in the interpreter's memory: it reaches down from where the heap begins to the static data. `heap` is where
 * that is in the file, `moved` where it is when the module is made ready; both are spelled in as many bytes.
 */
export const STACK = {
  heap: 5_333_088,
  /** 1 MiB of stack above the static data, which end at 90,208. */
  moved: 90_208 + 1024 * 1024,
  /**
   * Bytes at which the interpreter throws `stack overflow` by itself. What is left below takes functions that don't look:
   * their largest frame has 1,072 bytes.
   */
  most: 512 * 1024,
} as const;

/** Names of what is appended to the interpreter's exports: its memory, and a function that grows it by so many pages. */
export const APPENDED = { memory: "memory", grow: "grow" } as const;
