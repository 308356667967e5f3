// Counts the lines, words and different words of a text, and lists the words that come most often.

const TOP = 20;

class Entry {
  constructor(
    public word: string,
    public count: i32,
  ) {}
}

/** Letters, digits, apostrophes and everything above ASCII but spaces and punctuation belong to words. */
function isWordUnit(code: i32): bool {
  if (code >= 0x61 && code <= 0x7a) return true;
  if (code >= 0x41 && code <= 0x5a) return true;
  if (code >= 0x30 && code <= 0x39) return true;
  if (code == 0x27 || code == 0x2019) return true;
  if (code >= 0x2000 && code <= 0x206f) return false;
  if (code >= 0x3000 && code <= 0x303f) return false;
  return code > 0xbf;
}

/** Drops apostrophes at both ends: they are quotation marks there. */
function withoutQuotes(word: string): string {
  let start = 0;
  let end = word.length;
  while (start < end && (word.charCodeAt(start) == 0x27 || word.charCodeAt(start) == 0x2019)) start++;
  while (end > start && (word.charCodeAt(end - 1) == 0x27 || word.charCodeAt(end - 1) == 0x2019)) end--;
  return word.substring(start, end);
}

/**
 * Takes a text and returns a report: `lines N`, `words N`, `different N`, an empty line, then up to 20 lines
 * `COUNT WORD`, most frequent first and equally frequent words in the order of their UTF-16 code units. Case doesn't
 * count.
 */
export function count(text: string): string {
  const counts = new Map<string, i32>();
  let lines = 0;
  let words = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0x0a;
    if (code == 0x0a && (i < text.length || (i > 0 && text.charCodeAt(i - 1) != 0x0a))) lines++;
    if (i < text.length && isWordUnit(code)) continue;
    const word = withoutQuotes(text.substring(start, i)).toLowerCase();
    start = i + 1;
    if (word.length == 0) continue;
    words++;
    counts.set(word, counts.has(word) ? counts.get(word) + 1 : 1);
  }
  return report(lines, words, counts);
}

function report(lines: i32, words: i32, counts: Map<string, i32>): string {
  const keys = counts.keys();
  const entries = new Array<Entry>();
  for (let i = 0; i < keys.length; i++) entries.push(new Entry(keys[i], counts.get(keys[i])));
  entries.sort((a, b) => (a.count != b.count ? b.count - a.count : a.word < b.word ? -1 : 1));
  let output = "lines " + lines.toString() + "\n";
  output += "words " + words.toString() + "\n";
  output += "different " + entries.length.toString() + "\n\n";
  for (let i = 0; i < entries.length && i < TOP; i++) {
    output += entries[i].count.toString() + " " + entries[i].word + "\n";
  }
  return output;
}
