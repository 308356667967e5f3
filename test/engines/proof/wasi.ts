// Runs of WASI for every engine: a guest that makes the calls that a script asks for, through all groups of functions,
// those that are refused, too, and ends in each way that a program has.
import { proberText, Script, TELLER } from "../../sre/support/wasi.ts";
import type { Case } from "./job.ts";

const CONTEXT = {
  args: ["-x", "żółć"],
  env: { B: "2", A: "\u{1f9ee}" },
  files: { "data/in.txt": Buffer.from("from a file\n").toString("hex"), "z/ü": "00ff" },
};
const [SNAPSHOT, UNSTABLE] = ["wasi_snapshot_preview1", "wasi_unstable"] as const;
const ALL = (1n << 30n) - 1n;
const [READ, WRITE] = [1n << 1n, 1n << 6n];

/** A script with calls of every group. */
function everything(module: string): Script {
  const script = new Script(module, 60);
  const room = (size: number) => script.room(size);
  const path = (text: string) => script.bytes(text);
  const vectors = (text: string) => script.vectors(script.bytes(text));
  const into = (size: number) => script.vectors([room(size), size], [room(3), 3]);
  for (const name of ["args_sizes_get", "environ_sizes_get"]) script.call(name, room(4), room(4));
  script.call("args_get", room(12), room(64));
  script.call("environ_get", room(8), room(64));
  for (const id of [0, 1, 4]) script.call("clock_time_get", id, 1n, room(8));
  script.call("random_get", room(50), 50);
  script.open("data/in.txt", 0, { base: ALL & ~(WRITE | (1n << 8n) | (1n << 22n)), inheriting: ALL });
  script.call("fd_read", 4, into(4), room(4));
  script.call("fd_pread", 4, into(20), 5n, room(4));
  script.call("fd_seek", 4, -3n, 2, room(8));
  script.call("fd_tell", 4, room(8));
  script.open("z/ü", 0, { base: WRITE });
  script.open("new", 1, { base: ALL, inheriting: ALL });
  script.call("fd_write", 5, vectors("hello"), room(4));
  script.call("fd_pwrite", 5, vectors("HE"), 0n, room(4));
  script.call("fd_allocate", 5, 3n, 9n);
  script.call("fd_filestat_set_size", 5, 7n);
  script.call("fd_filestat_set_times", 5, 11n, 12n, 1 | 8);
  script.call("fd_filestat_get", 5, room(64));
  script.call("fd_fdstat_get", 5, room(24));
  script.call("fd_fdstat_set_flags", 5, 1);
  script.call("fd_write", 5, vectors("!"), room(4));
  script.call("fd_fdstat_set_rights", 5, READ, 0n);
  script.call("fd_write", 5, vectors("?"), room(4));
  script.call("path_create_directory", 3, path("d"));
  script.call("path_symlink", path("../new"), 3, path("d/l"));
  script.call("path_readlink", 3, path("d/l"), room(4), 4, room(4));
  script.call("path_filestat_get", 3, 1, path("d/l"), room(64));
  script.call("path_filestat_get", 3, 1, path("d/../../x"), room(64));
  script.call("path_filestat_set_times", 3, 0, path("d"), 1n, 2n, 4);
  script.call("path_link", 3, 0, path("new"), 3, path("d/hard"));
  script.call("path_rename", 3, path("d"), 3, path("e"));
  script.call("fd_readdir", 3, room(200), 200, 0n, room(4));
  script.call("fd_readdir", 3, room(60), 60, 3n, room(4));
  script.call("path_remove_directory", 3, path("e"));
  script.call("path_unlink_file", 3, path("e/l"));
  script.call("fd_prestat_get", 3, room(8));
  script.call("fd_prestat_dir_name", 3, room(1), 1);
  script.call("fd_renumber", 4, 5);
  script.call("fd_close", 4);
  const clock = new Uint8Array(56);
  clock[module === "wasi_unstable" ? 34 : 26] = 0x80;
  script.call("poll_oneoff", script.bytes(clock)[0], room(32), 1, room(4));
  script.call("clock_time_get", 1, 0n, room(8));
  script.call("sock_shutdown", 1, 0);
  script.call("proc_raise", 1);
  script.call("fd_write", 2, vectors("to the logs\n"), room(4));
  return script;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
/** A script of one last call, as an input. */
function ending(add: (script: Script) => void): string {
  const script = new Script(SNAPSHOT, 2);
  script.call("fd_write", 1, script.vectors(script.bytes("before")), script.room(4));
  add(script);
  return hex(script.input());
}

const wasi = { abi: "wasi/1", entry: "_start", context: CONTEXT } as const;

/** The guests, by the names of the cases. */
export const WASI_TEXTS: Readonly<Record<string, string>> = {
  wasi: proberText(SNAPSHOT),
  "wasi-unstable": proberText(UNSTABLE),
  "wasi-context": TELLER,
};

/** Their runs. */
export const WASI_CASES: Readonly<Record<string, readonly Case[]>> = {
  wasi: [
    { ...wasi, input: hex(everything(SNAPSHOT).input()), edges: true },
    { ...wasi, input: ending((script) => script.call("proc_exit", 7)), edges: true },
    { ...wasi, input: ending((script) => script.call("proc_exit", 0)) },
    { ...wasi, input: ending((script) => script.call("random_get", 4_194_300, 5)) },
    { ...wasi, input: ending((script) => script.call("sched_yield")), limits: { output: 5 } },
  ],
  "wasi-unstable": [{ ...wasi, input: hex(everything(UNSTABLE).input()), edges: true }],
  "wasi-context": [
    { ...wasi, edges: true },
    { ...wasi, context: { ...CONTEXT, files: {} } },
  ],
};
