// A random function body: a walk that keeps the types of operands and labels and at each step draws an instruction
// that fits, or makes it fit. So it reaches code that no compiler writes: operands below branches, blocks with
// several parameters, code after a branch, catches that land on loops. It writes bytes directly.
import { putS, putU } from "../oracle/bytes.ts";
import type { Letters } from "../oracle/instructions.ts";
import { TYPE_BYTES } from "../oracle/module.ts";
import { chance, type Plan, pick, word } from "./plan.ts";
import { type TypeIndex, Values } from "./values.ts";

/** Writes the body of function `index` of the plan: declarations of locals and code. */
export function drawBody(plan: Plan, index: number, typeIndex: TypeIndex): number[] {
  return new Walk(plan, index, typeIndex).run();
}

/** Whether the code goes on after an action. */
type Going = boolean;

class Walk extends Values {
  private budget = 0;
  private dead = false;

  run(): number[] {
    this.budget = this.flat ? 3 + this.next(10) : 6 + this.next(50);
    const head = this.declarations();
    this.frames.push({ label: this.own.results, height: 0, loop: false });
    if (this.own.style === "deep") this.recursion();
    if (this.plan.exceptions && !this.flat && chance(this.next, 30)) this.tryTable();
    this.sequence(20);
    this.settle(this.own.results);
    this.op(0x0b);
    return [...head, ...this.out];
  }

  /** Groups of locals: some empty, some of several, the loops' counters last. */
  private declarations(): number[] {
    const { plan, next } = this;
    const all = this.scalars + (plan.vectors ? "v" : "") + (plan.references ? "ce" : "") + (plan.exceptions ? "x" : "");
    const groups: [count: number, type: string][] = [];
    for (let count = next(5); count > 0; count--)
      groups.push([chance(next, 15) ? 0 : 1 + next(3), pick(next, [...all])]);
    if (chance(next, 3)) groups.push([40, "i"]);
    if (!this.flat) groups.push([3, "i"]);
    const head: number[] = [];
    putU(head, groups.length);
    for (const [count, type] of groups) {
      putU(head, count);
      head.push(TYPE_BYTES[type]!);
      this.locals += type.repeat(count);
    }
    if (!this.flat) for (let counter = 1; counter <= 3; counter++) this.counters.push(this.locals.length - counter);
    return head;
  }

  /** Draws instructions until the stretch or the budget ends, or it ended in a branch away. */
  private sequence(most = 10): void {
    for (let steps = 1 + this.next(most); steps > 0 && this.budget > 0; steps--) {
      this.budget -= 1;
      if (!this.action()) {
        this.stack.length = this.top.height;
        this.dead = true;
        if (chance(this.next, 35)) this.junk();
        return;
      }
      if (this.stack.length - this.top.height > 8) this.sink();
    }
  }

  /** Makes the operands of this block exactly what it promises. */
  private settle(results: Letters): void {
    const { next } = this;
    const wasDead = this.dead;
    this.dead = false;
    if (wasDead) {
      const some = chance(next, 60) ? 0 : next(results.length + 1);
      for (const type of results.slice(results.length - some)) this.leaf(type);
    } else {
      while (this.stack.length > this.top.height && chance(next, 50) && this.loose !== results) this.sink();
      if (!results.startsWith(this.loose)) while (this.stack.length > this.top.height) this.sink();
      for (const type of results.slice(this.loose.length)) this.value(type);
    }
    this.stack.length = this.top.height;
  }

  private get loose(): Letters {
    return this.stack.slice(this.top.height).join("");
  }

  private action(): Going {
    const { next, plan } = this;
    if (chance(next, 1)) this.op(0x01); // nop
    const roll = next(100);
    if (roll < 26) this.arithmetic();
    else if (roll < 38) this.assign();
    else if (roll < 48) this.access();
    else if (roll < 52) this.choose();
    else if (roll < 54) this.value(pick(next, [...this.scalars]));
    else if (this.flat) return this.flatAction(roll);
    else if (roll < 57) this.bulkMemory();
    else if (roll < 59) plan.references ? this.table() : this.call();
    else if (roll < 66) this.call();
    else if (roll < 72) this.structure();
    else if (roll < 76) this.conditional();
    else if (roll < 79) this.countedLoop();
    else if (roll < 84) plan.exceptions ? this.throwIf() : this.branchIf();
    else if (roll < 87) this.branchIf();
    else if (roll < 90) this.cold();
    else if (roll < 95) plan.exceptions ? this.tryTable() : this.structure();
    else return this.away();
    return true;
  }

  private flatAction(roll: number): Going {
    if (roll < 64) this.call();
    else if (roll < 74) this.cold();
    else if (roll < 80) this.block();
    else if (roll < 82) this.conditional();
    else if (roll === 99 && chance(this.next, 50)) return this.away();
    return true;
  }

  /** A block type, in the shortest form or as a type of the module. */
  private blockType(params: Letters, results: Letters): void {
    if (params === "" && results === "") this.op(0x40);
    else if (params === "" && results.length === 1) this.op(TYPE_BYTES[results]!);
    else putS(this.out, this.typeIndex(params, results));
  }

  /** Opens a block on operands that lie there, draws its inside, and closes it. */
  private enclosed(opcode: number, params: Letters, results: Letters, inside: () => void): void {
    this.op(opcode);
    this.blockType(params, results);
    const label = opcode === 0x03 ? params : results;
    this.frames.push({ label, height: this.stack.length - params.length, loop: opcode === 0x03 });
    inside();
    this.settle(results);
    this.op(0x0b);
    this.stack.length = this.top.height;
    this.frames.pop();
    this.push(results);
  }

  private signature(): [params: Letters, results: Letters] {
    const { next } = this;
    const some = this.loose.slice(-next(3));
    const params = chance(next, 25) ? (chance(next, 50) ? some : word(next, this.scalars, 2)) : "";
    return [params, chance(next, 40) ? word(next, this.scalars, 2) : ""];
  }

  private block(): void {
    const [params, results] = this.signature();
    this.operands(params);
    this.enclosed(0x02, params, results, () => this.sequence());
  }

  private structure(): void {
    const { next } = this;
    if (chance(next, 2)) {
      this.nest();
      return;
    }
    if (chance(next, 70)) {
      this.block();
      return;
    }
    const [params, results] = this.signature();
    this.operands(params);
    this.enclosed(0x03, params, results, () => this.sequence());
  }

  /** Many blocks in one another, with branches out of the middle. */
  private nest(): void {
    const depth = 10 + this.next(120);
    for (let level = 0; level < depth; level++) {
      this.op(0x02, 0x40);
      this.frames.push({ label: "", height: this.stack.length, loop: false });
    }
    this.sequence(4);
    for (let level = 0; level < depth; level++) {
      this.settle("");
      this.op(0x0b);
      this.frames.pop();
      if (chance(this.next, 5)) this.branchIf();
    }
  }

  /** A condition, most often about the arguments or the counter global. */
  private condition(): void {
    const { next } = this;
    if (chance(next, 40)) {
      this.indexed(0x23, 1);
      this.constant("i", 1 << next(4));
      this.op(0x71); // i32.and
      this.push("i");
    } else this.value("i");
  }

  private conditional(): void {
    const { next } = this;
    const [params, results] = this.signature();
    this.operands(params);
    this.condition();
    this.pop("i");
    const otherwise = params !== results || chance(next, 50);
    this.enclosed(0x04, params, results, () => {
      this.sequence(6);
      if (!otherwise) return;
      this.settle(results);
      this.op(0x05);
      this.push(params);
      this.sequence(6);
    });
  }

  /** A loop that ends: its counter runs down. */
  private countedLoop(): void {
    const counter = this.counters.pop();
    if (counter === undefined) return;
    const params = chance(this.next, 20) ? word(this.next, this.scalars, 2) : "";
    this.operands(params);
    this.constant("i", 1 + this.next(4));
    this.indexed(0x21, counter);
    this.enclosed(0x03, params, "", () => {
      this.sequence(8);
      if (this.dead) return;
      this.settle(params);
      this.push(params);
      this.indexed(0x20, counter);
      this.op(0x41, 0x01, 0x6b); // i32.const 1, i32.sub
      this.indexed(0x22, counter);
      this.op(0x0d, 0x00);
    });
    this.counters.push(counter);
  }

  /** Labels, by depth, that a branch may go to; loops only now and then, for they may never end. */
  private label(wanted?: Letters): number {
    const { next } = this;
    const fitting = this.frames.flatMap((frame, at) => {
      if (frame.loop && !chance(next, 12)) return [];
      return wanted === undefined || frame.label === wanted ? [this.frames.length - 1 - at] : [];
    });
    if (fitting.length === 0) return -1;
    return chance(next, 25) ? fitting[0]! : pick(next, fitting);
  }

  private labelOf(depth: number): Letters {
    return this.frames[this.frames.length - 1 - depth]!.label;
  }

  private branchIf(): void {
    const depth = this.label();
    if (depth < 0) return;
    this.operands(this.labelOf(depth));
    this.condition();
    this.pop("i");
    this.indexed(0x0d, depth);
    if (chance(this.next, 40)) for (let rest = this.labelOf(depth).length; rest > 0; rest--) this.sink();
  }

  /** A way that ends in `unreachable` and is rarely taken: its region is not charged. */
  private cold(): void {
    const { next } = this;
    if (chance(next, 20)) {
      this.condition();
      this.pop("i");
    } else {
      this.indexed(0x23, 1);
      this.constant("i", chance(next, 85) ? 31 : next(32));
      this.op(0x46); // i32.eq
    }
    const before = this.stack.length;
    const form = next(4);
    if (form < 2) this.op(0x04, 0x40);
    else this.op(0x45); // i32.eqz
    if (form === 2) this.op(0x04, 0x40, 0x05); // an empty then arm, a cold else arm
    if (form === 3) this.leaveBlockIf();
    this.frames.push({ label: "", height: before, loop: false });
    if (!this.flat || chance(next, 50)) this.sequence(4);
    if (!this.dead && chance(next, 30)) this.call();
    if (!this.dead) this.op(0x00);
    this.dead = true;
    if (chance(next, 20)) this.junk();
    this.dead = false;
    this.op(0x0b);
    this.frames.pop();
    this.stack.length = before;
  }

  /** Turns a condition that lies there into a block that it leaves at once. */
  private leaveBlockIf(): void {
    this.op(0x02);
    putS(this.out, this.typeIndex("i", ""));
    this.op(0x0d, 0x00);
  }

  /** A way out that does not come back: false; or true when there was none. */
  private away(): Going {
    const { next, plan } = this;
    const kind = next(12);
    if (kind < 3) return this.branch();
    if (kind < 5) return this.branchTable();
    if (kind < 7) {
      this.operands(this.own.results);
      this.op(0x0f);
      return false;
    }
    if (kind === 7 && chance(next, 50)) {
      this.op(0x00);
      return false;
    }
    if (kind < 10 && plan.exceptions) return this.throwing();
    return plan.tails ? this.tailCall() : true;
  }

  private branch(): Going {
    const depth = this.label();
    if (depth < 0) return true;
    this.operands(this.labelOf(depth));
    this.indexed(0x0c, depth);
    return false;
  }

  private branchTable(): Going {
    const { next } = this;
    const first = this.label();
    if (first < 0) return true;
    const wanted = this.labelOf(first);
    this.operands(wanted);
    this.condition();
    this.pop("i");
    const others = Array.from({ length: chance(next, 5) ? 300 : next(6) }, () => Math.max(this.label(wanted), -1));
    this.op(0x0e);
    putU(this.out, others.length);
    for (const depth of others) putU(this.out, depth < 0 ? first : depth);
    putU(this.out, first);
    return false;
  }

  private throwing(): Going {
    const { next, plan } = this;
    if (this.locals.includes("x") && chance(next, 15)) {
      this.indexed(0x20, pick(next, this.localsOf("x")));
      this.op(0x0a);
      return false;
    }
    const tag = next(plan.tags.length);
    this.operands(plan.tags[tag]!);
    this.indexed(0x08, tag);
    return false;
  }

  /** An exception under a condition. */
  private throwIf(): void {
    this.condition();
    this.pop("i");
    this.op(0x04, 0x40);
    this.frames.push({ label: "", height: this.stack.length, loop: false });
    this.throwing();
    this.stack.length = this.top.height;
    this.op(0x0b);
    this.frames.pop();
  }

  /** Functions that may be called from here: forwards, and any while the budget lasts. */
  private callee(): { index: number; guarded: boolean } | null {
    const { next, plan } = this;
    const later = plan.functions.flatMap((one, at) => {
      return at > this.index && (!this.flat || one.style === "flat") ? [at] : [];
    });
    if (this.own.style === "guarded" && chance(next, 40)) return { index: next(plan.functions.length), guarded: true };
    return later.length === 0 ? null : { index: pick(next, later), guarded: false };
  }

  private call(): void {
    const { next, plan } = this;
    const imports = plan.imports.length;
    if (imports > 0 && !this.flat && chance(next, 20)) {
      const index = next(imports);
      const { params, results } = plan.imports[index]!;
      this.operands(params);
      this.indexed(0x10, index);
      this.pop(params);
      this.push(results);
      return;
    }
    if (!this.flat && chance(next, 20)) {
      this.guard(() => this.indirect());
      return;
    }
    const found = this.callee();
    if (found === null) return;
    const direct = () => {
      const { params, results } = plan.functions[found.index]!;
      this.operands(params);
      this.indexed(0x10, imports + found.index);
      this.pop(params);
      this.push(results);
    };
    if (found.guarded) this.guard(direct);
    else direct();
  }

  /** Does something only while the global budget lasts, and drops what it leaves. */
  private guard(act: () => void): void {
    const before = this.stack.length;
    this.indexed(0x23, 0);
    this.op(0x41, 0x01, 0x6b); // i32.const 1, i32.sub
    this.indexed(0x24, 0);
    this.indexed(0x23, 0);
    this.op(0x41, 0x00, 0x4a); // i32.const 0, i32.gt_s
    this.op(0x04, 0x40);
    this.frames.push({ label: "", height: before, loop: false });
    act();
    while (this.stack.length > before) this.sink();
    this.op(0x0b);
    this.frames.pop();
  }

  private indirect(): void {
    const { next, plan } = this;
    const inTable = plan.functions.filter((one) => one.inTable);
    const some = chance(next, 90) && inTable.length > 0 ? pick(next, inTable) : pick(next, plan.functions);
    const { params, results } = chance(next, 15) && plan.imports.length > 0 ? pick(next, plan.imports) : some;
    this.operands(params);
    this.tableSlot(params, results);
    this.indexed(0x11, this.typeIndex(params, results), 0);
    this.pop(params);
    this.push(results);
  }

  /** An index into table 0: most often one that holds a function of the type. */
  private tableSlot(params: Letters, results: Letters): void {
    const { next, plan } = this;
    const slots = slotsOfTable(plan).flatMap((one, at) =>
      one.params === params && one.results === results ? [at] : [],
    );
    const type = plan.tables[0]!.wide ? "l" : "i";
    this.constant(type, slots.length > 0 && chance(next, 90) ? pick(next, slots) : next(10));
  }

  private tailCall(): Going {
    const { next, plan } = this;
    const imports = plan.imports.length;
    const fits = (results: Letters) => results === this.own.results;
    const later = plan.functions.flatMap((one, at) => (at > this.index && fits(one.results) ? [at] : []));
    if (chance(next, 30)) {
      const targets = slotsOfTable(plan).filter((one) => fits(one.results));
      if (targets.length === 0) return true;
      const { params, results } = pick(next, targets);
      this.operands(params);
      this.tableSlot(params, results);
      this.indexed(0x13, this.typeIndex(params, results), 0);
      return false;
    }
    const hosts = plan.imports.flatMap((one, at) => (fits(one.results) ? [at] : []));
    if (hosts.length > 0 && chance(next, 20)) {
      const index = pick(next, hosts);
      this.operands(plan.imports[index]!.params);
      this.indexed(0x12, index);
      return false;
    }
    if (later.length === 0) return true;
    const index = pick(next, later);
    this.operands(plan.functions[index]!.params);
    this.indexed(0x12, imports + index);
    return false;
  }

  /** Recursion until an argument, or the stack, runs out; perhaps by a tail call. */
  private recursion(): void {
    const { next, plan, own } = this;
    const number = own.params.indexOf("i");
    if (number < 0) return;
    const tail = plan.tails && chance(next, 40);
    this.indexed(0x20, number);
    this.constant("i", chance(next, 70) ? 0x3f : 0x1fff);
    this.op(0x71); // i32.and
    this.indexed(0x22, number);
    this.op(0x04, 0x40);
    this.frames.push({ label: "", height: 0, loop: false });
    [...own.params].forEach((type, at) => {
      if (at === number) {
        this.indexed(0x20, number);
        this.op(0x41, 0x01, 0x6b);
        this.push("i");
      } else this.leaf(type);
    });
    this.indexed(tail ? 0x12 : 0x10, plan.imports.length + this.index);
    this.stack.length = 0;
    if (!tail) for (let result = 0; result < own.results.length; result++) this.op(0x1a);
    this.op(0x0b);
    this.frames.pop();
  }

  /** A try_table with catches whose labels are made for them or lie there already. */
  private tryTable(): void {
    const { next, plan } = this;
    const clauses: number[][] = [];
    const opened: Letters[] = [];
    const wanted = Array.from({ length: next(4) }, () => {
      const tag = chance(next, 70) ? next(plan.tags.length) : null;
      const ref = chance(next, 30);
      return { tag, ref, label: (tag === null ? "" : plan.tags[tag]!) + (ref ? "x" : "") };
    });
    if (chance(next, 50)) wanted.push({ tag: null, ref: false, label: "" });
    const sharedLoop = wanted.length > 0 && chance(next, 35);
    for (const { label } of wanted) {
      if (this.label(label) >= 0 && chance(next, 40)) continue;
      this.openLanding(label, sharedLoop && label.length < 3 && !label.includes("x") && opened.length === 0);
      opened.push(label);
    }
    for (const { tag, ref, label } of wanted) {
      const depth = this.anyLabel(label);
      if (depth < 0) continue;
      const clause = [(tag === null ? 2 : 0) + (ref ? 1 : 0)];
      if (tag !== null) putU(clause, tag);
      putU(clause, depth);
      clauses.push(clause);
    }
    const results = chance(next, 30) ? word(next, this.scalars, 2) : "";
    this.op(0x1f);
    this.blockType("", results);
    putU(this.out, clauses.length);
    for (const clause of clauses) this.op(...clause);
    this.frames.push({ label: results, height: this.stack.length, loop: false });
    this.sequence(6);
    if (!this.dead && chance(next, 70)) this.call();
    if (!this.dead && chance(next, 40)) this.throwIf();
    if (!this.dead && chance(next, 20)) this.dead = !this.throwing();
    this.settle(results);
    this.op(0x0b);
    this.frames.pop();
    this.push(results);
    for (const label of opened.reverse()) this.closeLanding(label);
  }

  /** A label with the wanted types, the innermost; loops too. */
  private anyLabel(wanted: Letters): number {
    for (let depth = 0; depth < this.frames.length; depth++) if (this.labelOf(depth) === wanted) return depth;
    return -1;
  }

  /** Opens a block, or a loop, for a catch to land on. A loop lives on a counter so that it ends. */
  private openLanding(label: Letters, loop: boolean): void {
    const counter = loop ? this.counters.pop() : undefined;
    if (counter === undefined) {
      this.op(0x02);
      this.blockType("", label);
      this.frames.push({ label, height: this.stack.length, loop: false });
      return;
    }
    this.constant("i", 1 + this.next(3));
    this.indexed(0x21, counter);
    for (const type of label) this.leaf(type);
    this.op(0x03);
    this.blockType(label, label);
    this.frames.push({ label, height: this.stack.length - label.length, loop: true });
    this.landingLoops.set(this.frames.length, counter);
    this.indexed(0x20, counter);
    this.op(0x41, 0x01, 0x6b);
    this.indexed(0x22, counter);
    this.op(0x45, 0x04, 0x40); // i32.eqz, if
    this.frames.push({ label: "", height: this.stack.length, loop: false });
    for (const type of this.own.results) this.leaf(type);
    this.op(0x0f, 0x0b); // return, end
    this.frames.pop();
    this.stack.length = this.top.height + label.length;
  }

  private readonly landingLoops = new Map<number, number>();

  private closeLanding(label: Letters): void {
    const counter = this.landingLoops.get(this.frames.length);
    this.landingLoops.delete(this.frames.length);
    if (counter !== undefined) this.counters.push(counter);
    if (chance(this.next, 30)) this.sequence(3);
    this.settle(label);
    this.op(0x0b);
    this.frames.pop();
    this.push(label);
    if (label.endsWith("x")) this.caught();
  }

  /** An exception that was caught by reference: thrown again, kept or dropped. */
  private caught(): void {
    const { next } = this;
    const locals = this.localsOf("x");
    this.stack.pop();
    if (locals.length > 0 && chance(next, 25)) {
      const local = pick(next, locals);
      this.indexed(0x21, local);
      this.condition();
      this.pop("i");
      this.op(0x04, 0x40);
      this.indexed(0x20, local);
      this.op(0x0a, 0x0b); // throw_ref, end
    } else if (locals.length > 0) this.indexed(0x21, pick(next, locals));
    else this.op(0x1a);
  }

  /** Code that is never reached but must be valid: operands come from nowhere there. */
  private junk(): void {
    const { next, plan } = this;
    for (let count = 1 + next(4); count > 0; count--) {
      const kind = next(11);
      if (kind === 0)
        this.op(0x6a, 0x1a); // i32.add, drop
      else if (kind === 1)
        this.op(0x02, 0x40, 0x00, 0x7c, 0x1a, 0x0b); // block, unreachable, i64.add, drop, end
      else if (kind === 2)
        this.op(0x04, 0x40, 0x05, 0x00, 0x0b); // if, else, unreachable, end
      else if (kind === 3)
        this.op(0x03, 0x40, 0x0c, 0x00, 0x0b); // loop, br 0, end
      else if (kind === 4)
        this.op(0x1a, 0x1b, 0x1a); // drop, select, drop
      else if (kind === 5)
        this.op(0x0d, 0x00); // br_if: leaves what the label takes
      else if (kind === 6 && this.locals.length > 0) this.indexed(0x21, next(this.locals.length));
      else if (kind === 7) this.deadCall();
      else if (kind === 8 && plan.memories.length > 0) this.indexed(0xfc0b, 0);
      else if (kind === 9)
        this.op(0x0e, 0x01, 0x00, 0x00); // br_table
      else if (kind === 10 && plan.exceptions) this.indexed(0x08, next(plan.tags.length));
      if (kind === 5) for (let rest = this.top.label.length; rest > 0; rest--) this.op(0x1a);
    }
  }

  private deadCall(): void {
    const { plan, next } = this;
    const index = next(plan.functions.length);
    this.indexed(0x10, plan.imports.length + index);
    for (let result = plan.functions[index]!.results.length; result > 0; result--) this.op(0x1a);
  }
}

/** What table 0 holds at first: the functions that the plan puts there, then imports. */
export function slotsOfTable(plan: Plan): { params: Letters; results: Letters; index: number }[] {
  const own = plan.functions.map(({ params, results, inTable }, at) => {
    return { params, results, inTable, index: plan.imports.length + at };
  });
  const hosts = plan.imports.map(({ params, results }, index) => ({ params, results, index }));
  return [...own.filter((one) => one.inTable), ...hosts].slice(0, 8);
}
