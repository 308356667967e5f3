// What values in JSON may measure at most, so that a text of a few megabytes can't become gigabytes of objects.

/** Limits of reading and writing. */
export const VALUE_LIMITS = {
  /** UTF-16 units of a text: a buffer of 48 MiB as base64. */
  chars: 64 * 1024 * 1024,
  /** Values of a text, each list, field and number counted; an array of a million numbers. At about 100 bytes, 100 MB. */
  values: 1024 * 1024,
  /** Levels of types and values within each other. */
  depth: 64,
} as const;
