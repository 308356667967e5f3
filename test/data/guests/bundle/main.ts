// What is bundled: years in Roman numerals.
import { Style, roman, unused } from "./roman.ts";
import years from "./years.json";

export const answer = (style: Style = Style.Upper): string[] => years.map((year: number) => roman(year, style));
export type { Style };
void unused;
