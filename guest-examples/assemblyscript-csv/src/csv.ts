// Reads and writes CSV by RFC 4180: fields in quotes may hold commas, line ends and doubled quotes; lines end with
// LF or CRLF. Errors name the line, counted as an editor counts.

const QUOTE: i32 = 0x22;
const COMMA: i32 = 0x2c;
const LF: i32 = 0x0a;
const CR: i32 = 0x0d;

/** Goes through a CSV text record by record. */
export class CsvReader {
  /** The current record. */
  fields: string[] = [];
  /** The line on which the current record begins. */
  line: i32;
  private position: i32 = 0;
  private nextLine: i32;

  constructor(
    private text: string,
    firstLine: i32,
  ) {
    this.line = firstLine;
    this.nextLine = firstLine;
  }

  /** Reads the next record into `fields`, skipping empty lines; false at the end of the text. */
  next(): bool {
    this.skipEmptyLines();
    this.line = this.nextLine;
    if (this.position >= this.text.length) return false;
    this.fields = [];
    while (true) {
      this.fields.push(this.at(this.position) == QUOTE ? this.quoted() : this.plain());
      if (this.at(this.position) != COMMA) break;
      this.position++;
    }
    this.endOfLine();
    return true;
  }

  /** The code unit at a position, -1 past the end. */
  private at(position: i32): i32 {
    return position < this.text.length ? this.text.charCodeAt(position) : -1;
  }

  private skipEmptyLines(): void {
    while (this.at(this.position) == LF || (this.at(this.position) == CR && this.at(this.position + 1) == LF)) {
      this.endOfLine();
    }
  }

  private endOfLine(): void {
    if (this.at(this.position) == CR && this.at(this.position + 1) == LF) this.position++;
    const code = this.at(this.position);
    if (code != LF && code != -1) this.fail(this.nextLine, "text after a closing quote, or a lone carriage return");
    this.position++;
    this.nextLine++;
  }

  private plain(): string {
    const start = this.position;
    let code = this.at(this.position);
    while (code != -1 && code != COMMA && code != LF && code != CR) {
      if (code == QUOTE) this.fail(this.nextLine, "a quote inside a field that does not begin with one");
      code = this.at(++this.position);
    }
    return this.text.substring(start, this.position);
  }

  private quoted(): string {
    const opened = this.nextLine;
    let value = "";
    let start = ++this.position;
    while (true) {
      const code = this.at(this.position);
      if (code == -1) this.fail(opened, "a quote is opened and never closed");
      if (code == LF) this.nextLine++;
      if (code == QUOTE) {
        value += this.text.substring(start, this.position);
        if (this.at(this.position + 1) != QUOTE) break;
        start = ++this.position;
      }
      this.position++;
    }
    this.position++;
    return value;
  }

  private fail(line: i32, what: string): void {
    throw new Error("line " + line.toString() + ": " + what);
  }
}

/** A field as CSV, in quotes only when it needs them. */
export function quote(field: string): string {
  const plain = !field.includes(",") && !field.includes('"') && !field.includes("\n") && !field.includes("\r");
  return plain ? field : '"' + field.replaceAll('"', '""') + '"';
}
