// The half of a random body that deals in values: leaves, arithmetic, locals, globals, memory, tables. It keeps the
// types of the operands; labels are the other half's.
import { putS, putU } from "../oracle/bytes.ts";
import { FC, instruction, type Letters } from "../oracle/instructions.ts";
import { TYPE_BYTES } from "../oracle/module.ts";
import { floatBits, integer, laneCount, natural, PALETTE, touchesFloats, VECTOR_MEMORY } from "./operations.ts";
import { chance, type Next, type Plan, type PlannedFunction, pick } from "./plan.ts";

/** Gives the index of a type, adding it if it is new. */
export type TypeIndex = (params: Letters, results: Letters) => number;

/** Where operands of the current block begin. */
export interface Frame {
  /** What a branch to it takes. */
  readonly label: Letters;
  readonly height: number;
  readonly loop: boolean;
}

/** Writes values. */
export class Values {
  protected readonly plan: Plan;
  protected readonly next: Next;
  protected readonly own: PlannedFunction;
  protected readonly index: number;
  protected readonly typeIndex: TypeIndex;
  protected readonly scalars: Letters;
  protected locals: Letters;
  protected readonly counters: number[] = [];
  protected readonly out: number[] = [];
  protected readonly stack: string[] = [];
  protected readonly frames: Frame[] = [];

  constructor(plan: Plan, index: number, typeIndex: TypeIndex) {
    this.plan = plan;
    this.next = plan.next;
    this.index = index;
    this.own = plan.functions[index]!;
    this.typeIndex = typeIndex;
    this.scalars = `iil${plan.floats ? "fd" : ""}`;
    this.locals = this.own.params;
  }

  protected get top(): Frame {
    return this.frames.at(-1)!;
  }

  protected get flat(): boolean {
    return this.own.style === "flat";
  }

  protected op(...bytes: number[]): void {
    this.out.push(...bytes);
  }

  protected indexed(opcode: number, ...indices: number[]): void {
    if (opcode >= FC) {
      this.out.push(opcode >> 8);
      putU(this.out, opcode & 255);
    } else this.out.push(opcode);
    for (const index of indices) putU(this.out, index);
  }

  protected constant(type: "i" | "l", value: number | bigint): void {
    this.out.push(type === "i" ? 0x41 : 0x42);
    putS(this.out, value);
  }

  protected push(types: Letters): void {
    this.stack.push(...types);
  }

  protected pop(types: Letters): void {
    this.stack.length -= types.length;
  }

  /** How many operands on top are the first ones of `types`; the rest is written. */
  protected operands(types: Letters): void {
    const own = this.stack.slice(this.top.height).join("");
    let have = Math.min(own.length, types.length);
    while (have > 0 && !own.endsWith(types.slice(0, have))) have -= 1;
    for (const type of types.slice(have)) this.value(type);
  }

  protected localsOf(type: string): number[] {
    const found: number[] = [];
    for (let local = 0; local < this.locals.length; local++) {
      if (this.locals[local] === type && !this.counters.includes(local)) found.push(local);
    }
    return found;
  }

  protected globalsOf(type: string, writable: boolean): number[] {
    const found: number[] = [];
    this.plan.globals.forEach((global, index) => {
      if (index > 0 && global.type === type && (!writable || global.mutable)) found.push(index);
    });
    return found;
  }

  /** Writes one value of a type, most often by a leaf. */
  protected value(type: string): void {
    if (chance(this.next, 25) && "ilfdv".includes(type)) {
      const codes = this.operationsOf().filter((code) => instruction(code).pushes === type);
      if (codes.length > 0) {
        this.operation(pick(this.next, codes), true);
        return;
      }
    }
    this.leaf(type);
  }

  /** Writes a constant or a read. */
  protected leaf(type: string): void {
    const { next } = this;
    const locals = this.localsOf(type);
    const globals = this.globalsOf(type, false);
    if (locals.length > 0 && chance(next, 55)) this.indexed(0x20, pick(next, locals));
    else if (globals.length > 0 && chance(next, 20)) this.indexed(0x23, pick(next, globals));
    else if (type === "i") this.constant("i", integer(next, 32));
    else if (type === "l") this.constant("l", integer(next, 64));
    else if (type === "f" || type === "d") this.float(type);
    else if (type === "v") {
      this.op(0xfd, 0x0c);
      for (let part = 0; part < 4; part++) this.littleEndian(this.lane(), 4);
    } else if (type === "c" && chance(next, 50)) this.indexed(0xd2, this.someReference());
    else this.op(0xd0, TYPE_BYTES[type]!);
    this.push(type);
  }

  private lane(): bigint {
    return chance(this.next, 50) ? floatBits(this.next, 32) : BigInt.asUintN(32, integer(this.next, 32));
  }

  private float(type: "f" | "d"): void {
    this.op(type === "f" ? 0x43 : 0x44);
    this.littleEndian(floatBits(this.next, type === "f" ? 32 : 64), type === "f" ? 4 : 8);
  }

  private littleEndian(bits: bigint, bytes: number): void {
    for (let at = 0; at < bytes; at++) this.out.push(Number((bits >> BigInt(8 * at)) & 255n));
  }

  /** A function that an element segment, an export or a global declares. */
  private someReference(): number {
    const { imports, functions } = this.plan;
    const declared = functions.flatMap((one, index) => (one.exported || one.inTable ? [imports.length + index] : []));
    return pick(this.next, [...declared, ...imports.map((_, index) => index)]);
  }

  private operationsOf(): readonly number[] {
    const { next, plan } = this;
    if (plan.vectors && chance(next, 35)) return PALETTE.vectors;
    return plan.floats && chance(next, 50) ? PALETTE.floats : PALETTE.integers;
  }

  /** Arithmetic on operands that are there or are written first. */
  protected arithmetic(): void {
    const codes = this.operationsOf();
    const top = this.stack.length > this.top.height ? this.stack.at(-1)! : "";
    const fitting = codes.filter((code) => instruction(code).pops.startsWith(top));
    this.operation(pick(this.next, top !== "" && fitting.length > 0 && chance(this.next, 70) ? fitting : codes), false);
  }

  private operation(code: number, fresh: boolean): void {
    const { next } = this;
    const { pops, pushes, immediates } = instruction(code);
    // Truncations that trap, and divisions by nothing, only now and then.
    const truncates = code >= 0xa8 && code <= 0xb1 && /[fd]/.test(pops);
    if (truncates && chance(next, 80)) {
      this.leaf(pushes);
      return;
    }
    if (fresh) for (const type of pops) this.leaf(type);
    else this.operands(pops);
    const divides = (code >= 0x6d && code <= 0x70) || (code >= 0x7f && code <= 0x82);
    if (divides && chance(next, 90)) {
      this.constant(pops[0] as "i" | "l", 3);
      this.op(pops[0] === "i" ? 0x72 : 0x84); // or: neither 0 nor -1 most often
    }
    this.indexed(code);
    if (immediates === "lane") this.op(next(laneCount(code)));
    if (immediates === "16 bytes") for (let lane = 0; lane < 16; lane++) this.op(next(32));
    this.pop(pops);
    this.push(pushes);
  }

  /** Takes the topmost operand away, into a local or global of its type where there is one. */
  protected sink(): void {
    const { next } = this;
    const type = this.stack.pop()!;
    const locals = this.localsOf(type);
    const globals = this.globalsOf(type, true);
    if (locals.length > 0 && chance(next, 60)) this.indexed(0x21, pick(next, locals));
    else if (globals.length > 0 && chance(next, 40)) this.indexed(0x24, pick(next, globals));
    else this.op(0x1a);
  }

  /** local.tee, local.set or global.set of a value. */
  protected assign(): void {
    const { next } = this;
    const type = this.locals.length > 0 ? this.locals[next(this.locals.length)]! : "i";
    const locals = this.localsOf(type);
    const globals = this.globalsOf(type, true);
    this.operands(type);
    if (globals.length > 0 && chance(next, 40)) {
      this.indexed(0x24, pick(next, globals));
      this.pop(type);
    } else if (locals.length > 0) {
      const tee = chance(next, 40);
      this.indexed(tee ? 0x22 : 0x21, pick(next, locals));
      if (!tee) this.pop(type);
    }
  }

  protected address(memory: number): string {
    return this.plan.memories[memory]!.wide ? "l" : "i";
  }

  /** An address: most often in the first page, sometimes at the memory's end or far outside. */
  private place(type: "i" | "l"): void {
    const { next } = this;
    if (chance(next, 85)) {
      this.value(type);
      this.constant(type, 0x3ff8);
      this.op(type === "i" ? 0x71 : 0x83);
    } else {
      this.constant(type, pick(next, [65535, 65528, 65536, 65536 * 2 - 4, -1, -8, 0]));
      this.push(type);
    }
  }

  private someMemory(): number {
    return chance(this.next, 60) ? 0 : this.next(this.plan.memories.length);
  }

  /** A load or store. */
  protected access(): void {
    const { next, plan } = this;
    if (plan.memories.length === 0) {
      this.arithmetic();
      return;
    }
    const vector = plan.vectors && chance(next, 30);
    const scalar = chance(next, 50) ? PALETTE.loads : PALETTE.stores;
    const codes = vector ? VECTOR_MEMORY : scalar.filter((code) => plan.floats || !touchesFloats(code));
    const code = pick(next, codes);
    const { pops, pushes, immediates } = instruction(code);
    const memory = this.someMemory();
    this.place(this.address(memory) as "i" | "l");
    for (const type of pops.slice(1)) this.value(type);
    this.indexed(code);
    const named = memory > 0 || (plan.memories.length > 1 && chance(next, 20));
    putU(this.out, next(natural(code) + 1) | (named ? 64 : 0));
    if (named) putU(this.out, memory);
    putU(this.out, chance(next, 90) ? next(64) : pick(next, [65535, 65536, 0x7fffffff, 0xffffffff]));
    if (immediates === "memory lane") this.op(next(laneCount(code)));
    this.pop(pops);
    this.push(pushes);
  }

  /** A length for bulk operations: at the edges of the price and of the memory. */
  private length(type: "i" | "l"): void {
    const { next } = this;
    const edges = [0, 1, 7, 8, 9, 15, 16, 64, 1000, 65535, 65536, 65537, -1];
    if (chance(next, 75)) this.constant(type, edges[next(chance(next, 75) ? 8 : edges.length)]!);
    else if (type === "l" && chance(next, 50)) this.constant("l", pick(next, [1n << 32n, -8n, (1n << 63n) - 1n]));
    else {
      this.leaf(type);
      this.pop(type);
      this.constant(type, 127);
      this.op(type === "i" ? 0x71 : 0x83);
    }
    this.push(type);
  }

  private bulkPlace(type: "i" | "l"): void {
    if (chance(this.next, 70)) {
      this.constant(type, this.next(4000));
      this.push(type);
    } else this.place(type);
  }

  /** A bulk operation on memory, its size or growth. */
  protected bulkMemory(): void {
    const { next, plan } = this;
    if (plan.memories.length === 0) {
      this.arithmetic();
      return;
    }
    const memory = this.someMemory();
    const type = this.address(memory) as "i" | "l";
    const kind = next(plan.dataSizes.length > 0 ? 7 : 5);
    if (kind === 0) {
      this.indexed(0x3f, memory);
      this.push(type);
    } else if (kind === 1) {
      this.constant(type, pick(next, [0, 0, 1, 1, 2, 3, 100, 65536, -1]));
      this.indexed(0x40, memory);
      this.push(type);
    } else if (kind === 2) {
      this.bulkPlace(type);
      this.value("i");
      this.length(type);
      this.indexed(FC + 11, memory);
      this.pop(`${type}i${type}`);
    } else if (kind <= 4) {
      const from = this.someMemory();
      const fromType = this.address(from) as "i" | "l";
      const lengthType = type === "l" && fromType === "l" ? "l" : "i";
      this.bulkPlace(type);
      this.bulkPlace(fromType);
      this.length(lengthType);
      this.indexed(FC + 10, memory, from);
      this.pop(type + fromType + lengthType);
    } else if (kind === 5) {
      this.bulkPlace(type);
      this.constant("i", next(8));
      this.push("i");
      this.length("i");
      this.indexed(FC + 8, next(plan.dataSizes.length), memory);
      this.pop(`${type}ii`);
    } else this.indexed(FC + 9, next(plan.dataSizes.length));
  }

  /** An index or a number of elements, most often a small one. */
  private small(type: "i" | "l"): void {
    const bits = type === "i" ? 32 : 64;
    this.constant(type, chance(this.next, 90) ? this.next(7) : integer(this.next, bits));
    this.push(type);
  }

  /** Something with a table: get, set, size, grow, fill, copy, init, drop. */
  protected table(): void {
    const { next, plan } = this;
    const table = next(plan.tables.length);
    const { type, wide } = plan.tables[table]!;
    const address = wide ? "l" : "i";
    const kind = next(8);
    if (kind === 0) {
      this.small(address);
      this.indexed(0x25, table);
      this.pop(address);
      this.push(type);
    } else if (kind === 1) {
      this.small(address);
      this.leaf(type);
      this.indexed(0x26, table);
      this.pop("ix");
    } else if (kind === 2) {
      this.indexed(FC + 16, table);
      this.push(address);
    } else if (kind === 3) {
      this.leaf(type);
      this.constant(address, pick(next, [0, 1, 2, 5, 100, 2000, -1]));
      this.indexed(FC + 15, table);
      this.pop("x");
      this.push(address);
    } else if (kind === 4) {
      this.small(address);
      this.leaf(type);
      this.small(address);
      this.indexed(FC + 17, table);
      this.pop("ixi");
    } else if (kind === 5) this.copyTable(table);
    else if (kind === 6 && type === "c") {
      this.small(address);
      this.small("i");
      this.small("i");
      this.indexed(FC + 12, next(2), table); // the first two segments hold functions
      this.pop("iii");
    } else if (kind === 7 && chance(next, 30)) this.indexed(FC + 13, next(2));
  }

  private copyTable(table: number): void {
    const { tables } = this.plan;
    const from = pick(
      this.next,
      tables.flatMap((other, index) => (other.type === tables[table]!.type ? [index] : [])),
    );
    const [to, source] = [table, from].map((index): "i" | "l" => (tables[index]!.wide ? "l" : "i"));
    this.small(to!);
    this.small(source!);
    this.small(to === "l" && source === "l" ? "l" : "i");
    this.indexed(FC + 14, table, from);
    this.pop("iii");
  }

  /** select of two, or a null test. */
  protected choose(): void {
    const { next, plan } = this;
    const reference = plan.references && chance(next, 30);
    if (reference && chance(next, 50)) {
      this.operands("c");
      this.op(0xd1);
      this.stack[this.stack.length - 1] = "i";
      return;
    }
    const type = reference ? pick(next, ["c", "e"]) : pick(next, [...this.scalars]);
    this.operands(type);
    this.leaf(type);
    this.value("i");
    if (reference || chance(next, 20)) this.op(0x1c, 1, TYPE_BYTES[type]!);
    else this.op(0x1b);
    this.pop("xxx");
    this.push(type);
  }
}
