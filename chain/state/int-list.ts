// A list of small integers in a typed array: emptied for every block without giving its memory back, which a plain
// array does (`length = 0` costs a new allocation at the next push; that was a tenth of a small block's time).

/** A growable list of 32-bit integers. Only the first `count` of `items` mean something. */
export class IntList {
  items = new Int32Array(16);
  count = 0;

  push(value: number): void {
    if (this.count === this.items.length) {
      const bigger = new Int32Array(2 * this.count);
      bigger.set(this.items);
      this.items = bigger;
    }
    this.items[this.count++] = value;
  }

  /** Removes and returns the last integer; -1 from an empty list. */
  pop(): number {
    return this.count === 0 ? -1 : this.items[--this.count]!;
  }

  /** Adds all of another list. */
  append(other: IntList): void {
    for (let index = 0; index < other.count; index++) this.push(other.items[index]!);
  }

  clear(): void {
    this.count = 0;
  }
}
