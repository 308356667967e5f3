// Functions of open descriptors: read, write, seek, sizes, times, listings. `wasi_unstable` and `wasi_snapshot_preview1`
// differ in the numbers of `whence` and in `filestat`.
import { type DirectoryNode, type FileNode, type NewTime, type Node, refuse } from "../../world/index.ts";
import { filetypeOf, u32, u64, Writer } from "./bytes.ts";
import { type Operation, operation } from "./call.ts";
import type { Descriptor } from "./descriptors.ts";
import { ALL_RIGHTS, FDFLAGS, FILETYPE, FSTFLAGS } from "./numbers.ts";
import type { Process } from "./process.ts";

/** What differs between the two versions of preview 1. */
export interface Version {
  /** `whence` by number. */
  readonly whence: readonly ("set" | "current" | "end")[];
  /** Bytes of a `filestat`, and of its number of links. */
  readonly filestat: { readonly size: number; readonly links: 4 | 8 };
}

const COUNT = { result: 4 } as const;
const OFFSET = { result: 8 } as const;
/** Largest size and offset of a file: what a number holds exactly. The scratch space ends long before. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);

/** An offset or size as a number; FBIG above what a file can have. */
const fitting = (value: bigint): number => (value > MOST ? refuse("fbig") : Number(value));

/** `filestat` of a node. */
export function filestatOf(node: Node, { filestat }: Version): Uint8Array {
  const { ino, names, times } = node;
  const size = node.kind === "file" ? node.contents.size : node.kind === "link" ? node.size : 0;
  const writer = new Writer(filestat.size).u64(1n).u64(ino).u8(filetypeOf(node));
  if (filestat.links === 4) writer.gap(3).u32(names);
  else writer.gap(7).u64(BigInt(names));
  return writer.u64(BigInt(size)).u64(times.access).u64(times.modification).u64(times.change).bytes;
}

/** The times that `fstflags` ask for; INVAL when a time should be both a given one and now. */
export function newTimes(access: bigint, modification: bigint, flags: number): readonly [NewTime, NewTime] {
  const both = (one: number, other: number) => (flags & one) !== 0 && (flags & other) !== 0;
  const { access: atim, accessNow, modification: mtim, modificationNow } = FSTFLAGS;
  if (flags > FSTFLAGS.all || both(atim, accessNow) || both(mtim, modificationNow)) refuse("inval");
  const of = (time: bigint, given: number, now: number): NewTime =>
    (flags & given) !== 0 ? time : (flags & now) !== 0 ? "now" : "kept";
  return [of(access, atim, accessNow), of(modification, mtim, modificationNow)];
}

/** Reads from a file at an offset. */
function readAt({ world }: Process, node: FileNode, offset: bigint, length: number): Uint8Array {
  return offset >= BigInt(node.contents.size) ? new Uint8Array(0) : world.files.read(node, Number(offset), length);
}

function write(process: Process, descriptor: Descriptor, bytes: Uint8Array): void {
  const { world } = process;
  if (descriptor.kind === "file") {
    if ((descriptor.flags & FDFLAGS.append) !== 0) descriptor.offset = BigInt(descriptor.node.contents.size);
    world.files.write(descriptor.node, fitting(descriptor.offset), bytes);
    descriptor.offset += BigInt(bytes.length);
  } else if (descriptor.kind === "stream") {
    if (descriptor.stream === "output") world.print(bytes);
    else world.log(bytes);
  }
}

/** Functions of flowing bytes. */
const FLOW: readonly Operation[] = [
  operation("fd_read", ["i32", "scattered", COUNT], (process, fd, room) => {
    const descriptor = process.descriptors.flow(fd, "fd_read");
    if (descriptor.kind === "stream") {
      const bytes = process.world.input.read(room);
      return [bytes, u32(bytes.length)];
    }
    const bytes = readAt(process, descriptor.node, descriptor.offset, room);
    descriptor.offset += BigInt(bytes.length);
    return [bytes, u32(bytes.length)];
  }),

  operation("fd_pread", ["i32", "scattered", "i64", COUNT], (process, fd, room, offset) => {
    const bytes = readAt(process, process.descriptors.file(fd, "fd_read").node, offset, room);
    return [bytes, u32(bytes.length)];
  }),

  operation("fd_write", ["i32", "gathered", COUNT], (process, fd, bytes) => {
    write(process, process.descriptors.flow(fd, "fd_write"), bytes);
    return [u32(bytes.length)];
  }),

  operation("fd_pwrite", ["i32", "gathered", "i64", COUNT], ({ descriptors, world }, fd, bytes, offset) => {
    world.files.write(descriptors.file(fd, "fd_write").node, fitting(offset), bytes);
    return [u32(bytes.length)];
  }),

  operation("fd_tell", ["i32", OFFSET], ({ descriptors }, fd) => [u64(descriptors.file(fd, "fd_tell").offset)]),

  operation("fd_advise", ["i32", "i64", "i64", "i32"], ({ descriptors }, fd, _offset, _length, advice) => {
    descriptors.file(fd, "fd_advise");
    return advice <= 5 ? [] : refuse("inval");
  }),

  operation("fd_allocate", ["i32", "i64", "i64"], ({ descriptors, world }, fd, offset, length) => {
    const { node } = descriptors.file(fd, "fd_allocate");
    if (length === 0n) refuse("inval");
    const size = fitting(offset + length);
    if (size > node.contents.size) world.files.resize(node, size);
    return [];
  }),
];

const seek = ({ whence: names }: Version): Operation =>
  operation("fd_seek", ["i32", "i64", "i32", OFFSET], ({ descriptors }, fd, unsigned, whence) => {
    const descriptor = descriptors.file(fd, "fd_seek");
    const from = names[whence];
    if (from === undefined) refuse("inval");
    const start = { set: 0n, current: descriptor.offset, end: BigInt(descriptor.node.contents.size) }[from];
    const offset = start + BigInt.asIntN(64, unsigned);
    if (offset < 0n || offset >= 2n ** 63n) refuse("inval");
    descriptor.offset = offset;
    return [u64(offset)];
  });

/** Functions of a descriptor itself. */
const DESCRIPTOR: readonly Operation[] = [
  operation("fd_close", ["i32"], ({ descriptors }, fd) => {
    descriptors.close(fd);
    return [];
  }),

  operation("fd_renumber", ["i32", "i32"], ({ descriptors }, from, to) => {
    descriptors.renumber(from, to);
    return [];
  }),

  operation("fd_fdstat_get", ["i32", { result: 24 }], ({ descriptors }, fd) => {
    const descriptor = descriptors.get(fd);
    const type = descriptor.kind === "stream" ? FILETYPE.unknown : filetypeOf(descriptor.node);
    const { flags, base, inheriting } = descriptor;
    return [new Writer(24).u8(type).gap(1).u16(flags).gap(4).u64(base).u64(inheriting).bytes];
  }),

  operation("fd_fdstat_set_flags", ["i32", "i32"], ({ descriptors }, fd, flags) => {
    const descriptor = descriptors.able(descriptors.get(fd), "fd_fdstat_set_flags");
    if (flags > FDFLAGS.all) refuse("inval");
    descriptor.flags = flags;
    return [];
  }),

  operation("fd_fdstat_set_rights", ["i32", "i64", "i64"], ({ descriptors }, fd, base, inheriting) => {
    const descriptor = descriptors.get(fd);
    const [wanted, handedOn] = [base & ALL_RIGHTS, inheriting & ALL_RIGHTS];
    if ((wanted & ~descriptor.base) !== 0n || (handedOn & ~descriptor.inheriting) !== 0n) refuse("notcapable");
    descriptor.base = wanted;
    descriptor.inheriting = handedOn;
    return [];
  }),

  operation("fd_prestat_get", ["i32", { result: 8 }], ({ descriptors }, fd) => {
    const descriptor = descriptors.get(fd);
    if (descriptor.kind !== "directory" || !descriptor.preopened) refuse("badf");
    return [new Writer(8).u8(0).gap(3).u32(PREOPEN_NAME.length).bytes];
  }),

  operation("fd_prestat_dir_name", ["i32", "room"], ({ descriptors }, fd, room) => {
    const descriptor = descriptors.get(fd);
    if (descriptor.kind !== "directory" || !descriptor.preopened) refuse("badf");
    return room < PREOPEN_NAME.length ? refuse("nametoolong") : [PREOPEN_NAME];
  }),

  ...(["fd_sync", "fd_datasync"] as const).map((name) =>
    operation(name, ["i32"], ({ descriptors }, fd) => {
      descriptors.able(descriptors.get(fd), name);
      return [];
    }),
  ),
];

/** "/" */
const PREOPEN_NAME = new Uint8Array([0x2f]);

/** Functions of the node behind a descriptor. */
const NODE: readonly Operation[] = [
  operation("fd_filestat_set_size", ["i32", "i64"], ({ descriptors, world }, fd, size) => {
    world.files.resize(descriptors.file(fd, "fd_filestat_set_size").node, fitting(size));
    return [];
  }),

  operation(
    "fd_filestat_set_times",
    ["i32", "i64", "i64", "i32"],
    ({ descriptors, world }, fd, access, modification, flags) => {
      const descriptor = descriptors.able(descriptors.get(fd), "fd_filestat_set_times");
      if (descriptor.kind === "stream") refuse("spipe");
      world.files.setTimes(descriptor.node, ...newTimes(access, modification, flags));
      return [];
    },
  ),

  operation("fd_readdir", ["i32", "room", "i64", COUNT], ({ descriptors }, fd, room, cookie) => {
    const { node } = descriptors.directory(fd, "fd_readdir");
    const listing = list(node, cookie, room);
    return [listing, u32(listing.length)];
  }),
];

/** Names behind a cookie, each a `dirent` with its name, cut where there is no more room. */
function list(node: DirectoryNode, cookie: bigint, room: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (const { next, ino, type, name } of names(node, cookie)) {
    if (size >= room) break;
    const bytes = encoder.encode(name);
    pieces.push(new Writer(24).u64(next).u64(ino).u32(bytes.length).u8(type).bytes, bytes);
    size += 24 + bytes.length;
  }
  const listing = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    listing.set(piece, at);
    at += piece.length;
  }
  return listing.subarray(0, room);
}

const encoder = new TextEncoder();
/** Cookies behind the two names that every directory has; those of its entries follow. */
const [DOT, DOT_DOT] = [1n, 2n];

/** A directory's names behind a cookie, in order: itself, the one above, its entries. */
function* names(node: DirectoryNode, cookie: bigint) {
  const directory = FILETYPE.directory;
  if (cookie < DOT) yield { next: DOT, ino: node.ino, type: directory, name: "." };
  if (cookie < DOT_DOT) yield { next: DOT_DOT, ino: (node.parent ?? node).ino, type: directory, name: ".." };
  const serial = cookie > DOT_DOT ? Number(cookie - DOT_DOT) : 0;
  for (const entry of node.entries.after(serial)) {
    yield { next: BigInt(entry.serial) + DOT_DOT, ino: entry.node.ino, type: filetypeOf(entry.node), name: entry.name };
  }
}

/** Of a stream nothing is known. */
const streamStat = ({ filestat: { size } }: Version): Uint8Array => new Uint8Array(size);

const filestat = (version: Version): Operation =>
  operation("fd_filestat_get", ["i32", { result: version.filestat.size }], ({ descriptors }, fd) => {
    const descriptor = descriptors.able(descriptors.get(fd), "fd_filestat_get");
    return [descriptor.kind === "stream" ? streamStat(version) : filestatOf(descriptor.node, version)];
  });

/** The functions of this group. */
export const fdOperations = (version: Version): readonly Operation[] => [
  ...[...FLOW, ...DESCRIPTOR, ...NODE],
  ...[seek(version), filestat(version)],
];
