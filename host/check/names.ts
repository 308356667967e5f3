// Names of functions as people know them. What compilers of C++ and Rust make of plain paths is undone; what has more in it
// stays as the module says.

/** Characters of a name that are shown. */
const SHOWN_CHARS = 80;
/** The piece by which Rust tells apart what has the same path. */
const RUST_HASH = /^h[0-9a-f]{16}$/;
/** Signs in Rust's names, as its compiler spells them. */
const RUST_SIGNS: Readonly<Record<string, string>> = {
  ...{ LT: "<", GT: ">", LP: "(", RP: ")", RF: "&", BP: "*", C: ",", u20: " ", u27: "'", u5b: "[", u5d: "]", u7b: "{" },
  ...{ u7d: "}", u7e: "~", u3b: ";", u2b: "+", u22: '"', SP: "@" },
};

/** A name as it is shown: no longer than a line bears, and nothing in it that would be read as something else. */
export function shownName(name: string): string {
  const plain = pathOf(name) ?? name;
  const clean = plain.replace(/[^\x20-\x7e]/gu, "\ufffd").replaceAll(";", ":");
  return clean.length <= SHOWN_CHARS ? clean : `${clean.slice(0, SHOWN_CHARS - 1)}…`;
}

/** The path in a name such as `_ZN3foo3barEv`; null where there is another or none. */
function pathOf(name: string): string | null {
  if (!name.startsWith("_ZN")) return null;
  const parts: string[] = [];
  let at = 3;
  for (;;) {
    const digits = /^[1-9][0-9]{0,4}/.exec(name.slice(at, at + 5))?.[0];
    if (digits === undefined) break;
    at += digits.length;
    const part = name.slice(at, at + Number(digits));
    if (part.length < Number(digits)) return null;
    parts.push(part);
    at += part.length;
  }
  if (name[at] !== "E" || parts.length === 0) return null;
  if (RUST_HASH.test(parts.at(-1)!)) parts.pop();
  return parts.map(plainPart).join("::");
}

function plainPart(part: string): string {
  const signs = part.replace(/\$([A-Z]{1,2}|u[0-9a-f]{2})\$/g, (whole, sign: string) => RUST_SIGNS[sign] ?? whole);
  return signs.replace(/^_(?=<)/, "").replaceAll("..", "::");
}
