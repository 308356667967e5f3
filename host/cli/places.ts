// Places that a JavaScript guest tells, as places of the source that its module was built from.
import { SourceMap } from "node:module";
import type { Places } from "../build/index.ts";

/** How stack traces name a place in a program. */
const PLACE = /\bmain\.js:(\d+)(?::(\d+))?/g;

/** A text with its places told as those of the source; as it is where nothing is known. */
export function inSource(text: string, places: Places | null): string {
  if (places === null) return text;
  const { file, map } = places;
  if (map === null) return text.replaceAll(PLACE, (place) => file + place.slice("main.js".length));
  const lines = new SourceMap(JSON.parse(map));
  return text.replaceAll(PLACE, (place, line: string, column = "1") => {
    const entry = lines.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalSource" in entry)) return place;
    return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}
