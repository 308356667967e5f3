// A binary heap: gives the least item first.
export class Heap<Item> {
  private readonly items: Item[] = [];
  private readonly compare: (left: Item, right: Item) => number;

  constructor(compare: (left: Item, right: Item) => number) {
    this.compare = compare;
  }

  push(item: Item): void {
    const { compare, items } = this;
    items.push(item);
    for (let at = items.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (compare(items[parent]!, items[at]!) <= 0) return;
      [items[parent], items[at]] = [items[at]!, items[parent]!];
      at = parent;
    }
  }

  pop(): Item | undefined {
    const { compare, items } = this;
    const [first] = items;
    const last = items.pop();
    if (items.length === 0 || last === undefined) return first;
    items[0] = last;
    for (let at = 0; ; ) {
      const least = [at, 2 * at + 1, 2 * at + 2]
        .filter((index) => index < items.length)
        .reduce((best, index) => (compare(items[index]!, items[best]!) < 0 ? index : best));
      if (least === at) return first;
      [items[least], items[at]] = [items[at]!, items[least]!];
      at = least;
    }
  }
}
