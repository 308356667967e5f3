// What a random program does, told naively: values, memory, and the price of each executed instruction.
import { bitsOf, LAYOUT, type Node, numberOf, type Program } from "./programs.ts";
import { MEMORY_BYTES } from "./programs-text.ts";

/** How a program ends. */
export interface Telling {
  readonly trapped: boolean;
  /** Fuel of the whole run, alloc and output included; only meaningful without a trap. */
  readonly fuel: bigint;
  readonly memory: Uint8Array;
}

const CANONICAL = 0x7ff8000000000000n;
const COSTS: Readonly<Record<string, number>> = {
  ...{ div_u: 10, rem_u: 10, fdiv: 8, fsqrt: 12, select: 1 },
  ...{ fadd: 2, fsub: 2, fmul: 2, fmin: 2, fmax: 2, fcopysign: 2, fneg: 2, fabs: 2, fceil: 2, ffloor: 2, ftrunc: 2 },
};

class Trap extends Error {}
class Return extends Error {
  readonly value: number;
  constructor(value: number) {
    super();
    this.value = value;
  }
}

type Value = number | bigint;

class Run {
  fuel = 0;
  readonly memory = new DataView(new ArrayBuffer(MEMORY_BYTES + 512));
  private readonly program: Program;

  constructor(program: Program) {
    this.program = program;
  }

  call(index: number, a: number, b: number): number {
    const locals: Value[] = Array.from({ length: LAYOUT.count }, (_, local) => (local >= 9 ? 0n : 0));
    locals[0] = a;
    locals[1] = b;
    this.fuel += 1 + Math.floor(LAYOUT.count / 8);
    try {
      this.all(this.program.functions[index]!, locals);
    } catch (end) {
      if (end instanceof Return) return end.value;
      throw end;
    }
    return locals[2] as number;
  }

  private all(nodes: readonly Node[], locals: Value[]): void {
    for (const it of nodes) this.node(it, locals);
  }

  private int(it: Node, locals: Value[]): number {
    return this.node(it, locals) as number;
  }

  private address(it: Node, locals: Value[]): number {
    const at = this.int(it, locals) & 4088;
    this.fuel += 1; // i32.and
    return at;
  }

  private node(it: Node, locals: Value[]): Value {
    if (it.op === "const" && "value" in it) return it.value;
    if ("bits" in it) {
      this.fuel += 1; // f64.reinterpret_i64
      return it.bits;
    }
    if ((it.op === "get" || it.op === "fget") && "local" in it) return locals[it.local]!;
    if (!("args" in it)) throw new Error(it.op);
    const { args } = it;
    if ("local" in it) {
      locals[it.local] = this.int(args[0]!, locals);
      this.fuel += 1;
      return locals[it.local]!;
    }
    if ("target" in it) {
      const [a, b] = [this.int(args[0]!, locals), this.int(args[1]!, locals)];
      this.fuel += it.op === "call" ? 5 : 16;
      return this.call(it.target, a, b);
    }
    if ("length" in it) return this.bulk(it.op, it.length, args, locals);
    if ("counter" in it) return this.loop(it.counter, it.times, args, locals);
    if ("cases" in it) return this.choose(args, locals);
    return this.structured(it.op, args, locals);
  }

  private bulk(op: string, length: number, args: readonly Node[], locals: Value[]): number {
    const to = this.address(args[0]!, locals);
    const bytes = new Uint8Array(this.memory.buffer);
    const from = op === "copy" ? this.address(args[1]!, locals) : this.int(args[1]!, locals);
    this.fuel += 8 + Math.floor(length / 8);
    if (op === "copy") bytes.copyWithin(to, from, from + length);
    else bytes.fill(from & 255, to, to + length);
    return 0;
  }

  private loop(counter: number, times: number, args: readonly Node[], locals: Value[]): number {
    locals[counter] = times;
    this.fuel += 1;
    do {
      this.fuel += 1; // the loop's header
      this.all(args, locals);
      locals[counter] = ((locals[counter] as number) - 1) | 0;
      this.fuel += 1 + 1 + 4; // i32.sub, local.tee, br_if
    } while (locals[counter] !== 0);
    return 0;
  }

  private choose(args: readonly Node[], locals: Value[]): number {
    const which = this.int(args[0]!, locals) >>> 0;
    this.fuel += 6; // br_table
    if (which === 0) {
      this.node(args[1]!, locals);
      this.fuel += 1; // br
    }
    if (which === 1) this.node(args[2]!, locals);
    if (which !== 0) this.node(args[3]!, locals);
    else this.node(args[3]!, locals);
    return 0;
  }

  private structured(op: string, args: readonly Node[], locals: Value[]): Value {
    const [a, b, c] = args as [Node, Node, Node];
    const rest = args.slice(1);
    const cost = (price: number) => {
      this.fuel += price;
    };
    switch (op) {
      case "set":
      case "fset":
        locals[(a as { local: number }).local] = this.node(b, locals);
        cost(1);
        return 0;
      case "store": {
        const at = this.address(a, locals);
        this.memory.setInt32(at, this.int(b, locals), true);
        cost(2);
        return 0;
      }
      case "fstore": {
        const at = this.address(a, locals);
        this.memory.setBigUint64(at, this.node(b, locals) as bigint, true);
        cost(2);
        return 0;
      }
      case "load": {
        const at = this.address(a, locals);
        cost(2);
        return this.memory.getInt32(at, true);
      }
      case "drop":
        this.node(a, locals);
        return 0;
      case "if":
        cost(4);
        if (this.int(a, locals) !== 0) this.all(rest, locals);
        return 0;
      case "ifelse":
        cost(4);
        this.node(this.int(a, locals) !== 0 ? b : c, locals);
        return 0;
      case "exit_if":
        cost(4);
        if (this.int(a, locals) === 0) this.all(rest, locals);
        return 0;
      case "return_if":
        cost(4);
        if (this.int(a, locals) !== 0) {
          const value = this.int(b, locals);
          cost(1);
          throw new Return(value);
        }
        return 0;
      case "dead":
        cost(1); // br
        return 0;
      case "value_if":
        cost(4);
        return this.node(this.int(a, locals) !== 0 ? b : c, locals);
      case "value_block": {
        const value = this.node(a, locals);
        const taken = this.int(b, locals) !== 0;
        cost(4);
        return taken ? value : this.node(c, locals);
      }
      default: {
        const values = args.map((arg) => this.node(arg, locals));
        cost(PRICES[op] ?? COSTS[op] ?? 1);
        return compute(op, values);
      }
    }
  }
}

/** Instructions that stand for several: their prices together. */
const PRICES: Readonly<Record<string, number>> = {
  trunc_sat: 4,
  bits: 1 + 1 + 1, // i64.reinterpret_f64, i64.shr_u, i32.wrap_i64
  wide_mul: 4, // two extensions, i64.mul, i32.wrap_i64
  convert: 1,
  narrow: 2, // demote, promote
};

function compute(op: string, values: readonly Value[]): Value {
  if (op === "select") return values[2] !== 0 ? values[0]! : values[1]!;
  if (op === "convert") return bitsOf(values[0] as number);
  if (op === "bits") return Number((values[0] as bigint) >> 32n) | 0;
  if (op === "trunc_sat") {
    const value = Math.trunc(numberOf(values[0] as bigint));
    return Number.isNaN(value) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value)) | 0;
  }
  if (op === "narrow") return bitsOf(Math.fround(numberOf(values[0] as bigint)));
  if (op === "wide_mul") {
    const product = BigInt((values[0] as number) >>> 0) * BigInt(values[1] as number);
    return Number(BigInt.asIntN(32, product));
  }
  return typeof values[0] === "bigint" ? floatOp(op, values as bigint[]) : intOp(op, values as number[]);
}

const SIGN = 1n << 63n;

function floatOp(op: string, [a, b]: bigint[]): bigint {
  if (op === "fneg") return a! ^ SIGN;
  if (op === "fabs") return a! & ~SIGN;
  if (op === "fcopysign") return (a! & ~SIGN) | (b! & SIGN);
  const [x, y] = [numberOf(a!), b === undefined ? 0 : numberOf(b)];
  const value = {
    fadd: x + y,
    fsub: x - y,
    fmul: x * y,
    fdiv: x / y,
    fmin: Math.min(x, y),
    fmax: Math.max(x, y),
    fsqrt: Math.sqrt(x),
    fceil: Math.ceil(x),
    ffloor: Math.floor(x),
    ftrunc: Math.trunc(x),
  }[op];
  if (value === undefined) throw new Error(op);
  return Number.isNaN(value) ? CANONICAL : bitsOf(value);
}

function intOp(op: string, [a = 0, b = 0]: number[]): number {
  if ((op === "div_u" || op === "rem_u") && b === 0) throw new Trap();
  const bits = [...(a >>> 0).toString(2)].filter((bit) => bit === "1").length;
  const value = {
    add: a + b,
    sub: a - b,
    mul: Math.imul(a, b),
    and: a & b,
    or: a | b,
    xor: a ^ b,
    shl: a << b,
    shr_u: a >>> b,
    shr_s: a >> b,
    rotl: (a << b) | (a >>> (32 - (b & 31))),
    lt_s: Number(a < b),
    ge_u: Number(a >>> 0 >= b >>> 0),
    eq: Number(a === b),
    div_u: b === 0 ? 0 : Math.floor((a >>> 0) / (b >>> 0)),
    rem_u: b === 0 ? 0 : (a >>> 0) % (b >>> 0),
    clz: Math.clz32(a),
    popcnt: bits,
    eqz: Number(a === 0),
    extend8_s: (a << 24) >> 24,
  }[op];
  if (value === undefined) throw new Error(op);
  return op === "rotl" && (b & 31) === 0 ? a : value | 0;
}

/** Runs a program in the naive telling. */
export function tell(program: Program): Telling {
  const run = new Run(program);
  let trapped = false;
  try {
    const result = run.call(program.functions.length - 1, 11, 22);
    run.memory.setInt32(0, result, true);
  } catch (end) {
    if (!(end instanceof Trap)) throw end;
    trapped = true;
  }
  // alloc: entry 1. run: entry 1, call 5, store 2. Output: 4,096 bytes by F8.
  const fuel = BigInt(run.fuel + 1 + 1 + 5 + 2 + MEMORY_BYTES / 8);
  return { trapped, fuel, memory: new Uint8Array(run.memory.buffer).slice(0, MEMORY_BYTES) };
}
