// What goes into a container and what comes out of it, by ABI: a job's bytes become one tar, and the tar that comes back
// becomes an exit with its bytes.
import { type Exit, LockstepError } from "../../chain/protocol/index.ts";
import type { Task } from "../core/index.ts";
import type { Image } from "./image.ts";
import { BOX } from "./limits.ts";
import { runScript } from "./script.ts";
import { pathFault, readTar, type TarFile, TarRefused, writeTar } from "./tar.ts";

/**
 * The ABIs of containers. `stdio/1`: the input on stdin, the output is stdout, the logs are stderr. `files/1`: the input
 * on stdin, the output is a tar of what the program left in `/job/out`, the logs are stdout and stderr together. With
 * both, the context's files lie in `/job/files`, its arguments follow the image's command.
 */
export const CONTAINER_ABIS = ["stdio/1", "files/1"] as const;
/** An ABI of containers. */
export type ContainerAbi = (typeof CONTAINER_ABIS)[number];

/** The one entry: the image's own command. */
export const ENTRY = "main";

/** How a program ended. */
export interface Result {
  readonly exit: Exit;
  readonly output: Uint8Array;
  readonly logs: Uint8Array;
  readonly truncated: boolean;
  readonly note: string;
}

const NOTHING: Uint8Array = new Uint8Array(0);
/** Bytes of tar around one file, at most. */
const PER_FILE = 4 * 512;

/** Bytes of scratch space that a job's container has. */
export function scratchFor({ call, files }: Pick<Task, "call" | "files">): number {
  const { input, limits } = call;
  const given = [...files.values()].reduce((sum, bytes) => sum + bytes.length, input.size);
  const steps = Math.ceil((given + limits.output + limits.logs) / BOX.scratchBytes);
  return (steps + 1) * BOX.scratchBytes;
}

/** Bytes that a container may send: its output and logs at their limits, and the tar around them. */
export function capFor({ call }: Pick<Task, "call">): number {
  return call.limits.output + call.limits.logs + (BOX.outputFiles + 8) * PER_FILE;
}

/** The tar that a container is given. UNSUPPORTED for names of files that a tar can't hold. */
export function packJob(task: Task, image: Image, abi: ContainerAbi): Uint8Array {
  const { call, context, files, input } = task;
  const run = runScript({
    command: [...image.command, ...context.args],
    env: { LOCKSTEP_CLOCK: String(context.clock), LOCKSTEP_SEED: context.seed, ...context.env },
    folder: image.folder,
    joined: abi === "files/1",
  });
  const given = Object.entries(context.files).map(([path, { sha256, size }]) => {
    const fault = pathFault(`files/${path}`);
    if (fault !== null) throw new LockstepError("UNSUPPORTED", `the file "${path}" of the context ${fault}`);
    return plainFile(`files/${path}`, size === 0 ? NOTHING : files.get(sha256)!);
  });
  return packFiles(run, input, call.limits.logs, given);
}

/** The tar of a script `run`, its stdin, the bytes of logs that are kept, and files below `files`. */
export function packFiles(run: Uint8Array, input: Uint8Array, logs: number, given: readonly TarFile[]): Uint8Array {
  const keep = new TextEncoder().encode(String(logs + 1));
  return writeTar([plainFile("run", run), plainFile("input", input), plainFile("keep", keep), ...given]);
}

const plainFile = (path: string, bytes: Uint8Array): TarFile => ({ path, bytes, executable: false });

/** What a container's tar says. Whatever is wrong with it is the program's doing: the script itself sends a right one. */
export function readResult({ call }: Pick<Task, "call">, abi: ContainerAbi, archive: Uint8Array): Result {
  const { limits } = call;
  try {
    const files = readTar(archive, { entries: BOX.outputFiles + BOX.inodes, bytes: capFor({ call }) });
    const of = (path: string) => files.find((file) => file.path === path)?.bytes ?? NOTHING;
    const status = /^(\d{1,3})\n$/u.exec(new TextDecoder().decode(of("code").subarray(0, 8)))?.[1];
    if (status === undefined) throw new TarRefused("does not say how the program ended");
    const logs = of("stderr");
    const kept = { logs: logs.subarray(0, limits.logs), truncated: logs.length > limits.logs };
    const output = abi === "stdio/1" ? of("stdout") : packOutput(files);
    if (output.length > limits.output) return { ...flooded(limits.output), ...kept };
    const code = Number(status);
    const note = code === 0 ? "" : `the program ended with status ${code}`;
    return { exit: { kind: code === 0 ? "ok" : "code", code }, output, ...kept, note };
  } catch (error) {
    if (!(error instanceof TarRefused)) throw error;
    const note = `what the program left can't be taken: it ${error.message}`;
    return { exit: { kind: "bad-answer", code: 0 }, output: NOTHING, logs: NOTHING, truncated: false, note };
  }
}

/** The end of a program that wrote more than it may. */
export function flooded(limit: number): Result {
  const note = `the output has more than the ${limit} bytes allowed`;
  return { exit: { kind: "output-limit", code: 0 }, output: NOTHING, logs: NOTHING, truncated: false, note };
}

function packOutput(files: readonly TarFile[]): Uint8Array {
  const left = files.filter(({ path }) => path.startsWith("out/"));
  if (left.length > BOX.outputFiles) throw new TarRefused(`has more than ${BOX.outputFiles} files`);
  return writeTar(left.map((file) => ({ ...file, path: file.path.slice("out/".length) })));
}
