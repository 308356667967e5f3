// Every limit of building, named. Source is untrusted: a stranger's repository may be built to check a receipt.

import { IMAGE_BYTES } from "../../sre/container/index.ts";

/** Limits of source trees, of the compiler, and of the modules that come out or are taken as they are. */
export const BUILD_LIMITS = {
  /** Bytes of one source file: ten times the longest file that people write by hand. */
  fileBytes: 1024 * 1024,
  /** Bytes of all source files: the compiler needs about 50 bytes of memory per byte of source, so 400 MiB. */
  sourceBytes: 8 * 1024 * 1024,
  /** Source files of one project. */
  files: 1000,
  /** Files of installed packages that a program is put together of, and that are asked for: a dozen guesses for each. */
  installedFiles: 2000,
  installedVisits: 30_000,
  /** Files and folders looked at while the source files are searched: with nested folders, ten per source file. */
  visits: 10_000,
  /** Folders inside folders. */
  depth: 16,
  /** Characters of a path in a project: what systems take. */
  pathChars: 4096,
  /** Bytes of a project file. */
  projectBytes: 16 * 1024,
  /** Bytes of a manifest: 1024 entries of at most 128 characters, and 1 KiB around them, doubled. */
  manifestBytes: 264 * 1024,
  /** Bytes of an image's archive: its layers at their limit, and what lies around them. */
  archiveBytes: IMAGE_BYTES + 16 * 1024 * 1024,
  /** Files and folders of an image's archive: a few for each layer. */
  archiveEntries: 4096,
  /** Indexes that lead to an image, one inside the other; tools write one or two. */
  archiveIndexes: 4,
  /** Entries of a module. */
  entries: 1024,
  /** Bytes of a module: an interpreter with its library (Ruby, Python) is 20 to 30 MiB. */
  moduleBytes: 32 * 1024 * 1024,
  /** Milliseconds of wall clock for the compiler; a small project takes 1 to 3 s on a busy machine. */
  compileMs: 60_000,
  /** Milliseconds for a toolchain that is no part of the installation: Rust builds its standard library first. */
  toolchainMs: 600_000,
  /** MiB of the compiler's JavaScript heap; a small project needs 100, its back end lives outside the heap. */
  compilerHeapMiB: 1024,
  /** Compiler messages passed on; the rest is counted. */
  diagnostics: 20,
  /** Lines passed on of a toolchain's own text: about as many errors as `diagnostics`, three lines each. */
  messageLines: 60,
  /** Characters kept of a toolchain's own text while it runs. */
  messageChars: 64 * 1024,
  /** Bytes of an interpreter's library, unpacked: CPython's, zipped again, is 4 MiB. */
  libraryBytes: 64 * 1024 * 1024,
  /** Bytes of the stack that a linker lays out in a program's memory: what systems give a thread is 1 to 8 MiB. */
  stackBytes: 1024 * 1024,
  /** Characters of one compiler message. */
  diagnosticChars: 500,
} as const;
