// Values of every type that JSON can carry into an AssemblyScript guest and out of it, built with its types:
// `lockstep build` of it, under the name typed.ts, gives objects.wasm.

class Point {
  x: f64 = 0;
  y: f32 = 0;
}

class Order {
  id: u64 = 0;
  balance: i64 = 0;
  small: i8 = 0;
  byte: u8 = 0;
  short: i16 = 0;
  word: u16 = 0;
  whole: i32 = 0;
  count: u32 = 0;
  open: bool = false;
  name: string = "";
  note: string | null = null;
  at: Point = new Point();
  path: Array<Point> = [];
  tags: StaticArray<string> = [];
  data: Uint8Array = new Uint8Array(0);
  buffer: ArrayBuffer = new ArrayBuffer(0);
  samples: Float32Array = new Float32Array(0);
  totals: Array<i64> = [];
  next: Order | null = null;
}

export function run(order: Order, times: i32): Order {
  order.id += times;
  order.balance -= times;
  order.small += <i8>times;
  order.byte += <u8>times;
  order.short *= <i16>times;
  order.word += <u16>times;
  order.whole *= times;
  order.count -= times;
  order.open = !order.open;
  order.name = order.name + "!".repeat(times);
  order.at.x = order.at.x / 3;
  order.at.y = order.at.y / 3;
  for (let i = 0; i < times; i++) {
    const point = new Point();
    point.x = Math.sqrt(<f64>i);
    point.y = Mathf.sqrt(<f32>i);
    order.path.push(point);
    order.totals.push(<i64>i << 60);
  }
  order.data.reverse();
  for (let i = 0; i < order.samples.length; i++) order.samples[i] = 1 / order.samples[i];
  return order;
}
