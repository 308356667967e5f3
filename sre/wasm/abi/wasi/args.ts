// Arguments and environment: strings with a zero at the end, and pointers to them.
import { u32, Writer } from "./bytes.ts";
import { type Operation, operation } from "./call.ts";
import type { Process, Strings } from "./process.ts";

type List = (process: Process) => Strings;
const ARGS: List = ({ args }) => args;
const ENV: List = ({ env }) => env;

/** Number of strings, and bytes of all of them. */
const sizes = (name: string, list: List): Operation =>
  operation(name, [{ result: 4 }, { result: 4 }], (process) => {
    const { starts, bytes } = list(process);
    return [u32(starts.length), u32(bytes.length)];
  });

/** Pointers to the strings, and the strings. */
const strings = (name: string, list: List): Operation => {
  const pointers = { result: (process: Process) => 4 * list(process).starts.length };
  const texts = { placed: (process: Process) => list(process).bytes.length };
  return operation(name, [pointers, texts], (process, address) => {
    const { starts, bytes } = list(process);
    const table = new Writer(4 * starts.length);
    for (const start of starts) table.u32(address + start);
    return [table.bytes, bytes];
  });
};

/** The functions of this group. */
export const ARGS_OPERATIONS: readonly Operation[] = [
  strings("args_get", ARGS),
  sizes("args_sizes_get", ARGS),
  strings("environ_get", ENV),
  sizes("environ_sizes_get", ENV),
];
