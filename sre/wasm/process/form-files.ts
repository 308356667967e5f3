// Rewritten modules on disk: one file per form, written beside and renamed, its digest inside and checked when it is
// read. A file that is anything else than what was written is dropped and made anew; a disk that fails costs time alone.
// Several processes may use one folder. It keeps nothing that must not be lost and trusts whoever can write to it no
// less than the program's own files beside it.
import { createHash, randomBytes } from "node:crypto";
import { constants, readdirSync, readFileSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FORM_BYTES, isForm } from "../form.ts";

/** Bounds of a folder of forms. */
export const FOLDER_LIMITS = {
  /** Bytes of all files: some hundreds of ordinary modules. */
  bytes: 512 * 1024 * 1024,
  /** Writings after which the folder is looked through though it seems small: other processes write too. */
  writings: 64,
  /** Milliseconds after which a file that was never renamed belongs to nobody. */
  unfinishedMs: 3_600_000,
} as const;

/** The folder of all SREs. */
const SRE = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const MAGIC = Buffer.from("lockstep-form-1\n");
const HEAD_BYTES = MAGIC.length + 32;
const SUFFIX = ".form";
/** Names that we give, finished or not. The folder may hold somebody else's files: they are not ours to count or drop. */
const OURS = /^[0-9a-f]{64}\.form(\.[0-9a-f]{16})?$/;

interface Found {
  readonly path: string;
  readonly size: number;
  readonly used: number;
}

/** A folder of forms. */
export class FormFiles {
  private readonly folder: string;
  private readonly most: number;
  private readonly code = digestOfCode();
  /** Bytes that the folder is believed to hold; null before the first look. */
  private total: number | null = null;
  private writings = 0;

  /** Uses a folder, made when it is first written to, up to so many bytes. */
  constructor(folder: string, most: number = FOLDER_LIMITS.bytes) {
    this.folder = folder;
    this.most = most;
  }

  /** The form of that key; null when it is not there, or is damaged and now gone. */
  async read(key: string): Promise<Uint8Array | null> {
    const name = this.nameOf(key);
    const path = join(this.folder, name);
    let file: FileHandle | null = null;
    try {
      // A link would lead somewhere else, and a pipe would never end.
      file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const found = await file.stat();
      const bytes = found.isFile() && found.size <= HEAD_BYTES + FORM_BYTES ? await file.readFile() : null;
      const form = bytes === null ? null : opened(name, bytes);
      if (form === null) await unlink(path);
      else await utimes(path, new Date(), new Date());
      return form;
    } catch {
      return null;
    } finally {
      await file?.close();
    }
  }

  /** Keeps a form. Never rejects: a form that can't be kept is made again. */
  async write(key: string, form: Uint8Array): Promise<void> {
    const name = this.nameOf(key);
    const unfinished = join(this.folder, `${name}.${randomBytes(8).toString("hex")}`);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const file = await open(unfinished, "wx", 0o600);
      try {
        await file.writeFile(Buffer.concat([MAGIC, digestOf(name, form), form]));
      } finally {
        await file.close();
      }
      await rename(unfinished, join(this.folder, name));
      await this.bound(form.length + HEAD_BYTES);
    } catch {
      await unlink(unfinished).catch(() => {});
    }
  }

  /** The name depends on everything that the form depends on, our own code included: profiles may still change. */
  private nameOf(key: string): string {
    return createHash("sha256").update(`${this.code} ${key}`).digest("hex") + SUFFIX;
  }

  private async bound(added: number): Promise<void> {
    this.writings++;
    if (this.total !== null && this.total + added <= this.most && this.writings % FOLDER_LIMITS.writings !== 0) {
      this.total += added;
      return;
    }
    const files = await this.list();
    this.total = files.reduce((sum, file) => sum + file.size, 0);
    if (this.total <= this.most) return;
    // The least recently used go, down to three quarters, so that not each writing has to look.
    for (const file of files.sort((left, right) => left.used - right.used)) {
      if (this.total <= this.most * 0.75) break;
      await unlink(file.path).catch(() => {});
      this.total -= file.size;
    }
  }

  private async list(): Promise<Found[]> {
    const files: Found[] = [];
    for (const name of await readdir(this.folder)) {
      if (!OURS.test(name)) continue;
      const path = join(this.folder, name);
      const found = await stat(path).catch(() => null);
      if (found === null || !found.isFile()) continue;
      const forgotten = !name.endsWith(SUFFIX) && Date.now() - found.mtimeMs > FOLDER_LIMITS.unfinishedMs;
      if (forgotten) await unlink(path).catch(() => {});
      else files.push({ path, size: found.size, used: found.mtimeMs });
    }
    return files;
  }
}

/** What lies in a file of that name; null when it is not what was written there. */
function opened(name: string, bytes: Buffer): Uint8Array | null {
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const form = new Uint8Array(bytes.buffer, bytes.byteOffset + HEAD_BYTES, bytes.length - HEAD_BYTES);
  const same = digestOf(name, form).equals(bytes.subarray(MAGIC.length, HEAD_BYTES));
  return same && isForm(form) ? form : null;
}

/** The name goes in, so that a file put in another's place is noticed. */
function digestOf(name: string, form: Uint8Array): Buffer {
  return createHash("sha256").update(`${name}\n`).update(form).digest();
}

/** A digest over the SREs' code: what another version of it made is not taken for its own. */
function digestOfCode(): string {
  const digest = createHash("sha256");
  const names = readdirSync(SRE, { recursive: true, encoding: "utf8" }).filter((name) => /\.(ts|js)$/.test(name));
  for (const name of names.sort()) digest.update(`${name}\n`).update(readFileSync(join(SRE, name)));
  return digest.digest("hex");
}
