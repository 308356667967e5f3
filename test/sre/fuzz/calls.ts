// The part of a random body that calls: forwards, backwards while a budget lasts, through the table, the host, in tail
// position, itself.
import type { Letters } from "../oracle/instructions.ts";
import { type Going, Labels } from "./labels.ts";
import { chance, type Plan, pick } from "./plan.ts";

/** Writes calls. */
export abstract class Calls extends Labels {
  /** Functions that may be called from here: forwards, and any while the budget lasts. */
  protected callee(): { index: number; guarded: boolean } | null {
    const { next, plan } = this;
    const later = plan.functions.flatMap((one, at) => {
      return at > this.index && (!this.flat || one.style === "flat") ? [at] : [];
    });
    if (this.own.style === "guarded" && chance(next, 40)) return { index: next(plan.functions.length), guarded: true };
    return later.length === 0 ? null : { index: pick(next, later), guarded: false };
  }

  protected call(): void {
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
  protected guard(act: () => void): void {
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

  protected indirect(): void {
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
  protected tableSlot(params: Letters, results: Letters): void {
    const { next, plan } = this;
    const slots = slotsOfTable(plan).flatMap((one, at) =>
      one.params === params && one.results === results ? [at] : [],
    );
    const type = plan.tables[0]!.wide ? "l" : "i";
    this.constant(type, slots.length > 0 && chance(next, 90) ? pick(next, slots) : next(10));
  }

  protected tailCall(): Going {
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
  protected recursion(): void {
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
}

/** What table 0 holds at first: the functions that the plan puts there, then imports. */
export function slotsOfTable(plan: Plan): { params: Letters; results: Letters; index: number }[] {
  const own = plan.functions.map(({ params, results, inTable }, at) => {
    return { params, results, inTable, index: plan.imports.length + at };
  });
  const hosts = plan.imports.map(({ params, results }, index) => ({ params, results, index }));
  return [...own.filter((one) => one.inTable), ...hosts].slice(0, 8);
}
