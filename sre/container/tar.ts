// Tar as it crosses a container's border: one spelling out of here, and a reader that takes only plain files and folders
// from in there. What a container sends is hostile: whatever it is, it comes out as sorted files below one folder, or as
// one sentence about what is wrong.

/** A file of an archive. Its folders are implied by its path. */
export interface TarFile {
  /** Relative, of segments with `/` between: no empty one, no `.`, no `..`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Whether it may be executed. */
  readonly executable: boolean;
}

/** How much of an archive is read. */
export interface TarLimits {
  /** Files and folders together. */
  readonly entries: number;
  /** Bytes of all files together. */
  readonly bytes: number;
  /**
   * Whether other people's tools made it: a symbolic link to a file of the same archive then counts as that file, and the
   * headers of POSIX's `pax` are read for paths. Default false: both are refused.
   */
  readonly foreign?: boolean;
}

/** Why bytes are no archive that is taken: a sentence's end, to be said after "it". */
export class TarRefused extends Error {}

const BLOCK = 512;
/** Bytes of a path: what the format's two name fields hold, and more than any path that people type. */
export const PATH_BYTES = 255;
const NAME_BYTES = 100;
/** Bytes of a header of POSIX's newer form: a few times, owners and one path. */
const PAX_BYTES = 4096;
const PREFIX_BYTES = 155;
/** Where the fields of a header begin, and how long they are. */
const FIELDS = {
  name: [0, NAME_BYTES],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, NAME_BYTES],
  magic: [257, 8],
  prefix: [345, PREFIX_BYTES],
} as const;
type Field = keyof typeof FIELDS;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Why a path can't stand in an archive, to be said after the path; null when it can. */
export function pathFault(path: string): string | null {
  if (path === "") return "is empty";
  if (encoder.encode(path).length > PATH_BYTES) return `has more than ${PATH_BYTES} bytes`;
  if (/\p{Cc}/u.test(path)) return "has control characters";
  const segments = path.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    return "is not a plain relative path";
  }
  return splitName(path) === null ? "has a segment that is too long for the format" : null;
}

/** Name and prefix of a path, or null where no slash parts it so that both fit. */
function splitName(path: string): { readonly name: Uint8Array; readonly prefix: Uint8Array } | null {
  const bytes = encoder.encode(path);
  if (bytes.length <= NAME_BYTES) return { name: bytes, prefix: new Uint8Array() };
  for (let at = bytes.length - NAME_BYTES - 1; at <= PREFIX_BYTES && at < bytes.length - 1; at++) {
    if (at > 0 && bytes[at] === 0x2f) return { name: bytes.subarray(at + 1), prefix: bytes.subarray(0, at) };
  }
  return null;
}

/** By UTF-16 units, which is the same everywhere. */
const byPath = (left: TarFile, right: TarFile): number =>
  left.path < right.path ? -1 : left.path > right.path ? 1 : 0;

/**
 * Writes an archive in its one spelling: ustar, sorted by path, owner 0, time 0, mode 0644 or 0755, no entries for
 * folders. Throws TarRefused for a path that the format can't hold or that is there twice.
 */
export function writeTar(files: readonly TarFile[]): Uint8Array {
  const sorted = [...files].sort(byPath);
  const size = sorted.reduce((sum, { bytes }) => sum + BLOCK + padded(bytes.length), 2 * BLOCK);
  const archive = new Uint8Array(size);
  let at = 0;
  let last: string | null = null;
  for (const { path, bytes, executable } of sorted) {
    const fault = path === last ? "is there twice" : pathFault(path);
    if (fault !== null) throw new TarRefused(`names "${path}", which ${fault}`);
    last = path;
    writeHeader(archive.subarray(at, at + BLOCK), path, bytes.length, executable);
    archive.set(bytes, at + BLOCK);
    at += BLOCK + padded(bytes.length);
  }
  return archive;
}

/** What comes before a file's bytes, as `writeTar` writes it, for archives that are sent piece by piece. The path must be plain. */
export function tarHeader(path: string, size: number): Uint8Array {
  const header = new Uint8Array(BLOCK);
  writeHeader(header, path, size, false);
  return header;
}

/** The zeros that follow a file of so many bytes. */
export const tarPadding = (size: number): Uint8Array => new Uint8Array(padded(size) - size);

/** What stands at an archive's end. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK);

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

function writeHeader(header: Uint8Array, path: string, size: number, executable: boolean): void {
  const put = (field: Field, bytes: Uint8Array) => header.set(bytes, FIELDS[field][0]);
  const octal = (field: Field, value: number) =>
    put(field, encoder.encode(value.toString(8).padStart(FIELDS[field][1] - 1, "0")));
  const { name, prefix } = splitName(path)!;
  put("name", name);
  put("prefix", prefix);
  octal("mode", executable ? 0o755 : 0o644);
  octal("uid", 0);
  octal("gid", 0);
  octal("size", size);
  octal("mtime", 0);
  put("type", encoder.encode("0"));
  put("magic", encoder.encode("ustar\0" + "00"));
  put("checksum", encoder.encode(`${checksumOf(header).toString(8).padStart(6, "0")}\u0000 `));
}

/** The sum of a header's bytes, with spaces where the sum itself stands. */
function checksumOf(header: Uint8Array): number {
  const [start, length] = FIELDS.checksum;
  let sum = 0x20 * length;
  for (let at = 0; at < BLOCK; at++) if (at < start || at >= start + length) sum += header[at]!;
  return sum;
}

/**
 * Reads an archive: its files sorted by path. Throws TarRefused for links, devices, paths that are not plain, what is
 * there twice, anything past the limits, and bytes that are no archive.
 */
export function readTar(archive: Uint8Array, limits: TarLimits): readonly TarFile[] {
  const files = new Map<string, TarFile>();
  let at = 0;
  let entries = 0;
  let bytes = 0;
  /** A path that the entry before gave, because the header's own fields are too short for it. */
  let longPath: string | null = null;
  const links = new Map<string, string>();
  const foreign = limits.foreign ?? false;
  while (at < archive.length) {
    if (archive.length - at < BLOCK) throw new TarRefused("ends in the middle of a header");
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return [...files.values(), ...followed(links, files)].sort(byPath);
    const { type, size, mode } = readHeader(header);
    const body = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (body.length < size) throw new TarRefused("ends in the middle of a file");
    at += BLOCK + padded(size);
    if (type === "L") {
      if (size > PATH_BYTES + 3) throw new TarRefused(`has a path of more than ${PATH_BYTES} bytes`);
      longPath = text(body);
      continue;
    }
    if (foreign && (type === "x" || type === "g")) {
      if (type === "x") longPath = paxPath(body) ?? longPath;
      continue;
    }
    const path = plain(longPath ?? nameIn(header));
    longPath = null;
    if (++entries > limits.entries) throw new TarRefused(`has more than ${limits.entries} entries`);
    if (type === "5") {
      if (path !== "") mustBePlain(path);
      continue;
    }
    if (foreign && type === "2") {
      mustBePlain(path);
      links.set(path, text(header.subarray(FIELDS.link[0], FIELDS.link[0] + FIELDS.link[1])));
      continue;
    }
    if (type !== "0") throw new TarRefused(`has "${path}", which is no plain file or folder (type ${type})`);
    mustBePlain(path);
    if (files.has(path)) throw new TarRefused(`has "${path}" twice`);
    bytes += size;
    if (bytes > limits.bytes) throw new TarRefused(`has more than ${limits.bytes} bytes of files`);
    files.set(path, { path, bytes: body, executable: (mode & 0o111) !== 0 });
  }
  throw new TarRefused("has no end");
}

/** The files that links lead to, under the links' names. */
function followed(links: ReadonlyMap<string, string>, files: ReadonlyMap<string, TarFile>): readonly TarFile[] {
  return [...links].map(([path, link]) => {
    const target: string[] = link.startsWith("/") ? [".."] : path.split("/").slice(0, -1);
    for (const segment of link.split("/")) {
      if (segment === ".." && target.length > 0 && target.at(-1) !== "..") target.pop();
      else if (segment !== "." && segment !== "") target.push(segment);
    }
    if (target[0] === "..") throw new TarRefused(`has the link "${path}", which leads out of it`);
    const file = files.get(target.join("/"));
    if (file === undefined) throw new TarRefused(`has the link "${path}", which leads to no file`);
    if (files.has(path)) throw new TarRefused(`has "${path}" twice`);
    return { ...file, path };
  });
}

/** The path in a pax header; null when it has none. A size there, which is for files over 8 GiB, is refused. */
function paxPath(body: Uint8Array): string | null {
  if (body.length > PAX_BYTES) throw new TarRefused(`has a header of more than ${PAX_BYTES} bytes`);
  const records = decoder.decode(body).split("\n");
  const of = (name: string) => records.map((record) => new RegExp(`^\\d+ ${name}=(.*)$`, "su").exec(record)?.[1]);
  if (of("size").some((value) => value !== undefined)) throw new TarRefused("has a file that is too large");
  return of("path").findLast((value) => value !== undefined) ?? null;
}

function mustBePlain(path: string): void {
  const fault = pathFault(path);
  if (fault !== null) throw new TarRefused(`names "${path.slice(0, PATH_BYTES)}", which ${fault}`);
}

/** A path without what `tar -C FOLDER .` puts around it: `./a/` → `a`, `./` → nothing. */
function plain(path: string): string {
  const bare = path.startsWith("./") ? path.slice(2) : path;
  if (bare === ".") return "";
  return bare.endsWith("/") ? bare.slice(0, -1) : bare;
}

interface Header {
  readonly type: string;
  readonly size: number;
  readonly mode: number;
}

function readHeader(header: Uint8Array): Header {
  const field = (name: Field) => header.subarray(FIELDS[name][0], FIELDS[name][0] + FIELDS[name][1]);
  if (octalIn(field("checksum")) !== checksumOf(header)) throw new TarRefused("has a header whose checksum is wrong");
  const type = field("type")[0]!;
  const plainFile = type === 0 || type === 0x30;
  return {
    type: plainFile ? "0" : String.fromCharCode(type >= 0x21 && type < 0x7f ? type : 0x3f),
    size: octalIn(field("size")),
    mode: octalIn(field("mode")),
  };
}

/** The number in a field of octal digits; whatever else stands there is refused, the binary form of large sizes too. */
function octalIn(field: Uint8Array): number {
  const digits = /^ *([0-7]+) *$/u.exec(String.fromCharCode(...field).replaceAll("\0", " "))?.[1];
  if (digits === undefined) throw new TarRefused("has a header with a number that can't be read");
  return Number.parseInt(digits, 8);
}

function nameIn(header: Uint8Array): string {
  const field = (name: Field) => text(header.subarray(FIELDS[name][0], FIELDS[name][0] + FIELDS[name][1]));
  // GNU's header has other things where the prefix is; its magic ends in two spaces.
  const prefix = header[FIELDS.magic[0] + 5] === 0 ? field("prefix") : "";
  return prefix === "" ? field("name") : `${prefix}/${field("name")}`;
}

/** Text up to the first NUL. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  try {
    return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
  } catch {
    throw new TarRefused("has a path that is not UTF-8");
  }
}
