// Limits of a guest's world. They are part of every ABI that stands on it (sre/SPEC.md, rules O1 to O9).

/** Limits of the file system of one run. */
export const WORLD_LIMITS = {
  /** Bytes of the scratch space: contents of files, targets of links, and `entryBytes` for each name. */
  scratchBytes: 64 * 1024 * 1024,
  /** Bytes that a name in a directory takes, whatever its length: with 64 MiB at most 131,072 names. */
  entryBytes: 512,
  /** Bytes of a path, and of the target of a symbolic link, as on Linux. */
  pathBytes: 4096,
  /** Bytes of one name in a path, as on Linux. */
  nameBytes: 255,
  /** Symbolic links that the resolution of one path follows, as on Linux. */
  links: 40,
} as const;
