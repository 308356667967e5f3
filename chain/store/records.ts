// The committed state in memory: records by path, with the direct children of each prefix in byte order.
import { LockstepError, type Path } from "../protocol/index.ts";
import type { StateView } from "../state/index.ts";
import { STORE_LIMITS } from "./limits.ts";
import { compareText } from "./order.ts";

/** The children of one prefix: values by segment, and the segments in order. */
interface Children {
  readonly values: Map<string, Uint8Array>;
  readonly segments: string[];
}

/** The key under which a prefix's children are kept: JSON spells every list of texts in its own way. */
export const parentKey = (prefix: Path): string => JSON.stringify(prefix);

/** The first place in ordered segments whose segment is not before `segment`. */
function placeOf(segments: readonly string[], segment: string): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareText(segments[middle]!, segment) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Refuses a scan without bounds: a caller that forgets its limit must not read the whole ledger. */
export function checkScan(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > STORE_LIMITS.scanEntries) {
    throw new LockstepError("OUT_OF_RANGE", `a scan reads 1 to ${STORE_LIMITS.scanEntries} entries, not ${limit}`);
  }
}

/** A state view that lives in memory. */
export class Records implements StateView {
  readonly #parents = new Map<string, Children>();

  get(path: Path): Uint8Array | undefined {
    return this.#parents.get(parentKey(path.slice(0, -1)))?.values.get(path.at(-1)!);
  }

  scan(prefix: Path, after: string | null, limit: number): (readonly [string, Uint8Array])[] {
    checkScan(limit);
    const children = this.#parents.get(parentKey(prefix));
    if (children === undefined) return [];
    const { segments, values } = children;
    let from = after === null ? 0 : placeOf(segments, after);
    if (after !== null && segments[from] === after) from++;
    return segments.slice(from, from + limit).map((segment) => [segment, values.get(segment)!]);
  }

  /** Writes (value) or removes (null) records. */
  change(changes: readonly (readonly [Path, Uint8Array | null])[]): void {
    for (const [path, value] of changes) {
      const key = parentKey(path.slice(0, -1));
      let children = this.#parents.get(key);
      if (children === undefined) {
        children = { values: new Map(), segments: [] };
        this.#parents.set(key, children);
      }
      changeChild(children, path.at(-1)!, value);
    }
  }
}

function changeChild({ values, segments }: Children, segment: string, value: Uint8Array | null): void {
  if (value !== null) {
    if (!values.has(segment)) segments.splice(placeOf(segments, segment), 0, segment);
    values.set(segment, value);
  } else if (values.delete(segment)) {
    segments.splice(placeOf(segments, segment), 1);
  }
}
