// The numbers by which a guest holds what it has opened, with the rights of each. Specified in sre/SPEC.md, rules W5
// and W6.
import { type DirectoryNode, type FileNode, refuse, type World } from "../../world/index.ts";
import { WASI_LIMITS } from "./limits.ts";
import { ALL_RIGHTS, DIRECTORY_RIGHTS, type Right, rights, STREAM_RIGHTS } from "./numbers.ts";

interface Common {
  flags: number;
  /** What it may be used for, and what may be opened through it. */
  base: bigint;
  inheriting: bigint;
}

/** A file, and where in it the next read or write is. */
export interface FileDescriptor extends Common {
  readonly kind: "file";
  readonly node: FileNode;
  offset: bigint;
}

/** A directory. Preopened is the one that every run begins with. */
export interface DirectoryDescriptor extends Common {
  readonly kind: "directory";
  readonly node: DirectoryNode;
  readonly preopened: boolean;
}

/** Input, output or logs. */
export interface StreamDescriptor extends Common {
  readonly kind: "stream";
  readonly stream: "input" | "output" | "logs";
}

/** Anything that is open. */
export type Descriptor = FileDescriptor | DirectoryDescriptor | StreamDescriptor;

const stream = (name: StreamDescriptor["stream"]): StreamDescriptor => ({
  kind: "stream",
  stream: name,
  flags: 0,
  base: name === "input" ? STREAM_RIGHTS.read : STREAM_RIGHTS.write,
  inheriting: 0n,
});

/** The open descriptors of a run: 0 to 2 are input, output and logs, 3 is the root. */
export class Descriptors {
  private readonly open: (Descriptor | null)[];
  private readonly world: World;
  /** No number below it is free. */
  private free = 4;

  constructor(world: World) {
    this.world = world;
    const root = { kind: "directory", node: world.files.root, preopened: true } as const;
    world.files.hold(root.node);
    this.open = [
      ...[stream("input"), stream("output"), stream("logs")],
      { ...root, flags: 0, base: DIRECTORY_RIGHTS, inheriting: ALL_RIGHTS },
    ];
  }

  /** What has that number; BADF when nothing has. */
  get(number: number): Descriptor {
    return this.open[number] ?? refuse("badf");
  }

  /** A descriptor with a right; NOTCAPABLE without. */
  able<D extends Descriptor>(descriptor: D, right: Right): D {
    return (descriptor.base & rights(right)) === 0n ? refuse("notcapable") : descriptor;
  }

  /** A directory with a right; NOTDIR for anything else. */
  directory(number: number, right: Right): DirectoryDescriptor {
    const descriptor = this.get(number);
    return descriptor.kind === "directory" ? this.able(descriptor, right) : refuse("notdir");
  }

  /** A file with a right; ISDIR for a directory, SPIPE for a stream. */
  file(number: number, right: Right): FileDescriptor {
    const descriptor = this.get(number);
    if (descriptor.kind === "directory") refuse("isdir");
    return descriptor.kind === "stream" ? refuse("spipe") : this.able(descriptor, right);
  }

  /** What bytes may flow through in a direction; ISDIR for a directory, BADF when it is open for the other one only. */
  flow(number: number, right: "fd_read" | "fd_write"): FileDescriptor | StreamDescriptor {
    const descriptor = this.get(number);
    if (descriptor.kind === "directory") refuse("isdir");
    return (descriptor.base & rights(right)) === 0n ? refuse("badf") : descriptor;
  }

  /** Gives a descriptor the lowest number that is free; MFILE when too many are open. */
  add(descriptor: Descriptor): number {
    while (this.open[this.free] != null) this.free++;
    if (this.free >= WASI_LIMITS.descriptors) refuse("mfile");
    if (descriptor.kind !== "stream") this.world.files.hold(descriptor.node);
    this.open[this.free] = descriptor;
    return this.free++;
  }

  /** Closes a descriptor. */
  close(number: number): void {
    const descriptor = this.get(number);
    this.open[number] = null;
    this.free = Math.min(this.free, number);
    if (descriptor.kind !== "stream") this.world.files.release(descriptor.node);
  }

  /** Moves a descriptor to the number of another, which is closed. */
  renumber(from: number, to: number): void {
    const descriptor = this.get(from);
    this.get(to);
    if (from === to) return;
    if (descriptor.kind !== "stream") this.world.files.hold(descriptor.node);
    this.close(to);
    this.open[to] = descriptor;
    this.close(from);
  }
}
