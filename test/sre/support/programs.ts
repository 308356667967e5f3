// Random small programs as trees, their WebAssembly text, and a naive telling of what they do and cost: each
// executed instruction adds its price from the table in sre/SPEC.md (F5), written down here a second time.
// Nothing here knows of regions; on a normal end both countings must agree (F2).

/** Draws an integer below a bound. */
export type Draw = (bound: number) => number;

/** An expression of type i32 or f64, or a statement. */
export type Node =
  | { readonly op: "const"; readonly value: number }
  | { readonly op: "fconst"; readonly bits: bigint }
  | { readonly op: "get" | "fget"; readonly local: number }
  | { readonly op: "tee"; readonly local: number; readonly args: readonly Node[] }
  | { readonly op: "call"; readonly target: number; readonly args: readonly Node[] }
  | { readonly op: "indirect"; readonly target: number; readonly args: readonly Node[] }
  | { readonly op: "loop"; readonly counter: number; readonly times: number; readonly args: readonly Node[] }
  | { readonly op: "switch"; readonly cases: number; readonly args: readonly Node[] }
  | { readonly op: "fill" | "copy"; readonly length: number; readonly args: readonly Node[] }
  | { readonly op: string; readonly args: readonly Node[] };

/** A function (i32, i32) -> i32 with i32 locals 2 to 5, loop counters 6 to 8 and f64 locals 9 and 10. */
export interface Program {
  readonly functions: readonly Node[][];
}

const LOCALS = { i32: [0, 1, 2, 3, 4, 5], counters: [6, 7, 8], f64: [9, 10] } as const;
const COUNT = 11;
const BINARY = [
  "add",
  "sub",
  "mul",
  "and",
  "or",
  "xor",
  "shl",
  "shr_u",
  "shr_s",
  "rotl",
  "lt_s",
  "ge_u",
  "eq",
] as const;
const DIVISIONS = ["div_u", "rem_u"] as const;
const UNARY = ["clz", "popcnt", "eqz", "extend8_s"] as const;
const FLOAT_BINARY = ["add", "sub", "mul", "div", "min", "max", "copysign"] as const;
const FLOAT_UNARY = ["neg", "abs", "sqrt", "ceil", "floor", "trunc"] as const;
const FLOATS = [0, 1, -1, 0.5, 1e308, -1e-308, Number.POSITIVE_INFINITY].map(bitsOf);
FLOATS.push(0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff0000000000001n, 0x8000000000000000n);

/** Draws a program of a few functions, each calling only those before it, every loop bounded. */
export function randomProgram(next: Draw): Program {
  const functions: Node[][] = [];
  for (let count = 1 + next(4); count > 0; count--) {
    functions.push(statements(next, functions.length, 1 + next(5), 3));
  }
  return { functions };
}

function statements(next: Draw, callable: number, count: number, depth: number): Node[] {
  return Array.from({ length: count }, () => statement(next, callable, depth));
}

function statement(next: Draw, callable: number, depth: number): Node {
  const e = () => integer(next, callable, 2);
  const inner = () => statements(next, callable, 1 + next(3), depth - 1);
  const kind = next(depth > 0 ? 13 : 7);
  if (kind <= 1) return { op: "set", args: [{ op: "get", local: next(6) }, e()] };
  if (kind === 2) return { op: "fset", args: [{ op: "fget", local: 9 + next(2) }, float(next, callable, 2)] };
  if (kind === 3) return { op: "store", args: [e(), e()] };
  if (kind === 4) return { op: "drop", args: [e()] };
  if (kind === 5) return { op: next(2) === 0 ? "fill" : "copy", length: next(300), args: [e(), e()] };
  if (kind === 6) return { op: "fstore", args: [e(), float(next, callable, 2)] };
  if (kind === 7) return { op: "if", args: [e(), ...inner()] };
  if (kind === 8) return { op: "ifelse", args: [e(), inner()[0]!, inner()[0]!] };
  if (kind === 9) return { op: "exit_if", args: [e(), ...inner()] };
  if (kind === 10) return { op: "loop", counter: 6 + depth - 1, times: 1 + next(4), args: inner() };
  if (kind === 11) return { op: "switch", cases: 3, args: [e(), ...statements(next, callable, 3, depth - 1)] };
  return next(3) === 0 ? { op: "return_if", args: [e(), e()] } : { op: "dead", args: inner() };
}

function integer(next: Draw, callable: number, depth: number): Node {
  const e = () => integer(next, callable, depth - 1);
  const kind = next(depth > 0 ? 16 : 3);
  if (kind === 0) return { op: "const", value: next(4) === 0 ? next(2 ** 32) | 0 : next(200) - 100 };
  if (kind <= 2) return { op: "get", local: next(6) };
  if (kind <= 6) return { op: BINARY[next(BINARY.length)]!, args: [e(), e()] };
  if (kind === 7) return { op: UNARY[next(UNARY.length)]!, args: [e()] };
  if (kind === 8)
    return { op: DIVISIONS[next(2)]!, args: [e(), next(40) === 0 ? e() : { op: "or", args: [e(), one] }] };
  if (kind === 9) return { op: "load", args: [e()] };
  if (kind === 10) return { op: "tee", local: next(6), args: [e()] };
  if (kind === 11) return { op: "select", args: [e(), e(), e()] };
  if (kind === 12) return { op: "value_if", args: [e(), e(), e()] };
  if (kind === 13) return { op: "value_block", args: [e(), e(), e()] };
  if (kind === 14) {
    const f = () => float(next, callable, 1);
    return next(2) === 0 ? { op: "trunc_sat", args: [f()] } : { op: "bits", args: [f()] };
  }
  if (callable === 0) return { op: "wide_mul", args: [e(), e()] };
  return { op: next(3) === 0 ? "indirect" : "call", target: next(callable), args: [e(), e()] };
}

const one: Node = { op: "const", value: 1 };

function float(next: Draw, callable: number, depth: number): Node {
  const f = () => float(next, callable, depth - 1);
  const kind = next(depth > 0 ? 8 : 2);
  if (kind === 0) return { op: "fconst", bits: FLOATS[next(FLOATS.length)]! };
  if (kind === 1) return { op: "fget", local: 9 + next(2) };
  if (kind <= 4) return { op: `f${FLOAT_BINARY[next(FLOAT_BINARY.length)]!}`, args: [f(), f()] };
  if (kind <= 6) return { op: `f${FLOAT_UNARY[next(FLOAT_UNARY.length)]!}`, args: [f()] };
  return next(2) === 0 ? { op: "convert", args: [integer(next, callable, 1)] } : { op: "narrow", args: [f()] };
}

export function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (Number.isNaN(value)) return 0x7ff8000000000000n;
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

export function numberOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** Data for both tellings: which locals there are. */
export const LAYOUT = { ...LOCALS, count: COUNT } as const;
