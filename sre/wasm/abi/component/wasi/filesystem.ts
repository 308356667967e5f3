// `wasi:filesystem`: the world's files through descriptors, one of which is the root.
import {
  type DirectoryNode,
  type FileNode,
  type NewTime,
  type Node,
  Problem,
  readPath,
  refuse,
} from "../../../world/index.ts";
import { STREAM_BYTES } from "../limits.ts";
import { errorCode } from "./errors.ts";
import { fileSource, InputStream, IoError, OutputStream } from "./io.ts";
import { datetime } from "./rest.ts";
import { bytes, Failure, Handle, handle, object, type System, text, u64, unsigned } from "./system.ts";

const TYPES = "wasi:filesystem/types";
/** The greatest offset; beyond it nothing can be counted. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);
const NS_PER_SECOND = 1_000_000_000n;
/** `metadata-hash` of a node: its number, and the device's. */
const DEVICE = 1n;

const encoder = new TextEncoder();
const path = (value: unknown): string => readPath(encoder.encode(text(value)));
const fitting = (value: unknown): number => (u64(value) > MOST ? refuse("fbig") : Number(value));
const follows = (flags: unknown): boolean => object(flags)["symlinkFollow"] === true;

const typeOf = ({ kind }: Node): string =>
  ({ file: "regular-file", directory: "directory", link: "symbolic-link" })[kind];

function statOf(node: Node) {
  const { names, times } = node;
  const size = node.kind === "file" ? node.contents.size : node.kind === "link" ? node.size : 0;
  return {
    type: typeOf(node),
    linkCount: BigInt(names),
    size: BigInt(size),
    dataAccessTimestamp: datetime(times.access),
    dataModificationTimestamp: datetime(times.modification),
    statusChangeTimestamp: datetime(times.change),
  };
}

const hashOf = ({ ino }: Node) => ({ lower: ino, upper: DEVICE });

function newTime(value: unknown): NewTime {
  const { tag, val } = object(value);
  if (tag === "no-change") return "kept";
  if (tag === "now") return "now";
  const { seconds, nanoseconds } = object(val);
  return BigInt.asUintN(64, u64(seconds) * NS_PER_SECOND + BigInt(unsigned(nanoseconds, 32)));
}

/** What a descriptor was opened for. */
interface Mode {
  readonly read: boolean;
  readonly write: boolean;
  readonly mutateDirectory: boolean;
}

/** A listing under way. */
class DirectoryEntryStream extends Handle {
  private readonly node: DirectoryNode;
  private serial = 0;

  constructor(system: System, node: DirectoryNode) {
    super(system);
    this.node = node;
  }

  readDirectoryEntry(): unknown {
    return this.system.call(`${TYPES}#directory-entry-stream.read-directory-entry`, [this], () => {
      const { value } = this.node.entries.after(this.serial).next();
      if (value === undefined) return undefined;
      this.serial = value.serial;
      return { type: typeOf(value.node), name: value.name };
    });
  }
}

/** An open file or directory. */
class Descriptor extends Handle {
  private readonly node: FileNode | DirectoryNode;
  private readonly mode: Mode;

  constructor(system: System, node: FileNode | DirectoryNode, mode: Mode) {
    super(system);
    this.node = node;
    this.mode = mode;
    system.world.files.hold(node);
  }

  override drop(): void {
    this.system.world.files.release(this.node);
  }

  /** Answers a call; the world's refusals become `error-code`s. */
  private answer<T>(name: string, args: readonly unknown[], act: () => T): T {
    return this.system.call(`${TYPES}#descriptor.${name}`, [this, ...args], () => {
      try {
        return act();
      } catch (error) {
        throw error instanceof Problem ? new Failure(errorCode(error)) : error;
      }
    });
  }

  private get files() {
    return this.system.world.files;
  }

  private file(right: "read" | "write"): FileNode {
    if (this.node.kind !== "file") refuse("isdir");
    return this.mode[right] ? this.node : refuse("badf");
  }

  private directory(): DirectoryNode {
    return this.node.kind === "directory" ? this.node : refuse("notdir");
  }

  readViaStream(offset: unknown): InputStream {
    return this.answer("read-via-stream", [offset], () => {
      return new InputStream(this.system, fileSource(this.system, this.file("read"), u64(offset)));
    });
  }

  writeViaStream(offset: unknown): OutputStream {
    return this.answer("write-via-stream", [offset], () => {
      const node = this.file("write");
      let at = fitting(offset);
      return new OutputStream(this.system, (contents) => {
        this.files.write(node, at, contents);
        at += contents.length;
      });
    });
  }

  appendViaStream(): OutputStream {
    return this.answer("append-via-stream", [], () => {
      const node = this.file("write");
      return new OutputStream(this.system, (contents) => this.files.write(node, node.contents.size, contents));
    });
  }

  advise(offset: unknown, length: unknown, advice: unknown): void {
    this.answer("advise", [offset, length, advice], () => undefined);
  }

  syncData(): void {
    this.answer("sync-data", [], () => undefined);
  }

  sync(): void {
    this.answer("sync", [], () => undefined);
  }

  getFlags(): unknown {
    return this.answer("get-flags", [], () => ({ ...this.mode }));
  }

  getType(): string {
    return this.answer("get-type", [], () => typeOf(this.node));
  }

  setSize(size: unknown): void {
    this.answer("set-size", [size], () => this.files.resize(this.file("write"), fitting(size)));
  }

  setTimes(access: unknown, modification: unknown): void {
    const act = () => this.files.setTimes(this.node, newTime(access), newTime(modification));
    this.answer("set-times", [access, modification], act);
  }

  read(length: unknown, offset: unknown): [Uint8Array, boolean] {
    return this.answer("read", [length, offset], () => {
      const node = this.file("read");
      const wanted = u64(length);
      const most = wanted < BigInt(STREAM_BYTES) ? Number(wanted) : STREAM_BYTES;
      const begin = u64(offset);
      const size = BigInt(node.contents.size);
      const read = begin >= size ? new Uint8Array(0) : this.files.read(node, Number(begin), most);
      return [read, begin + BigInt(read.length) >= size];
    });
  }

  write(contents: unknown, offset: unknown): bigint {
    return this.answer("write", [contents, offset], () => {
      this.files.write(this.file("write"), fitting(offset), bytes(contents));
      return BigInt(bytes(contents).length);
    });
  }

  readDirectory(): DirectoryEntryStream {
    return this.answer("read-directory", [], () => new DirectoryEntryStream(this.system, this.directory()));
  }

  createDirectoryAt(at: unknown): void {
    this.answer("create-directory-at", [at], () => this.files.createDirectory(this.directory(), path(at)));
  }

  stat(): unknown {
    return this.answer("stat", [], () => statOf(this.node));
  }

  statAt(flags: unknown, at: unknown): unknown {
    return this.answer("stat-at", [flags, at], () => statOf(this.find(flags, at)));
  }

  setTimesAt(flags: unknown, at: unknown, access: unknown, modification: unknown): void {
    this.answer("set-times-at", [flags, at, access, modification], () => {
      this.files.setTimes(this.find(flags, at), newTime(access), newTime(modification));
    });
  }

  linkAt(flags: unknown, old: unknown, to: unknown, at: unknown): void {
    this.answer("link-at", [flags, old, to, at], () => {
      if (follows(flags)) refuse("inval");
      this.files.link(this.directory(), path(old), handle(to, Descriptor).directory(), path(at));
    });
  }

  openAt(flags: unknown, at: unknown, how: unknown, mode: unknown): Descriptor {
    return this.answer("open-at", [flags, at, how, mode], () => {
      const { create, directory, exclusive, truncate } = object(how);
      const { read, write, mutateDirectory } = object(mode);
      const opening = { follow: follows(flags), create: create === true, directory: directory === true };
      const more = { exclusive: exclusive === true, truncate: truncate === true, write: write === true };
      const node = this.files.open(this.directory(), path(at), { ...opening, ...more });
      const wanted = { read: read === true, write: write === true, mutateDirectory: mutateDirectory === true };
      return new Descriptor(this.system, node, wanted);
    });
  }

  readlinkAt(at: unknown): string {
    return this.answer("readlink-at", [at], () => this.files.readlink(this.directory(), path(at)));
  }

  removeDirectoryAt(at: unknown): void {
    this.answer("remove-directory-at", [at], () => this.files.removeDirectory(this.directory(), path(at)));
  }

  renameAt(old: unknown, to: unknown, at: unknown): void {
    this.answer("rename-at", [old, to, at], () => {
      this.files.rename(this.directory(), path(old), handle(to, Descriptor).directory(), path(at));
    });
  }

  symlinkAt(target: unknown, at: unknown): void {
    this.answer("symlink-at", [target, at], () => this.files.symlink(path(target), this.directory(), path(at)));
  }

  unlinkFileAt(at: unknown): void {
    this.answer("unlink-file-at", [at], () => this.files.unlink(this.directory(), path(at)));
  }

  isSameObject(other: unknown): boolean {
    return this.answer("is-same-object", [other], () => handle(other, Descriptor).node === this.node);
  }

  metadataHash(): unknown {
    return this.answer("metadata-hash", [], () => hashOf(this.node));
  }

  metadataHashAt(flags: unknown, at: unknown): unknown {
    return this.answer("metadata-hash-at", [flags, at], () => hashOf(this.find(flags, at)));
  }

  private find(flags: unknown, at: unknown): Node {
    return this.files.find(this.directory(), path(at), follows(flags));
  }
}

/** The interfaces of the package. */
export function filesystem(system: System) {
  const root = () =>
    new Descriptor(system, system.world.files.root, { read: true, write: false, mutateDirectory: true });
  return {
    "wasi:filesystem/preopens": {
      getDirectories: () => system.call("wasi:filesystem/preopens#get-directories", [], () => [[root(), "/"]]),
    },
    [TYPES]: {
      Descriptor,
      DirectoryEntryStream,
      filesystemErrorCode: (error: unknown) =>
        system.call(`${TYPES}#filesystem-error-code`, [error], () => handle(error, IoError).code),
    },
  };
}
