// Functions of paths, each below a directory that is open.
import { readPath, refuse } from "../../world/index.ts";
import { u32 } from "./bytes.ts";
import { type Operation, operation } from "./call.ts";
import type { DirectoryDescriptor } from "./descriptors.ts";
import { filestatOf, newTimes, type Version } from "./fd.ts";
import {
  ALL_RIGHTS,
  CHANGE_RIGHTS,
  DIRECTORY_RIGHTS,
  FDFLAGS,
  FILE_RIGHTS,
  FOLLOW,
  OFLAGS,
  type Right,
  WRITE_RIGHT,
} from "./numbers.ts";
import type { Process } from "./process.ts";

const encoder = new TextEncoder();

const follows = (flags: number): boolean => (flags & FOLLOW) !== 0;

/** The node of the directory with that number, which must have a right. */
const directory = ({ descriptors }: Process, fd: number, right: Right) => descriptors.directory(fd, right).node;

/** Opens a path with rights within those that its directory hands on. */
function open(
  process: Process,
  base: DirectoryDescriptor,
  lookup: number,
  path: Uint8Array,
  oflags: number,
  wanted: readonly [base: bigint, inheriting: bigint],
  flags: number,
): number {
  const { descriptors, world } = process;
  if (oflags > OFLAGS.all || flags > FDFLAGS.all) refuse("inval");
  // Rights that preview 1 doesn't know of ask for nothing.
  const [own, inheriting] = wanted.map((bits) => bits & ALL_RIGHTS) as [bigint, bigint];
  if (((own | inheriting) & ~base.inheriting) !== 0n) refuse("notcapable");
  const [create, truncate] = [(oflags & OFLAGS.create) !== 0, (oflags & OFLAGS.truncate) !== 0];
  if (create) descriptors.able(base, "path_create_file");
  if (truncate) descriptors.able(base, "path_filestat_set_size");
  const node = world.files.open(base.node, readPath(path), {
    follow: follows(lookup),
    create,
    exclusive: (oflags & OFLAGS.exclusive) !== 0,
    directory: (oflags & OFLAGS.directory) !== 0,
    truncate,
    write: (own & WRITE_RIGHT) !== 0n,
  });
  // A directory opened for anything has the rights that fit directories, a file those that fit files.
  if (node.kind === "directory") {
    if ((own & CHANGE_RIGHTS) !== 0n) refuse("isdir");
    return descriptors.add({
      kind: "directory",
      node,
      preopened: false,
      flags,
      base: own & DIRECTORY_RIGHTS,
      inheriting,
    });
  }
  // Whoever asks for all but writing, as Go's library does to read, gets what fits a file that nobody can change.
  const fitting = node.contents.writable ? FILE_RIGHTS : FILE_RIGHTS & ~CHANGE_RIGHTS;
  return descriptors.add({ kind: "file", node, offset: 0n, flags, base: own & fitting, inheriting });
}

const FIXED: readonly Operation[] = [
  operation(
    "path_open",
    ["i32", "i32", "bytes", "i32", "i64", "i64", "i32", { result: 4 }],
    (process, fd, lookup, path, oflags, base, inheriting, flags) => {
      const parent = process.descriptors.directory(fd, "path_open");
      return [u32(open(process, parent, lookup, path, oflags, [base, inheriting], flags))];
    },
  ),

  operation("path_create_directory", ["i32", "bytes"], (process, fd, path) => {
    process.world.files.createDirectory(directory(process, fd, "path_create_directory"), readPath(path));
    return [];
  }),

  operation(
    "path_filestat_set_times",
    ["i32", "i32", "bytes", "i64", "i64", "i32"],
    (process, fd, lookup, path, access, modification, flags) => {
      const { files } = process.world;
      const base = directory(process, fd, "path_filestat_set_times");
      const times = newTimes(access, modification, flags);
      files.setTimes(files.find(base, readPath(path), follows(lookup)), ...times);
      return [];
    },
  ),

  operation("path_link", ["i32", "i32", "bytes", "i32", "bytes"], (process, from, lookup, old, to, path) => {
    const source = directory(process, from, "path_link_source");
    const target = directory(process, to, "path_link_target");
    if (follows(lookup)) refuse("inval");
    process.world.files.link(source, readPath(old), target, readPath(path));
    return [];
  }),

  operation("path_readlink", ["i32", "bytes", "room", { result: 4 }], (process, fd, path, room) => {
    const base = directory(process, fd, "path_readlink");
    const target = encoder.encode(process.world.files.readlink(base, readPath(path))).subarray(0, room);
    return [target, u32(target.length)];
  }),

  operation("path_remove_directory", ["i32", "bytes"], (process, fd, path) => {
    process.world.files.removeDirectory(directory(process, fd, "path_remove_directory"), readPath(path));
    return [];
  }),

  operation("path_rename", ["i32", "bytes", "i32", "bytes"], (process, from, old, to, path) => {
    const source = directory(process, from, "path_rename_source");
    const target = directory(process, to, "path_rename_target");
    process.world.files.rename(source, readPath(old), target, readPath(path));
    return [];
  }),

  operation("path_symlink", ["bytes", "i32", "bytes"], (process, target, fd, path) => {
    process.world.files.symlink(readPath(target), directory(process, fd, "path_symlink"), readPath(path));
    return [];
  }),

  operation("path_unlink_file", ["i32", "bytes"], (process, fd, path) => {
    process.world.files.unlink(directory(process, fd, "path_unlink_file"), readPath(path));
    return [];
  }),
];

/** The functions of this group. */
export const pathOperations = (version: Version): readonly Operation[] => [
  ...FIXED,
  operation(
    "path_filestat_get",
    ["i32", "i32", "bytes", { result: version.filestat.size }],
    (process, fd, lookup, path) => {
      const base = directory(process, fd, "path_filestat_get");
      return [filestatOf(process.world.files.find(base, readPath(path), follows(lookup)), version)];
    },
  ),
];
