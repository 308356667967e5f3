// The numbers of WASI preview 1 as its witx files give them: errno, rights, flags, types.
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
import type { ProblemCode } from "../../world/index.ts";

/** `errno` by name. */
export const ERRNO: Readonly<Record<ProblemCode | "success", number>> = {
  success: 0,
  acces: 2,
  badf: 8,
  busy: 10,
  exist: 20,
  fbig: 22,
  ilseq: 25,
  inval: 28,
  isdir: 31,
  loop: 32,
  mfile: 33,
  nametoolong: 37,
  noent: 44,
  nospc: 51,
  notdir: 54,
  notempty: 55,
  notsock: 57,
  notsup: 58,
  perm: 63,
  spipe: 70,
  notcapable: 76,
};

const RIGHT_NAMES = [
  "fd_datasync",
  "fd_read",
  "fd_seek",
  "fd_fdstat_set_flags",
  "fd_sync",
  "fd_tell",
  "fd_write",
  "fd_advise",
  "fd_allocate",
  "path_create_directory",
  "path_create_file",
  "path_link_source",
  "path_link_target",
  "path_open",
  "fd_readdir",
  "path_readlink",
  "path_rename_source",
  "path_rename_target",
  "path_filestat_get",
  "path_filestat_set_size",
  "path_filestat_set_times",
  "fd_filestat_get",
  "fd_filestat_set_size",
  "fd_filestat_set_times",
  "path_symlink",
  "path_remove_directory",
  "path_unlink_file",
  "poll_fd_readwrite",
  "sock_shutdown",
  "sock_accept",
] as const;

/** What a descriptor may be used for. */
export type Right = (typeof RIGHT_NAMES)[number];

/** The bits of rights. */
export const rights = (...names: readonly Right[]): bigint =>
  names.reduce((bits, name) => bits | (1n << BigInt(RIGHT_NAMES.indexOf(name))), 0n);

/** Every right there is. */
export const ALL_RIGHTS = rights(...RIGHT_NAMES);

/** Rights that a regular file can have. */
export const FILE_RIGHTS = rights(
  ...(["fd_datasync", "fd_read", "fd_seek", "fd_fdstat_set_flags", "fd_sync", "fd_tell", "fd_write"] as const),
  ...(["fd_advise", "fd_allocate", "fd_filestat_get", "fd_filestat_set_size", "fd_filestat_set_times"] as const),
  "poll_fd_readwrite",
);

/** Rights that a directory can have. */
export const DIRECTORY_RIGHTS = rights(
  ...([
    "fd_datasync",
    "fd_fdstat_set_flags",
    "fd_sync",
    "fd_readdir",
    "fd_filestat_get",
    "fd_filestat_set_times",
  ] as const),
  ...RIGHT_NAMES.filter((name) => name.startsWith("path_")),
);

/** The right by which a file is opened to be changed. */
export const WRITE_RIGHT = rights("fd_write");

/** Rights to change a file: no directory is opened with one. */
export const CHANGE_RIGHTS = rights("fd_write", "fd_allocate", "fd_filestat_set_size");

/** Rights of the input, and of output and logs. */
export const STREAM_RIGHTS = {
  read: rights("fd_read", "fd_fdstat_set_flags", "fd_filestat_get", "poll_fd_readwrite"),
  write: rights("fd_write", "fd_fdstat_set_flags", "fd_filestat_get", "poll_fd_readwrite", "fd_sync", "fd_datasync"),
} as const;

/** `filetype`. */
export const FILETYPE = { unknown: 0, directory: 3, file: 4, link: 7 } as const;

/** `fdflags`: append, and those that change nothing here; all of them together. */
export const FDFLAGS = { append: 1, all: 0x1f } as const;

/** `oflags`. */
export const OFLAGS = { create: 1, directory: 2, exclusive: 4, truncate: 8, all: 0xf } as const;

/** `fstflags`. */
export const FSTFLAGS = { access: 1, accessNow: 2, modification: 4, modificationNow: 8, all: 0xf } as const;

/** `lookupflags`. */
export const FOLLOW = 1;

/** `clockid`: of the four, only the first counts from 1970. */
export const CLOCKS = { realtime: 0, count: 4 } as const;

/** `eventtype`. */
export const EVENTTYPE = { clock: 0, read: 1, write: 2 } as const;
