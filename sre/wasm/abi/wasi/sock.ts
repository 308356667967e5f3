// Sockets: there are none. Whatever is open is not one. Specified in sre/SPEC.md, rule W10.
import { refuse } from "../../world/index.ts";
import { type Operation, operation } from "./call.ts";
import type { Process } from "./process.ts";

/** BADF for what is not open, and for files and directories; NOTSOCK for input, output and logs. */
function noSocket({ descriptors }: Process, number: number): never {
  refuse(descriptors.get(number).kind === "stream" ? "notsock" : "badf");
}

/** The functions of this group; `wasi_unstable` lacks the first. */
export const SOCK_OPERATIONS: readonly Operation[] = [
  operation("sock_accept", ["i32", "i32", { result: 4 }], noSocket),
  operation("sock_recv", ["i32", "scattered", "i32", { result: 4 }, { result: 2 }], noSocket),
  operation("sock_send", ["i32", "gathered", "i32", { result: 4 }], noSocket),
  operation("sock_shutdown", ["i32", "i32"], noSocket),
];
