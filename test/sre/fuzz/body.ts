// A random function body: a walk that keeps the types of operands and labels and at each step draws an instruction
// that fits, or makes it fit. So it reaches code that no compiler writes: operands below branches, blocks with
// several parameters, code after a branch, catches that land on loops. It writes bytes directly.
import { putS, putU } from "../oracle/bytes.ts";
import type { Letters } from "../oracle/instructions.ts";
import { TYPE_BYTES } from "../oracle/module.ts";
import { Calls } from "./calls.ts";
import type { Going } from "./labels.ts";
import { chance, type Plan, pick, word } from "./plan.ts";
import type { TypeIndex } from "./values.ts";

/** Writes the body of function `index` of the plan: declarations of locals and code. */
export function drawBody(plan: Plan, index: number, typeIndex: TypeIndex): number[] {
  return new Walk(plan, index, typeIndex).run();
}

class Walk extends Calls {
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

  protected action(): Going {
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
}
