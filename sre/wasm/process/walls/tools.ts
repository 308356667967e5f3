// The tools that build walls, whether this machine has them, and how to get them.
import { BWRAP, CHOOM, PRLIMIT, SETPRIV } from "./start.ts";

/** A tool. `path` is null where it is missing. */
export interface Tool {
  readonly name: string;
  readonly path: string | null;
  /** How to get it, or to make it work where it is there and its wall does not hold. */
  readonly remedy: string;
}

/** Every tool that we use. */
export const TOOLS: readonly Tool[] = [
  {
    name: "bwrap",
    path: BWRAP,
    remedy:
      "install the package bubblewrap (apt-get install bubblewrap, dnf install bubblewrap, apk add bubblewrap), on a system that lets users make user namespaces",
  },
  { name: "setpriv", path: SETPRIV, remedy: "install the package util-linux" },
  {
    name: "prlimit",
    path: PRLIMIT,
    remedy: "install the package util-linux; without it deep recursion may end as a fault",
  },
  {
    name: "choom",
    path: CHOOM,
    remedy:
      "install the package util-linux, on a system whose /proc can be written; without it the kernel may end the node before a guest when memory is short",
  },
];
