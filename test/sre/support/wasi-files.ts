// Scripts about files: the calls that tests make again and again, and what their results say.
import { LocalSandbox } from "../../../sre/wasm/index.ts";
import { sha256, type TaskOptions, task } from "./tasks.ts";
import { Image, prober, type Script } from "./wasi.ts";

export const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 } });

/** Runs a script to its end; its image. */
export async function run(script: Script, options: TaskOptions = {}): Promise<Image & { readonly fuel: bigint }> {
  const module = prober(script.module);
  const outcome = await sandbox.run(
    task(module, { abi: "wasi/1", entry: "_start", input: script.input(), ...options }),
  );
  if (outcome.kind === "fault") throw new Error(outcome.message);
  if (outcome.answer.exit.kind !== "ok") throw new Error(outcome.note);
  return Object.assign(new Image(script, outcome.output), { fuel: outcome.answer.fuel });
}

/** Bits of rights and flags, as witx numbers them. */
export const RIGHT = {
  ...{ read: 1n << 1n, seek: 1n << 2n, tell: 1n << 5n, write: 1n << 6n, allocate: 1n << 8n, createFile: 1n << 10n },
  ...{ open: 1n << 13n, readdir: 1n << 14n, stat: 1n << 21n, setSize: 1n << 22n, setTimes: 1n << 23n },
};
export const RW = {
  base: RIGHT.read | RIGHT.write | RIGHT.seek | RIGHT.tell | RIGHT.stat | RIGHT.setSize | RIGHT.setTimes,
};
export const READ = { base: RIGHT.read | RIGHT.stat };
export const [CREATE, DIRECTORY, EXCLUSIVE, TRUNCATE, FOLLOW, APPEND] = [1, 2, 4, 8, 1, 1];

export const mkdir = (script: Script, path: string) => script.call("path_create_directory", 3, script.bytes(path));
export const symlink = (script: Script, target: string, path: string) =>
  script.call("path_symlink", script.bytes(target), 3, script.bytes(path));
export const unlink = (script: Script, path: string) => script.call("path_unlink_file", 3, script.bytes(path));
export const rename = (script: Script, from: string, to: string) =>
  script.call("path_rename", 3, script.bytes(from), 3, script.bytes(to));
export const write = (script: Script, fd: number, content: string) =>
  script.call("fd_write", fd, script.vectors(script.bytes(content)), script.room(4));
/** Reads; where the bytes and their number go. */
export function read(script: Script, fd: number, size: number): readonly [data: number, count: number] {
  const [data, count] = [script.room(size), script.room(4)];
  script.call("fd_read", fd, script.vectors([data, size]), count);
  return [data, count];
}
/** Asks for the state of a path; where it goes. */
export function stat(script: Script, path: string, lookup = 0): number {
  const at = script.room(64);
  script.call("path_filestat_get", 3, lookup, script.bytes(path), at);
  return at;
}
/** Lists a directory behind a cookie; where names and size go. */
export function list(script: Script, fd: number, cookie = 0n, room = 1000): readonly [listing: number, size: number] {
  const [listing, size] = [script.room(room), script.room(4)];
  script.call("fd_readdir", fd, listing, room, cookie, size);
  return [listing, size];
}
/** Whole names in a listing, with inode, type and cookie. */
export function names(image: Image, [listing, size]: readonly [number, number]) {
  const end = listing + image.u32(size);
  const found: { name: string; ino: bigint; type: number; next: bigint }[] = [];
  for (let at = listing; at + 24 <= end; at += 24 + image.u32(at + 16)) {
    const length = image.u32(at + 16);
    if (at + 24 + length > end) break;
    const [next, ino, type] = [image.u64(at), image.u64(at + 8), image.at(at + 20, 1)[0]!];
    found.push({ name: image.text(at + 24, length), ino, type, next });
  }
  return found;
}
