// The tokens of a JSON text (RFC 8259), read once from front to back by whoever knows what should come. The text is a
// hostile's: no token costs more than its length, nothing is built that was not asked for.
import { ValueError } from "./error.ts";
import { VALUE_LIMITS } from "./limits.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
/** What may not stand in a string as it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNUSUAL = /[\\\u0000-\u001f]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
/** How a value's first character tells what it is. */
const STARTS: Readonly<Record<string, string>> = {
  '"': "a string",
  "{": "an object",
  "[": "an array",
  t: "true",
  f: "false",
  n: "null",
};

/** A text and how far it was read. `path` is where the reader stands, for messages. */
export class Scanner {
  readonly path: (string | number)[] = [];
  readonly #text: string;
  #at = 0;
  /** Where the token begins that was passed last. */
  #last = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.length > VALUE_LIMITS.chars) {
      throw new ValueError(
        "limit",
        [],
        `the text has ${text.length} characters; at most ${VALUE_LIMITS.chars} are read`,
      );
    }
    this.#skipSpace();
  }

  /** Refuses what comes; or, where it is said what was found, what was passed last. */
  refuse(expected: string, found?: string): never {
    if (found === undefined) this.#last = this.#at;
    throw this.error("malformed", `expected ${expected}, found ${found ?? this.#found()}`);
  }

  /** An error about what was passed last. */
  error(kind: ValueError["kind"], what: string): ValueError {
    return new ValueError(kind, this.path, `${what} (character ${this.#last + 1})`);
  }

  #found(): string {
    const first = this.#text[this.#at];
    if (first === undefined) return "the end of the text";
    const number = this.#number();
    if (number !== null) return `the number ${number.length > 40 ? `${number.slice(0, 40)}…` : number}`;
    return STARTS[first] ?? `the character ${JSON.stringify(String.fromCodePoint(this.#text.codePointAt(this.#at)!))}`;
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }

  /** The character that comes next; empty at the end. */
  get next(): string {
    return this.#text.charAt(this.#at);
  }

  /** Goes past a character or word, if it comes next. */
  passes(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#last = this.#at;
    this.#at += word.length;
    this.#skipSpace();
    return true;
  }

  /** Goes past a character that has to come. */
  needs(character: string, expected: string): void {
    if (!this.passes(character)) this.refuse(expected);
  }

  #number(): string | null {
    NUMBER.lastIndex = this.#at;
    return NUMBER.exec(this.#text)?.[0] ?? null;
  }

  /** The spelling of a number; null when none comes. */
  number(): string | null {
    const spelled = this.#number();
    if (spelled === null) return null;
    this.#last = this.#at;
    this.#at += spelled.length;
    // `1.`, `01` and the like are no numbers that end here.
    if (/[0-9A-Za-z.+-]/.test(this.next)) throw this.error("malformed", "a number is spelled in a way that JSON lacks");
    this.#skipSpace();
    return spelled;
  }

  /** The text of a string; null when none comes. */
  string(): string | null {
    if (this.next !== '"') return null;
    this.#last = this.#at;
    const end = this.#text.indexOf('"', this.#at + 1);
    const plain = end < 0 ? "" : this.#text.slice(this.#at + 1, end);
    let value = plain;
    if (end < 0 || UNUSUAL.test(plain)) value = this.#escaped();
    else this.#at = end + 1;
    if (!value.isWellFormed()) throw this.error("malformed", "a string has half of a surrogate pair");
    this.#skipSpace();
    return value;
  }

  /** A string with escapes, piece by piece. */
  #escaped(): string {
    let value = "";
    let from = ++this.#at;
    for (; ; this.#at++) {
      const unit = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(unit)) throw this.error("malformed", "a string has no end");
      if (unit < 0x20) throw this.error("malformed", "a string has a control character that is not escaped");
      if (unit !== QUOTE && unit !== BACKSLASH) continue;
      value += this.#text.slice(from, this.#at);
      this.#at++;
      if (unit === QUOTE) return value;
      value += this.#escape();
      from = this.#at + 1;
    }
  }

  /** What stands behind a backslash; stops at its last character. */
  #escape(): string {
    const letter = this.#text.charAt(this.#at);
    if (letter !== "u") return ESCAPES[letter] ?? this.#badEscape();
    const digits = this.#text.slice(this.#at + 1, this.#at + 5);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) this.#badEscape();
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #badEscape(): never {
    throw this.error("malformed", "a string has an escape that JSON lacks");
  }

  /** Refuses anything but the end. */
  end(): void {
    if (this.#at < this.#text.length) this.refuse("nothing more");
  }
}
