// Summarises a table: groups the rows of a CSV text by one column and gives count, sum, min, max and mean of every
// numeric column. Numbers are decimal fixed point in 64-bit integers, never floats, so that sums are exact: ten
// times 0.10 is 1.00, and the order of the rows doesn't matter.
import { CsvReader, quote } from "./csv";
import { Decimal, formatDecimal, fractionDigits, isDecimal, meanOf, parseDecimal } from "./decimal";

const DIRECTIVE = "#group-by ";

/** What is known of one numeric column in one group. */
class Summary {
  count: i64 = 0;
  sum: Decimal = 0;
  min: Decimal = i64.MAX_VALUE;
  max: Decimal = i64.MIN_VALUE;

  add(value: Decimal, line: i32): void {
    if (value > 0 ? this.sum > i64.MAX_VALUE - value : this.sum < i64.MIN_VALUE - value) {
      throw new Error("line " + line.toString() + ": the sum passes 9,223,372,036,854");
    }
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }
}

/** One group: how many rows it has, and a summary per column. */
class Group {
  rows: i64 = 0;
  summaries: Summary[];

  constructor(columns: i32) {
    this.summaries = new Array<Summary>(columns);
    for (let i = 0; i < columns; i++) this.summaries[i] = new Summary();
  }
}

/** A column is numeric when its first value is; a later value that isn't a number is then an error. */
class Column {
  known: bool = false;
  numeric: bool = false;
  digits: i32 = 0;

  constructor(public name: string) {}
}

/**
 * Takes a CSV text (RFC 4180, header first) and returns one with the columns
 * `<group>,rows,column,values,sum,min,max,mean`, sorted by group (by UTF-16 code units), then by the input's column
 * order. The first line may be `#group-by NAME`; without it the first column groups. Empty cells are left out. The
 * mean has two digits more than the column (six at most), ties rounded away from zero.
 */
export function aggregate(input: string): string {
  let text = input.startsWith("\uFEFF") ? input.substring(1) : input;
  let groupName = "";
  let line = 1;
  if (text.startsWith(DIRECTIVE)) {
    const end = text.indexOf("\n");
    groupName = text.substring(DIRECTIVE.length, end < 0 ? text.length : end).trim();
    text = end < 0 ? "" : text.substring(end + 1);
    line = 2;
  }
  const reader = new CsvReader(text, line);
  const columns = readHeader(reader);
  const groupIndex = groupName.length == 0 ? 0 : indexOfColumn(columns, groupName);
  const groups = new Map<string, Group>();
  while (reader.next()) addRow(reader, columns, groupIndex, groups);
  return report(columns, groupIndex, groups);
}

function readHeader(reader: CsvReader): Column[] {
  if (!reader.next()) throw new Error("line " + reader.line.toString() + ": the table has no header");
  const columns = new Array<Column>();
  for (let i = 0; i < reader.fields.length; i++) {
    const name = reader.fields[i];
    for (let j = 0; j < i; j++) {
      if (columns[j].name == name) {
        throw new Error("line " + reader.line.toString() + ': two columns are named "' + name + '"');
      }
    }
    columns.push(new Column(name));
  }
  return columns;
}

function indexOfColumn(columns: Column[], name: string): i32 {
  let names = "";
  for (let i = 0; i < columns.length; i++) {
    if (columns[i].name == name) return i;
    names += (i > 0 ? ", " : "") + columns[i].name;
  }
  throw new Error('line 1: there is no column "' + name + '" to group by; the columns are ' + names);
}

function addRow(reader: CsvReader, columns: Column[], groupIndex: i32, groups: Map<string, Group>): void {
  const fields = reader.fields;
  const line = reader.line;
  if (fields.length != columns.length) {
    const counts = fields.length.toString() + " fields, the header has " + columns.length.toString();
    throw new Error("line " + line.toString() + ": " + counts);
  }
  const key = fields[groupIndex];
  if (!groups.has(key)) groups.set(key, new Group(columns.length));
  const group = groups.get(key);
  group.rows++;
  for (let i = 0; i < columns.length; i++) {
    const value = fields[i].trim();
    const column = columns[i];
    if (i == groupIndex || value.length == 0) continue;
    if (!column.known) {
      column.known = true;
      column.numeric = isDecimal(value);
    }
    if (!column.numeric) continue;
    if (!isDecimal(value)) {
      throw new Error("line " + line.toString() + ', column "' + column.name + '": "' + value + '" is not a number');
    }
    const digits = fractionDigits(value);
    if (digits > column.digits) column.digits = digits;
    group.summaries[i].add(parseDecimal(value, line), line);
  }
}

function report(columns: Column[], groupIndex: i32, groups: Map<string, Group>): string {
  const lines = [quote(columns[groupIndex].name) + ",rows,column,values,sum,min,max,mean"];
  const keys = groups.keys().sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (let k = 0; k < keys.length; k++) {
    const group = groups.get(keys[k]);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i];
      const summary = group.summaries[i];
      if (!column.numeric || summary.count == 0) continue;
      lines.push(reportLine(keys[k], group, column, summary));
    }
  }
  return lines.join("\n") + "\n";
}

function reportLine(key: string, group: Group, column: Column, summary: Summary): string {
  const digits = column.digits;
  const meanDigits = min(digits + 2, 6);
  const cells = [
    quote(key),
    group.rows.toString(),
    quote(column.name),
    summary.count.toString(),
    formatDecimal(summary.sum, digits),
    formatDecimal(summary.min, digits),
    formatDecimal(summary.max, digits),
    formatDecimal(meanOf(summary.sum, summary.count, meanDigits), meanDigits),
  ];
  return cells.join(",");
}
