// A path as one word of a command that a person may copy into a shell.

/** The text as it is when no shell minds it, else in single quotes. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
