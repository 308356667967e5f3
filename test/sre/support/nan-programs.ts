// Random float and vector programs over every simple instruction of the profile, with NaNs of many kinds in memory:
// what the placement of canonical NaNs is held to. Loops are counted, so that every program ends.
import {
  DETAILS,
  type FunctionType,
  HANDLER,
  HANDLERS,
  MISC,
  NAMES,
  SIGNATURES,
  VALUE_TYPES,
  type ValueType,
  VECTOR,
} from "../../../sre/wasm/rewrite/module/index.ts";
import { leb } from "./binary.ts";
import { GLOBALS, type TestFunction, type TestModule } from "./nan-module.ts";

type Draw = (bound: number) => number;

const LETTERS: readonly ValueType[] = ["i32", "i32", "i64", "f32", "f64", "v128"];
/** By opcode: operand types in order. */
export const operandsOf = (opcode: number): ValueType[] => {
  const types: ValueType[] = [];
  for (let rest = SIGNATURES[opcode]! >> 4; rest !== 0; rest >>= 4) types.unshift(LETTERS[rest & 15]!);
  return types;
};
/** By opcode: the type of the result, null for stores. */
export const resultOf = (opcode: number): ValueType | null => {
  const type = SIGNATURES[opcode]! & 15;
  return type === 0 ? null : LETTERS[type]!;
};
/** Integer divisions, and truncations that trap: rare here. */
const TRAPS = /^i\d+\.(div|rem|trunc_f)/;
const FLOATING = /^f\d/;

/** Simple opcodes by what they push; "none" for stores. */
const OPCODES = new Map<ValueType | "none", number[]>();
NAMES.forEach((name, opcode) => {
  const handler = HANDLERS[opcode]!;
  if (name === "" || name === "nop" || handler === HANDLER.unknown || handler > HANDLER.lastSimple) return;
  const key = (SIGNATURES[opcode]! & 15) === 0 ? "none" : LETTERS[SIGNATURES[opcode]! & 15]!;
  OPCODES.set(key, [...(OPCODES.get(key) ?? []), opcode]);
});
const floating = (type: ValueType | "none"): number[] =>
  OPCODES.get(type)!.filter((each) => FLOATING.test(NAMES[each]!));
const FLOATS = new Map<ValueType, number[]>(
  (["f32", "f64", "v128"] as const).map((type) => [type, floating(type)] as const),
);

const LOADS = new Map<ValueType, number[]>([
  ["f32", [0x2a]],
  ["f64", [0x2b]],
  ["v128", [0xfd, 0x00]],
]);
const STORES = new Map<ValueType, number[]>([
  ["f32", [0x38]],
  ["f64", [0x39]],
  ["v128", [0xfd, 0x0b]],
]);
const FLOAT_STORES = ["f32.store", "f64.store", "v128.store", "f32.store", "f64.store"].map((each) =>
  NAMES.indexOf(each),
);

const TYPES: readonly FunctionType[] = [
  { params: [], results: [] },
  { params: ["f32", "f64", "i32"], results: ["f64"] },
  { params: ["v128", "f32"], results: ["v128"] },
  { params: [], results: ["f64", "f32"] },
  { params: ["f32"], results: ["f32"] },
  { params: ["f64", "v128"], results: ["v128", "f64"] },
];
const LOCALS: readonly ValueType[] = [
  "f32",
  "f32",
  "f32",
  "f64",
  "f64",
  "f64",
  "v128",
  "v128",
  "i32",
  "i64",
  "i32",
  "i32",
  "i32",
];
/** The last three locals count loops. */
const COUNTERS = 3;

interface Label {
  readonly results: readonly ValueType[];
  readonly loop: boolean;
  /** Whether a branch to the loop ends some time. */
  readonly counted?: boolean;
}

/** Writes one function. */
class Generator {
  private readonly draw: Draw;
  private readonly self: number;
  private readonly type: FunctionType;
  private readonly locals: readonly ValueType[];
  private readonly labels: Label[] = [];
  private counters = 0;
  private budget: number;

  constructor(draw: Draw, self: number, type: FunctionType, budget: number) {
    this.draw = draw;
    this.self = self;
    this.type = type;
    this.locals = [...type.params, ...LOCALS];
    this.budget = budget;
  }

  code(): number[] {
    this.labels.push({ results: this.type.results, loop: false });
    const filled = LOCALS.flatMap((type, at) => {
      const load = LOADS.get(type);
      return load === undefined ? [] : [0x41, this.draw(64), ...load, 0, 0, 0x21, this.type.params.length + at];
    });
    const body = this.statements(5 + this.draw(6));
    const shown = this.type.params.length + this.type.results.length > 0 || this.draw(3) === 0 ? [] : this.show();
    return [...filled, ...body, ...shown, ...this.values(this.type.results)];
  }

  /** Stores every float local: all is looked at in the end. */
  private show(): number[] {
    return this.locals.flatMap((type, at) => {
      const store = STORES.get(type);
      return store === undefined ? [] : [0x41, 0, 0x20, at, ...store, 0, ...leb(1024 + 16 * at)];
    });
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.draw(from.length)]!;
  }

  private local(type: ValueType): number {
    const usable = this.locals.slice(0, this.locals.length - COUNTERS);
    return this.pick(usable.flatMap((each, at) => (each === type ? [at] : [])));
  }

  private values(types: readonly ValueType[]): number[] {
    return types.flatMap((type) => this.value(type));
  }

  private statements(count: number): number[] {
    return Array.from({ length: count }, () => this.statement()).flat();
  }

  private leaf(type: ValueType): number[] {
    if (this.draw(5) === 0) return [0x23, GLOBALS.indexOf(type)];
    if (type === "i32" && this.draw(2) === 0) return [0x41, this.draw(64)];
    if (type === "f32" && this.draw(4) === 0) return [0x43, ...this.pick(F32_CONSTANTS)];
    if (type === "f64" && this.draw(4) === 0) return [0x44, ...this.pick(F64_CONSTANTS)];
    return [0x20, this.local(type)];
  }

  private value(type: ValueType): number[] {
    if (this.budget-- <= 0) return this.leaf(type);
    switch (this.draw(16)) {
      case 0:
      case 1:
      case 2:
        return this.leaf(type);
      case 3:
        return [...this.value(type), 0x22, this.local(type)];
      case 4:
        if (this.draw(2) === 0) {
          return [...this.values([type, type, "i32"]), 0x1c, 1, VALUE_TYPES[type]];
        }
        return [...this.values([type, type, "i32"]), 0x1b];
      case 5:
        return this.block(type);
      case 6:
        return this.arms(type);
      case 7:
        return this.call(type) ?? this.leaf(type);
      case 8:
        return this.rare(type);
      default: {
        const preferred = FLOATS.get(type);
        let opcode = this.pick(preferred !== undefined && this.draw(4) !== 0 ? preferred : OPCODES.get(type)!);
        if (TRAPS.test(NAMES[opcode]!) && this.draw(40) !== 0) opcode = this.pick(OPCODES.get("f64")!);
        if (LETTERS[SIGNATURES[opcode]! & 15] !== type) return this.leaf(type);
        return this.simple(opcode);
      }
    }
  }

  private simple(opcode: number): number[] {
    const [first, ...others] = operandsOf(opcode);
    const handler = HANDLERS[opcode];
    const memory = handler === HANDLER.memory || handler === HANDLER.memoryLane;
    const start = memory ? this.address() : first === undefined ? [] : this.value(first);
    return [...start, ...this.values(others), ...opcodeBytes(opcode), ...this.immediates(opcode)];
  }

  /** Among the first bytes of the memory, where the NaNs are. */
  private address(): number[] {
    return this.draw(3) === 0 ? [...this.value("i32"), 0x41, 0xff, 0x00, 0x71] : [0x41, this.draw(64)];
  }

  private immediates(opcode: number): number[] {
    const detail = DETAILS[opcode]!;
    switch (HANDLERS[opcode]) {
      case HANDLER.memory:
        return [0, ...leb(this.draw(256))];
      case HANDLER.memoryLane:
        return [0, ...leb(this.draw(256)), this.draw(16 >> detail)];
      case HANDLER.lane:
        return [this.draw(detail)];
      case HANDLER.i32:
      case HANDLER.i64:
        return [this.draw(64)];
      case HANDLER.bytes:
        if (detail === 4) return this.pick(F32_CONSTANTS).slice();
        if (detail === 8) return this.pick(F64_CONSTANTS).slice();
        return this.draw(2) === 0
          ? [this.draw, this.draw, this.draw, this.draw].flatMap(() => this.pick(F32_CONSTANTS))
          : [this.draw, this.draw].flatMap(() => this.pick(F64_CONSTANTS));
      case HANDLER.shuffle:
        return this.lanes();
      default:
        return [];
    }
  }

  /** Sixteen lanes: whole groups of 8 or 4 bytes, or any. */
  private lanes(): number[] {
    const width = this.pick([8, 8, 4, 4, 1]);
    const groups = Array.from({ length: 16 / width }, () => this.draw(32 / width) * width);
    return groups.flatMap((first) => Array.from({ length: width }, (_, at) => first + at));
  }

  /** A block with a result, left early with a value. */
  private block(type: ValueType): number[] {
    this.labels.push({ results: [type], loop: false });
    const inside = [...this.statements(1 + this.draw(2)), ...this.value(type), ...this.value("i32"), 0x0d, 0];
    const tail = this.draw(2) === 0 ? [] : [0x1a, ...this.statements(1), ...this.value(type)];
    this.labels.pop();
    return [0x02, VALUE_TYPES[type], ...inside, ...tail, 0x0b];
  }

  /** An if with a result. */
  private arms(type: ValueType): number[] {
    const condition = this.value("i32");
    this.labels.push({ results: [type], loop: false });
    const code = [0x04, VALUE_TYPES[type], ...this.statements(this.draw(2)), ...this.value(type)];
    const last = this.draw(5) === 0 ? this.away() : this.value(type);
    const other = [0x05, ...this.statements(this.draw(2)), ...last, 0x0b];
    this.labels.pop();
    return [...condition, ...code, ...other];
  }

  /** Blocks with several results, with parameters, loops with a result. */
  private rare(type: ValueType): number[] {
    const choice = this.draw(3);
    if (choice === 0 && (type === "f64" || type === "f32")) {
      this.labels.push({ results: ["f64", "f32"], loop: false });
      const early = this.draw(2) === 0 ? [] : [...this.values(["f64", "f32", "i32"]), 0x0d, 0, 0x1a, 0x1a];
      const code = [0x02, 3, ...early, ...this.values(["f64", "f32"]), 0x0b];
      this.labels.pop();
      return [...code, ...(type === "f64" ? [0x1a] : [0x21, this.local("f32"), 0x1a, 0x20, this.local("f32")])];
    }
    if (choice === 1 && type === "f32") {
      const entry = this.value("f32");
      this.labels.push({ results: ["f32"], loop: false });
      const code = [4, ...this.statements(1), ...(this.draw(2) === 0 ? [] : [0x1a, ...this.value("f32")]), 0x0b];
      this.labels.pop();
      // A block, or an if without an else: then the parameter is the result.
      return [...entry, ...(this.draw(2) === 0 ? [0x02] : [0x20, this.local("i32"), 0x04]), ...code];
    }
    if (choice === 1 && type === "v128") {
      const entry = this.values(["f64", "v128"]);
      this.labels.push({ results: ["v128", "f64"], loop: false });
      const code = [0x02, 5, 0x21, this.local("v128"), 0x21, this.local("f64"), ...this.values(["v128", "f64"]), 0x0b];
      this.labels.pop();
      return [...entry, ...code, 0x1a];
    }
    this.labels.push({ results: [], loop: true });
    const code = [0x03, VALUE_TYPES[type], ...this.value(type), 0x0b];
    this.labels.pop();
    return code;
  }

  /** A call of an earlier function, or nothing. */
  private call(type: ValueType): number[] | null {
    const target = TYPES.findIndex((each) => each.results.length === 1 && each.results[0] === type);
    const callee = target - 1;
    if (target < 1 || target > 2 || callee >= this.self) return null;
    return [...this.values(TYPES[target]!.params), 0x10, callee];
  }

  /** An unconditional branch or return, with what it needs; what follows is unreachable. */
  private away(): number[] {
    if (this.draw(2) === 0) return [...this.values(this.type.results), 0x0f];
    const depth = this.draw(this.labels.length);
    const label = this.labels[this.labels.length - 1 - depth]!;
    if (label.loop) return [0x00];
    return [...this.values(label.results), 0x0c, ...leb(depth)];
  }

  private statement(): number[] {
    if (this.budget-- <= 0) return [0x01];
    const type = this.pick(GLOBALS);
    switch (this.draw(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return [...this.value(type), 0x21, this.local(type)];
      case 4:
      case 5:
        return this.simple(this.pick(this.draw(3) === 0 ? OPCODES.get("none")! : FLOAT_STORES));
      case 6:
        return [...this.value(type), 0x24, GLOBALS.indexOf(type)];
      case 7:
      case 8:
        return this.loop();
      case 9: {
        const condition = this.value("i32");
        this.labels.push({ results: [], loop: false });
        const then = [0x04, 0x40, ...this.statements(1 + this.draw(2))];
        const other = this.draw(2) === 0 ? [] : [0x05, ...this.statements(1 + this.draw(2))];
        this.labels.pop();
        return [...condition, ...then, ...other, 0x0b];
      }
      case 10:
        return this.table();
      case 11: {
        const depth = this.draw(this.labels.length);
        const label = this.labels[this.labels.length - 1 - depth]!;
        if (label.loop) return label.counted === true ? [...this.value("i32"), 0x0d, ...leb(depth)] : [0x01];
        const condition = this.value("i32");
        this.labels.push({ results: [], loop: false });
        const results = this.values(label.results);
        this.labels.pop();
        return [...condition, 0x04, 0x40, ...results, 0x0c, ...leb(depth + 1), 0x0b];
      }
      case 12:
        return [...this.value(type), 0x1a];
      default: {
        const from = this.local(type);
        return [0x20, from, 0x21, this.local(type)];
      }
    }
  }

  /** A counted loop; a branch to its header counts too. */
  private loop(): number[] {
    if (this.counters === COUNTERS) return [0x01];
    const counter = this.locals.length - 1 - this.counters;
    this.counters++;
    this.labels.push({ results: [], loop: false }, { results: [], loop: true, counted: true });
    const count = [0x20, counter, 0x41, 1, 0x6b, 0x22, counter, 0x45, 0x0d, 1];
    const inside = [...this.round(this.statements(1 + this.draw(3))), ...this.statements(this.draw(2))];
    this.labels.length -= 2;
    this.counters--;
    return [0x41, 2 + this.draw(3), 0x21, counter, 0x02, 0x40, 0x03, 0x40, ...count, ...inside, 0x0c, 0, 0x0b, 0x0b];
  }

  /** Half the time: a local is looked at first and changed last. */
  private round(inside: number[]): number[] {
    const type = this.pick(["f32", "f64", "v128"] as const);
    const local = this.local(type);
    if (this.draw(2) === 0) return inside;
    const shown = [...this.address(), 0x20, local, ...STORES.get(type)!, 0, ...leb(this.draw(256))];
    return [...shown, ...inside, ...this.simple(this.pick(FLOATS.get(type)!)), 0x21, local];
  }

  /** A br_table over two blocks with the same result. */
  private table(): number[] {
    const type = this.pick(["f32", "f64", "v128"] as const);
    this.labels.push({ results: [type], loop: false }, { results: [type], loop: false });
    const inside = [...this.statements(1), ...this.values([type, "i32"]), 0x0e, 1, 0, 1, 0x0b];
    this.labels.pop();
    const between = [0x21, this.local(type), ...this.statements(1), ...this.value(type)];
    this.labels.pop();
    return [0x02, VALUE_TYPES[type], 0x02, VALUE_TYPES[type], ...inside, ...between, 0x0b, 0x21, this.local(type)];
  }
}

/** The encoding of an opcode. */
export function opcodeBytes(opcode: number): number[] {
  if (opcode >= VECTOR) return [0xfd, ...leb(opcode - VECTOR)];
  return opcode >= MISC ? [0xfc, ...leb(opcode - MISC)] : [opcode];
}

/** Zeros, one, infinities, tiny and huge numbers, NaNs: canonical, negative, with a payload, signalling. */
const F32_CONSTANTS = [
  [0, 0, 0, 0],
  [0, 0, 0, 0x80],
  [0, 0, 0x80, 0x3f],
  [0, 0, 0x80, 0x7f],
  [0, 0, 0x80, 0xff],
  [1, 0, 0, 0],
  [0xff, 0xff, 0x7f, 0x7f],
  [0, 0, 0xc0, 0x7f],
  [0, 0, 0xc0, 0xff],
  [7, 0, 0xc0, 0x7f],
  [9, 0, 0x90, 0xff],
];
const F64_CONSTANTS = [
  [0, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0, 0x80],
  [0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
  [0, 0, 0, 0, 0, 0, 0xf0, 0x7f],
  [0, 0, 0, 0, 0, 0, 0xf0, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0x7f],
  [0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
  [0, 0, 0, 0, 0, 0, 0xf8, 0xff],
  [7, 0, 0xc0, 0x7f, 0, 0, 0xf8, 0x7f],
  [9, 0, 0x90, 0xff, 0, 0, 0xf4, 0xff],
];

/** A random module: a few functions that call earlier ones, and a last one without parameters. */
export function randomModule(draw: Draw): TestModule {
  const make = (self: number, type: number, budget: number): TestFunction => ({
    type,
    locals: LOCALS,
    code: new Generator(draw, self, TYPES[type]!, budget).code(),
  });
  const functions: TestFunction[] = [make(0, 1, 20 + draw(30)), make(1, 2, 20 + draw(30)), make(2, 0, 60 + draw(120))];
  // The last function runs the one before it and shows the globals.
  const show = [...STORES].flatMap(([type, store]) => [
    0x41,
    0,
    0x23,
    GLOBALS.indexOf(type),
    ...store,
    0,
    ...leb(2048 + 16 * GLOBALS.indexOf(type)),
  ]);
  functions.push({ type: 0, locals: [], code: [0x10, 2, ...show] });
  const data = Array.from({ length: 20 }, () => {
    const from = draw(2) === 0 ? F32_CONSTANTS : F64_CONSTANTS;
    return from[draw(from.length)]!;
  }).flat();
  return { types: TYPES, functions, data };
}

/** The function of such a module to be run. */
export const MAIN = "f3";
