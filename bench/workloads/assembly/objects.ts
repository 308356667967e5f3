// Classes, maps, strings and the garbage collector of AssemblyScript's runtime.
class Item {
  constructor(
    public key: i32,
    public value: i32,
  ) {}
}

function round(seed: i32): u32 {
  const items = new Map<i32, Item>();
  for (let i = 0; i < 2000; i++) items.set((i * 7 + seed) % 1000, new Item(i, i * i));
  const keys = items.keys();
  let sum: u32 = 0;
  for (let i = 0; i < keys.length; i++) sum = sum * 17 + items.get(keys[i]).value;
  let text = "";
  for (let i = 0; i < 100; i++) text += (i * seed).toString();
  for (let i = 0; i < text.length; i++) sum = sum * 31 + text.charCodeAt(i);
  return sum;
}

export function run(n: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) sum = sum * 31 + round(i + 1);
  return sum;
}
