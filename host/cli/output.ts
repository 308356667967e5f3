// What a command says and where: for people text on stdout; with --json exactly one JSON document on stdout. Notes,
// progress and errors always go to stderr, so that stdout can be piped. Both streams are given, never taken.
import { isAbsolute, relative } from "node:path";
import { ERROR_TABLE, type ErrorData, type Json, LockstepError } from "../../chain/protocol/index.ts";

/** A path as short as it can be said from here: relative where that is below the current folder. */
export function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === "" || near.startsWith("..") || isAbsolute(near) ? path : near;
}

/** Where a command speaks. `process` fits. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  /** `isTTY` where a person watches, who is shown progress. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** A command's voice. */
export class Output {
  readonly json: boolean;
  /** The stream of results, for those that are not text. */
  readonly stdout: NodeJS.WritableStream;
  readonly #stderr: Streams["stderr"];
  readonly #debug: boolean;
  /** Whether a progress line stands on the terminal. */
  #progress = false;
  /** Whether stdout has had its JSON document. */
  #said = false;

  /** Reads `--json` and `--debug` off the arguments, since errors of the parser itself must obey them too. */
  constructor(args: readonly string[], { stdout, stderr }: Streams) {
    this.stdout = stdout;
    this.#stderr = stderr;
    this.json = args.includes("--json");
    this.#debug = args.includes("--debug");
  }

  /** The command's result: `text` for people, `document` for programs. Said once, at the end. */
  result(text: string, document: Json): void {
    this.progressDone();
    if (this.json) this.#document(document);
    else if (text !== "") this.stdout.write(`${harmless(text)}\n`);
  }

  #document(document: Json): void {
    this.stdout.write(`${JSON.stringify(document)}\n`);
    this.#said = true;
  }

  /** A line that belongs to the result for people and is not part of the JSON document. */
  line(text: string): void {
    if (this.json) return;
    this.progressDone();
    this.stdout.write(`${harmless(text)}\n`);
  }

  /** Something worth knowing that is not the result: a line, or bytes as they are. */
  note(text: string | Uint8Array): void {
    this.progressDone();
    this.#stderr.write(typeof text === "string" ? `${harmless(text)}\n` : text);
  }

  /** Progress on long work: one line that replaces itself, only where a person watches. */
  progress(text: string): void {
    if (!this.#stderr.isTTY) return;
    this.#stderr.write(`\r\x1b[2K${text}`);
    this.#progress = true;
  }

  /** Takes the progress line away. */
  progressDone(): void {
    if (this.#progress) this.#stderr.write("\r\x1b[2K");
    this.#progress = false;
  }

  /** Tells an error and returns the exit status that belongs to it. */
  error(error: unknown): number {
    this.progressDone();
    const told = asLockstepError(error);
    const { code, message, data } = told;
    if (this.json && !this.#said) this.#document({ error: { code, message, data: { ...data } } });
    else this.#stderr.write(`lockstep: ${harmless(message)} [${code}]\n`);
    if (this.#debug && error instanceof Error) this.#stderr.write(`${error.stack}\n`);
    return ERROR_TABLE[told.code].exit;
  }
}

/** Text that may come from a node or a file, without the characters that steer a terminal or turn the reading around. */
function harmless(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, "\u{fffd}");
}

/** Text that can't pass for more lines than one: the next line would look as if it were ours. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
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
