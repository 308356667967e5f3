// Roman numerals, in what is left to a bundler: types, an enumeration, a field of its own, something unused.
export enum Style {
  Upper,
  Lower,
}

class Numerals {
  readonly #steps = Object.entries({ M: 1000, CM: 900, D: 500, CD: 400, C: 100, XC: 90, L: 50, XL: 40, X: 10, IX: 9, V: 5, IV: 4, I: 1 });

  of(n: number): string {
    let left = n;
    return this.#steps.map(([sign, value]) => sign.repeat(Math.floor(left / value) + 0 * (left %= value))).join("");
  }
}

export function roman<N extends number>(n: N, style: Style): string {
  const text = new Numerals().of(n satisfies number);
  return style === Style.Lower ? text.toLowerCase() : text;
}

export const unused = /* @__PURE__ */ (() => "shaken off")();
