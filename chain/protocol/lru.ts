// A bounded memory for results that cost much and never change. It may only ever save time: what is forgotten
// must come out the same when computed again.

/** A map of at most `limit` entries that forgets the one used longest ago. */
export class Lru<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The remembered value, now the most recently used, or undefined. */
  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    // A Map iterates in order of insertion: inserting again makes it the youngest.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** Remembers a value and forgets the oldest one beyond the limit. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#limit) this.#entries.delete(this.#entries.keys().next().value as Key);
  }

  /** How many entries are held. */
  get size(): number {
    return this.#entries.size;
  }
}
