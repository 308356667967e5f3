// What a disk holds after a power cut, computed from the shim's record of every write and sync: what was synced is
// there; what was not may be there, or not, or in part. Files are taken to exist once they were made.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** One operation on a file, as the shim recorded it. */
export interface Operation {
  readonly kind: "W" | "A" | "S" | "T" | "U";
  /** The file's name without its folder. */
  readonly name: string;
  /** Where a write begins, or the length after a truncation. */
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Builds the shim; its path. */
export function buildShim(folder: string): string {
  const library = join(folder, "shim.so");
  const source = join(import.meta.dirname, "shim.c");
  const built = spawnSync("gcc", ["-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`gcc: ${built.stderr}`);
  return library;
}

/** Reads the shim's record. */
export function readOperations(file: string): Operation[] {
  const bytes = readFileSync(file);
  const operations: Operation[] = [];
  for (let at = 0; at < bytes.length; ) {
    const kind = String.fromCharCode(bytes[at]!) as Operation["kind"];
    const pathLength = bytes.readUInt16LE(at + 1);
    const offset = Number(bytes.readBigUInt64LE(at + 3));
    const length = bytes.readUInt32LE(at + 11);
    const path = bytes.toString("utf8", at + 15, at + 15 + pathLength);
    const from = at + 15 + pathLength;
    operations.push({ kind, name: basename(path), offset, data: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return operations;
}

/** A file as it grows: its bytes so far. */
class Image {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  apply({ kind, offset, data }: Operation): void {
    if (kind === "T") {
      if (offset < this.#length) this.#bytes.fill(0, offset, this.#length);
      this.#reserve(offset);
      this.#length = offset;
      return;
    }
    this.#reserve(offset + data.length);
    this.#bytes.set(data, offset);
    this.#length = Math.max(this.#length, offset + data.length);
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = new Uint8Array(length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** A disk's sector: what is written of a larger write before the power goes is a whole number of them. */
const SECTOR = 512;

/** How a power cut falls. */
export interface PowerCut {
  /** How many of a hundred writes that were not synced survive. */
  readonly survive: number;
  readonly random: (bound: number) => number;
}

/** A write of which only the first sectors reached the disk, now and then. */
function perhapsTorn(operation: Operation, random: (bound: number) => number): Operation {
  const sectors = Math.floor(operation.data.length / SECTOR);
  if (operation.kind !== "W" || sectors < 2 || random(5) !== 0) return operation;
  return { ...operation, data: operation.data.subarray(0, SECTOR * (1 + random(sectors - 1))) };
}

/** Writes into a fresh folder what a disk may hold when the power goes after these operations. */
export function afterPowerCut(operations: readonly Operation[], cut: PowerCut, folder: string): void {
  const images = new Map<string, Image>();
  const unsynced = new Map<string, Operation[]>();
  const imageOf = (name: string): Image => {
    const image = images.get(name) ?? new Image();
    images.set(name, image);
    return image;
  };
  for (const operation of operations) {
    const { kind, name } = operation;
    const waiting = unsynced.get(name) ?? [];
    if (kind === "S") {
      for (const write of waiting) imageOf(name).apply(write);
      unsynced.delete(name);
    } else if (kind === "U") {
      images.delete(name);
      unsynced.delete(name);
    } else {
      unsynced.set(name, [...waiting, operation]);
    }
  }
  for (const [name, writes] of unsynced) {
    for (const write of writes) {
      if (cut.random(100) < cut.survive) imageOf(name).apply(perhapsTorn(write, cut.random));
    }
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, image] of images) writeFileSync(join(folder, name), image.bytes);
}
