// Block times for people, in UTC. The pure rooms have no Date, and need none: the calendar is arithmetic.
import type { BlockTime } from "./units.ts";

const DAY_MS = 86_400_000n;

const pad = (value: bigint, digits: number): string => String(value).padStart(digits, "0");

/**
 * Year, month and day of a day counted from 1970-01-01, by the proleptic Gregorian calendar. Years are counted from
 * March, so that the leap day is a year's last and the months' lengths follow one line (Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms").
 */
function civil(day: bigint): { year: bigint; month: bigint; day: bigint } {
  const shifted = day + 719_468n;
  const era = shifted / 146_097n;
  const dayOfEra = shifted % 146_097n;
  const yearOfEra = (dayOfEra - dayOfEra / 1460n + dayOfEra / 36_524n - dayOfEra / 146_096n) / 365n;
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  const marchMonth = (5n * dayOfYear + 2n) / 153n;
  const month = marchMonth < 10n ? marchMonth + 3n : marchMonth - 9n;
  return {
    year: yearOfEra + era * 400n + (month <= 2n ? 1n : 0n),
    month,
    day: dayOfYear - (153n * marchMonth + 2n) / 5n + 1n,
  };
}

/** A block time in the form of RFC 3339, such as `2026-11-24T22:46:27.824Z`; longer years have more digits. */
export function isoTime(time: BlockTime): string {
  const { year, month, day } = civil(time / DAY_MS);
  const ms = time % DAY_MS;
  const clock = `${pad(ms / 3_600_000n, 2)}:${pad((ms / 60_000n) % 60n, 2)}:${pad((ms / 1000n) % 60n, 2)}`;
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${clock}.${pad(ms % 1000n, 3)}Z`;
}
