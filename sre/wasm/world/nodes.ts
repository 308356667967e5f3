// What a file system is made of: files, directories, symbolic links. Directories keep the order in which names came to
// them, which is the order of their listing, so that it is the same everywhere and holds while names come and go.
import type { Contents } from "./contents.ts";

/** When a node was last read, written and changed: nanoseconds since 1970 by the logical clock, modulo 2^64. */
export interface Times {
  access: bigint;
  modification: bigint;
  change: bigint;
}

interface Common {
  /** Counts the nodes of a run from 1, which is the root. */
  readonly ino: bigint;
  readonly times: Times;
  /** Names that it has. */
  names: number;
  /** Descriptors that are open on it. */
  opens: number;
}

/** A file. */
export interface FileNode extends Common {
  readonly kind: "file";
  readonly contents: Contents;
}

/** A symbolic link. */
export interface LinkNode extends Common {
  readonly kind: "link";
  readonly target: string;
  /** Bytes of the target in UTF-8. */
  readonly size: number;
}

/** A directory. */
export interface DirectoryNode extends Common {
  readonly kind: "directory";
  /** The directory that it lies in; its own for the root. Null once it is removed. */
  parent: DirectoryNode | null;
  readonly entries: Entries;
}

/** Anything that has a name. */
export type Node = FileNode | DirectoryNode | LinkNode;

/** A name in a directory. */
export interface Entry {
  /** Rises from name to name; a listing can be taken up behind it. */
  readonly serial: number;
  readonly name: string;
  /** Null once the name is gone. */
  node: Node | null;
  /** Of a name that is gone: so many places from here on are, as far as is known. */
  gone: number;
}

/** The names in a directory. */
export class Entries {
  private readonly byName = new Map<string, Entry>();
  /** In the order of serials; names that are gone stay until there are too many of them. */
  private listed: Entry[] = [];
  private last = 0;

  get size(): number {
    return this.byName.size;
  }

  /** The node of that name. */
  get(name: string): Node | null {
    return this.byName.get(name)?.node ?? null;
  }

  /** Gives a node a name that is free. */
  add(name: string, node: Node): void {
    const entry = { serial: ++this.last, name, node, gone: 1 };
    this.byName.set(name, entry);
    this.listed.push(entry);
  }

  /** Takes a name away that is there. */
  remove(name: string): void {
    this.byName.get(name)!.node = null;
    this.byName.delete(name);
    if (this.listed.length > 64 + (9 / 8) * this.byName.size) {
      this.listed = this.listed.filter(({ node }) => node !== null);
    }
  }

  /** The names behind a serial, in order. */
  *after(serial: number): Generator<Entry & { readonly node: Node }> {
    for (let at = this.live(this.find(serial)); at < this.listed.length; at = this.live(at + 1)) {
      yield this.listed[at] as Entry & { readonly node: Node };
    }
  }

  /** The first place from `start` on whose name is not gone; the walk over those that are is made once. */
  private live(start: number): number {
    const { listed } = this;
    let end = start;
    while (end < listed.length && listed[end]!.node === null) end += listed[end]!.gone;
    for (let at = start; at < end; ) {
      const entry = listed[at]!;
      const rest = end - at;
      at += entry.gone;
      entry.gone = rest;
    }
    return end;
  }

  /** Where the names behind a serial begin. */
  private find(serial: number): number {
    let [low, high] = [0, this.listed.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.listed[middle]!.serial <= serial) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
