// What a command says and where: for people text on stdout; with --json exactly one JSON document on stdout. Notes,
// progress and errors always go to stderr, so that stdout can be piped.
import { isAbsolute, relative } from "node:path";
import { ERROR_TABLE, type ErrorData, type Json, LockstepError } from "../../chain/protocol/index.ts";

/** A path as short as it can be said from here: relative where that is below the current folder. */
export function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === "" || near.startsWith("..") || isAbsolute(near) ? path : near;
}

/** A command's voice. */
export class Output {
  readonly json: boolean;
  readonly #debug: boolean;

  /** Reads `--json` and `--debug` off the arguments, since errors of the parser itself must obey them too. */
  constructor(args: readonly string[]) {
    this.json = args.includes("--json");
    this.#debug = args.includes("--debug");
  }

  /** The command's result: `text` for people, `document` for programs. Said once, at the end. */
  result(text: string, document: Json): void {
    process.stdout.write(this.json ? `${JSON.stringify(document)}\n` : text === "" ? "" : `${text}\n`);
  }

  /** A line that belongs to the result for people and is not part of the JSON document. */
  line(text: string): void {
    if (!this.json) process.stdout.write(`${text}\n`);
  }

  /** Something worth knowing that is not the result. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** Progress on long work: one line that replaces itself, only where a person watches. */
  progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
  }

  /** Takes the progress line away. */
  progressDone(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
  }

  /** Tells an error and returns the exit status that belongs to it. */
  error(error: unknown): number {
    this.progressDone();
    const told = asLockstepError(error);
    if (this.json) {
      const { code, message, data } = told;
      process.stdout.write(`${JSON.stringify({ error: { code, message, data } })}\n`);
    } else {
      process.stderr.write(`lockstep: ${told.message} [${told.code}]\n`);
    }
    if (this.#debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return ERROR_TABLE[told.code].exit;
  }
}

function asLockstepError(error: unknown): LockstepError {
  if (error instanceof LockstepError) return error;
  const data: ErrorData = {};
  return new LockstepError(
    "INTERNAL",
    "something went wrong inside lockstep; run again with --debug and report it",
    data,
  );
}
