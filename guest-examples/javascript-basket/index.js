// What a basket costs. The types are those of wit/world.wit; what is thrown is the error of the result.

const CENTS = 2 ** 32 - 1;

function lineOf({ name, count, cents }) {
  if (name === "") throw "an item has no name";
  if (count === 0) throw `there is none of ${name}`;
  return { name, cents: count * cents };
}

function discountOn(sum, { tag, val }) {
  if (tag === "percent") {
    if (val > 100) throw `${val} per cent can't be taken off`;
    return Math.round((sum * val) / 100);
  }
  return tag === "cents" ? Math.min(val, sum) : 0;
}

export function price(items, discount) {
  const lines = items.map(lineOf);
  const sum = lines.reduce((all, { cents }) => all + cents, 0);
  if (sum > CENTS) throw "the basket costs more than can be told";
  const off = discountOn(sum, discount);
  return { lines, discount: off, total: sum - off };
}
