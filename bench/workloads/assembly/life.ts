// The game of life with a loop over neighbours that engines like to unroll, on bounds-checked typed arrays.
function step(from: Uint8Array, to: Uint8Array, width: i32, height: i32): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let alive = 0;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if ((dx | dy) != 0) alive += from[((y + dy + height) % height) * width + ((x + dx + width) % width)];
        }
      }
      to[y * width + x] = alive == 3 || (alive == 2 && from[y * width + x] != 0) ? 1 : 0;
    }
  }
}

export function run(n: u32): u32 {
  const width = 96;
  const height = 96;
  let now = new Uint8Array(width * height);
  let then = new Uint8Array(width * height);
  let random: u32 = 1234567;
  for (let i = 0; i < now.length; i++) {
    random = random * 1664525 + 1013904223;
    now[i] = <u8>((random >> 24) & 1);
  }
  for (let round: u32 = 0; round < n; round++) {
    step(now, then, width, height);
    const swapped = now;
    now = then;
    then = swapped;
  }
  let sum: u32 = 0;
  for (let i = 0; i < now.length; i++) sum = sum * 31 + now[i];
  return sum;
}
