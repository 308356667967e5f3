// Decimal numbers as 64-bit integers that count millionths. Integers behave the same everywhere and add up exactly.

/** A number in millionths: 1.5 is 1500000. */
export type Decimal = i64;

const PLACES: i32 = 6;
const INTEGER_DIGITS: i32 = 12;

function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

/** Whether a text is a number: an optional sign, digits, and optionally a point with digits after it. */
export function isDecimal(text: string): bool {
  let i = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
  const start = i;
  while (i < text.length && isDigit(text.charCodeAt(i))) i++;
  if (i == start) return false;
  if (i == text.length) return true;
  if (text.charCodeAt(i) != 0x2e || i + 1 == text.length) return false;
  for (i++; i < text.length; i++) if (!isDigit(text.charCodeAt(i))) return false;
  return true;
}

/** How many digits stand after the point. */
export function fractionDigits(text: string): i32 {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

/** Reads what `isDecimal` accepts; an error with the line number when it has too many digits. */
export function parseDecimal(text: string, line: i32): Decimal {
  const negative = text.startsWith("-");
  let value: i64 = 0;
  let integerDigits = 0;
  let places = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code == 0x2e) places = 0;
    if (!isDigit(code)) continue;
    if (places >= 0) places++;
    else if (value > 0 || code != 0x30) integerDigits++;
    if (integerDigits > INTEGER_DIGITS || places > PLACES) {
      throw new Error("line " + line.toString() + ': "' + text + '" has more than 12 digits before or 6 after the point');
    }
    value = value * 10 + (code - 0x30);
  }
  for (let i = max(places, 0); i < PLACES; i++) value *= 10;
  return negative ? -value : value;
}

function powerOfTen(exponent: i32): i64 {
  let power: i64 = 1;
  for (let i = 0; i < exponent; i++) power *= 10;
  return power;
}

/** Sum by count in millionths, rounded to some digits after the point, ties away from zero. */
export function meanOf(sum: Decimal, count: i64, digits: i32): Decimal {
  // Rounding the quotient to a coarser step in one division: rounding twice would round some ties wrongly.
  const step = powerOfTen(PLACES - digits);
  const divisor = count * step;
  const quotient = sum / divisor;
  const rest = sum % divisor;
  const magnitude = rest < 0 ? -rest : rest;
  const away: i64 = sum < 0 ? -1 : 1;
  return (quotient + (magnitude >= divisor - magnitude ? away : 0)) * step;
}

/** A number with exactly `digits` digits after the point. */
export function formatDecimal(value: Decimal, digits: i32): string {
  // As unsigned, so that the most negative integer has a magnitude too.
  const magnitude: u64 = value < 0 ? <u64>0 - <u64>value : <u64>value;
  const unit: u64 = 1000000;
  const whole = (value < 0 ? "-" : "") + (magnitude / unit).toString();
  if (digits == 0) return whole;
  const fraction = (magnitude % unit).toString().padStart(PLACES, "0");
  return whole + "." + fraction.substring(0, digits);
}
