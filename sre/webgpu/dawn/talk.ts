// What the sandbox and a process with a device say to each other. The sandbox speaks first, one frame at a time, and is
// trusted; what the process says may be a kernel's that took the driver over: one byte, then bytes of a bounded number.

import type { Plan } from "../kernel.ts";
import type { AdapterInfo } from "./api.ts";

/** The first byte of what a process says. */
export const SAID = {
  /** It has a device: a `Greeting` in JSON. Before it knows a kernel. */
  ready: 1,
  /** It can't have a device, or the driver failed: text. */
  failed: 2,
  /** The compiler refuses the kernel: text. */
  refused: 3,
  /** The kernel is compiled; it waits for the word to begin. */
  compiled: 4,
  /** The run's end: the output. */
  done: 5,
  /** The device has too little memory: text. */
  resource: 6,
} as const;

/** First frame: where the add-on lies, and whether the files that came with it are to be told. */
export interface Setup {
  readonly addon: string;
  readonly examine: boolean;
}

/** What a process says of its device and of its walls. */
export interface Greeting {
  readonly info: AdapterInfo;
  /** What Node's permission model refused. */
  readonly refused: readonly string[];
  /** The shared libraries of the process, where they were asked for. */
  readonly libraries: readonly string[];
}

/** Second frame: what to compile, and for what. A third holds the input, and with it the run begins. */
export interface Job {
  readonly plan: Plan;
  readonly inputBytes: number;
  /** 64 hexadecimal digits. */
  readonly seed: string;
}
