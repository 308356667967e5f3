// The file system of one run: a root that the guest may write, in memory alone, with the files of the context in it,
// which nobody can change, and an empty /tmp. It is gone with the run. Specified in sre/SPEC.md, rules O1 to O5.
import type { Context, Digest } from "../../../chain/protocol/index.ts";
import { type Contents, Given, Scratch } from "./contents.ts";
import { WORLD_LIMITS } from "./limits.ts";
import { type DirectoryNode, Entries, type FileNode, type LinkNode, type Node, type Times } from "./nodes.ts";
import { type Place, resolve, utf8Size } from "./paths.ts";
import { refuse } from "./problem.ts";
import { type Charge, Space } from "./space.ts";

/** The directory for passing files that every guest finds. */
const TEMPORARY = "tmp";

/** How a file is opened. */
export interface Opening {
  /** Whether a symbolic link at the end of the path is followed. */
  readonly follow: boolean;
  /** Make a file if there is none. */
  readonly create: boolean;
  /** Refuse if there is one. */
  readonly exclusive: boolean;
  /** Refuse what is no directory. */
  readonly directory: boolean;
  /** Cut the file to nothing. */
  readonly truncate: boolean;
  /** Whether it is opened to be changed. */
  readonly write: boolean;
}

/** A time to be set: what it is, now, or as it was. */
export type NewTime = bigint | "now" | "kept";

/** The files of a run. */
export class FileTree {
  readonly root: DirectoryNode;
  private readonly charge: Charge;
  private readonly space: Space;
  private readonly now: () => bigint;
  private nodes = 0n;

  /** `now` is the logical time in nanoseconds; looking at it lets no time pass. */
  constructor(files: Context["files"], blobs: ReadonlyMap<Digest, Uint8Array>, now: () => bigint, charge: Charge) {
    this.charge = charge;
    this.now = now;
    this.space = new Space(charge);
    this.root = this.makeDirectory(null);
    this.root.parent = this.root;
    this.root.names = 1;
    for (const path of Object.keys(files).sort()) this.put(path, blobs.get(files[path]!.sha256)!);
    if (this.root.entries.get(TEMPORARY) === null) this.add(this.root, TEMPORARY, this.makeDirectory(this.root));
  }

  /** Opens what a path leads to; a symbolic link itself can't be opened (LOOP). */
  open(base: DirectoryNode, path: string, opening: Opening): FileNode | DirectoryNode {
    const { create, exclusive, directory, truncate, write } = opening;
    const place = this.resolve(base, path, opening.follow && !(create && exclusive));
    const { node } = place;
    if (node === null) {
      if (!create) refuse("noent");
      if (place.slash || directory) refuse(place.slash ? "isdir" : "inval");
      const made = this.makeFile(new Scratch(this.space));
      this.name(place, made);
      return made;
    }
    if (create && exclusive) refuse("exist");
    if (node.kind === "link") refuse("loop");
    if (node.kind === "directory") return write || truncate || create ? refuse("isdir") : node;
    if (directory || place.slash) refuse("notdir");
    if ((write || truncate) && !node.contents.writable) refuse("acces");
    if (truncate) this.resize(node, 0);
    return node;
  }

  /** What a path leads to. */
  find(base: DirectoryNode, path: string, follow: boolean): Node {
    const { node, slash } = this.resolve(base, path, follow);
    if (node === null) refuse("noent");
    return slash && node.kind !== "directory" ? refuse("notdir") : node;
  }

  /** Makes a directory. */
  createDirectory(base: DirectoryNode, path: string): void {
    const place = this.resolve(base, path, false);
    if (place.node !== null) refuse("exist");
    this.name(place, this.makeDirectory(place.parent));
  }

  /** Gives a file or link another name. */
  link(from: DirectoryNode, old: string, to: DirectoryNode, path: string): void {
    const node = this.find(from, old, false);
    if (node.kind === "directory") refuse("perm");
    const place = this.resolve(to, path, false);
    if (place.node !== null) refuse("exist");
    if (place.slash) refuse("noent");
    this.name(place, node);
  }

  /** Makes a symbolic link; the target need not be there, but can't be absolute (PERM). */
  symlink(target: string, base: DirectoryNode, path: string): void {
    if (target === "") refuse("noent");
    if (target.startsWith("/")) refuse("perm");
    const place = this.resolve(base, path, false);
    if (place.node !== null) refuse("exist");
    if (place.slash) refuse("noent");
    const size = utf8Size(target);
    this.space.take(size);
    try {
      this.name(place, { kind: "link", target, size, ...this.common() });
    } catch (error) {
      this.space.give(size);
      throw error;
    }
  }

  /** The target of a symbolic link; INVAL for anything else. */
  readlink(base: DirectoryNode, path: string): string {
    const node = this.find(base, path, false);
    return node.kind === "link" ? node.target : refuse("inval");
  }

  /** Takes a file's or link's name away. */
  unlink(base: DirectoryNode, path: string): void {
    const { parent, name, node, slash } = this.resolve(base, path, false);
    if (node === null) refuse("noent");
    if (node.kind === "directory") refuse("isdir");
    if (slash) refuse("notdir");
    this.remove(parent!, name, node);
  }

  /** Removes a directory that is empty; INVAL for one that is named by a dot alone. */
  removeDirectory(base: DirectoryNode, path: string): void {
    const { parent, name, node } = this.resolve(base, path, false);
    if (node === null) refuse("noent");
    if (node.kind !== "directory") refuse("notdir");
    if (parent === null) refuse("inval");
    if (node.entries.size > 0) refuse("notempty");
    this.remove(parent, name, node);
    node.parent = null;
  }

  /** Moves a name. What had the new name is replaced: a file by no directory, a directory only when it is empty. */
  rename(from: DirectoryNode, old: string, to: DirectoryNode, path: string): void {
    const source = this.resolve(from, old, false);
    const target = this.resolve(to, path, false);
    const { node } = source;
    if (node === null) refuse("noent");
    if (source.parent === null || target.parent === null) refuse("busy");
    const isDirectory = node.kind === "directory";
    if (!isDirectory && (source.slash || target.slash)) refuse("notdir");
    if (target.parent.parent === null) refuse("noent");
    if (isDirectory) this.refuseInside(node, target.parent);
    const replaced = target.node;
    if (replaced === node) return;
    if (replaced !== null) {
      if (replaced.kind === "directory") {
        if (!isDirectory) refuse("isdir");
        if (replaced.entries.size > 0) refuse("notempty");
      } else if (isDirectory) refuse("notdir");
      this.remove(target.parent, target.name, replaced);
      if (replaced.kind === "directory") replaced.parent = null;
    }
    source.parent.entries.remove(source.name);
    target.parent.entries.add(target.name, node);
    if (node.kind === "directory") node.parent = target.parent;
    this.touch(source.parent, target.parent);
    node.times.change = this.now();
  }

  /** Bytes of a file from `offset` on; a view that holds until the next change. */
  read(file: FileNode, offset: number, length: number): Uint8Array {
    file.times.access = this.now();
    return file.contents.read(offset, length);
  }

  /** Writes bytes at `offset`. */
  write(file: FileNode, offset: number, bytes: Uint8Array): void {
    file.contents.write(offset, bytes);
    this.touch(file);
  }

  /** Cuts or lengthens a file. */
  resize(file: FileNode, size: number): void {
    file.contents.resize(size);
    this.touch(file);
  }

  /** Sets times; ACCES for a file of the context. */
  setTimes(node: Node, access: NewTime, modification: NewTime): void {
    if (node.kind === "file" && !node.contents.writable) refuse("acces");
    const now = this.now();
    if (access !== "kept") node.times.access = access === "now" ? now : access;
    if (modification !== "kept") node.times.modification = modification === "now" ? now : modification;
    node.times.change = now;
  }

  /** Counts a descriptor that is open on a node. */
  hold(node: Node): void {
    node.opens++;
  }

  /** The descriptor is closed: what has no name any more gives its space back. */
  release(node: Node): void {
    node.opens--;
    this.discard(node);
  }

  private resolve(base: DirectoryNode, path: string, follow: boolean): Place {
    return resolve(base, path, follow, this.charge);
  }

  /** Puts a file of the context at its path below the root, which `contextRequest` has found to be plain. */
  private put(path: string, bytes: Uint8Array): void {
    const names = path.split("/");
    const last = names.pop()!;
    let directory = this.root;
    for (const name of names) {
      const found = directory.entries.get(name) ?? this.add(directory, name, this.makeDirectory(directory));
      directory = found as DirectoryNode;
    }
    this.add(directory, last, this.makeFile(new Given(bytes)));
  }

  private add<N extends Node>(directory: DirectoryNode, name: string, node: N): N {
    this.space.take(WORLD_LIMITS.entryBytes);
    directory.entries.add(name, node);
    node.names++;
    return node;
  }

  /** Gives a node a name of the guest's choice. */
  private name({ parent, name }: Place, node: Node): void {
    // The directory itself may have been removed while it was open.
    if (parent === null || parent.parent === null) refuse("noent");
    this.add(parent, name, node);
    this.touch(parent);
    node.times.change = this.now();
  }

  private remove(parent: DirectoryNode, name: string, node: Node): void {
    parent.entries.remove(name);
    this.space.give(WORLD_LIMITS.entryBytes);
    node.names--;
    node.times.change = this.now();
    this.touch(parent);
    this.discard(node);
  }

  private discard(node: Node): void {
    if (node.names > 0 || node.opens > 0) return;
    if (node.kind === "link") this.space.give(node.size);
    if (node.kind === "file" && node.contents.writable) node.contents.resize(0);
  }

  /** INVAL when a directory would come to lie in itself. Each step upwards has the price of 8 bytes. */
  private refuseInside(node: DirectoryNode, target: DirectoryNode): void {
    for (let at: DirectoryNode | null = target; at !== null; at = at.parent) {
      if (at === node) refuse("inval");
      if (at === this.root) return;
      this.charge(8);
    }
  }

  private touch(...nodes: Node[]): void {
    const now = this.now();
    for (const { times } of nodes) {
      times.modification = now;
      times.change = now;
    }
  }

  private common(): Pick<LinkNode, "ino" | "times" | "names" | "opens"> {
    const now = this.now();
    return {
      ino: ++this.nodes,
      times: { access: now, modification: now, change: now } satisfies Times,
      names: 0,
      opens: 0,
    };
  }

  private makeFile(contents: Contents): FileNode {
    return { kind: "file", contents, ...this.common() };
  }

  private makeDirectory(parent: DirectoryNode | null): DirectoryNode {
    return { kind: "directory", parent, entries: new Entries(), ...this.common() };
  }
}
