// The part of a random body that knows its labels: blocks and what they promise, branches' targets, and code that is
// never reached. What is drawn inside a block is the other parts' choice.
import { putS } from "../oracle/bytes.ts";
import type { Letters } from "../oracle/instructions.ts";
import { TYPE_BYTES } from "../oracle/module.ts";
import { chance, pick, word } from "./plan.ts";
import { Values } from "./values.ts";

/** Whether the code goes on after an action. */
export type Going = boolean;

/** Keeps labels. */
export abstract class Labels extends Values {
  /** Actions left in this body. */
  protected budget = 0;
  /** Whether what is written next is never reached. */
  protected dead = false;

  /** Draws one instruction or structure. */
  protected abstract action(): Going;

  /** Draws instructions until the stretch or the budget ends, or it ended in a branch away. */
  protected sequence(most = 10): void {
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
  protected settle(results: Letters): void {
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

  protected get loose(): Letters {
    return this.stack.slice(this.top.height).join("");
  }

  /** A block type, in the shortest form or as a type of the module. */
  protected blockType(params: Letters, results: Letters): void {
    if (params === "" && results === "") this.op(0x40);
    else if (params === "" && results.length === 1) this.op(TYPE_BYTES[results]!);
    else putS(this.out, this.typeIndex(params, results));
  }

  /** Opens a block on operands that lie there, draws its inside, and closes it. */
  protected enclosed(opcode: number, params: Letters, results: Letters, inside: () => void): void {
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

  protected signature(): [params: Letters, results: Letters] {
    const { next } = this;
    const some = this.loose.slice(-next(3));
    const params = chance(next, 25) ? (chance(next, 50) ? some : word(next, this.scalars, 2)) : "";
    return [params, chance(next, 40) ? word(next, this.scalars, 2) : ""];
  }

  /** A condition, most often about the arguments or the counter global. */
  protected condition(): void {
    const { next } = this;
    if (chance(next, 40)) {
      this.indexed(0x23, 1);
      this.constant("i", 1 << next(4));
      this.op(0x71); // i32.and
      this.push("i");
    } else this.value("i");
  }

  /** Labels, by depth, that a branch may go to; loops only now and then, for they may never end. */
  protected label(wanted?: Letters): number {
    const { next } = this;
    const fitting = this.frames.flatMap((frame, at) => {
      if (frame.loop && !chance(next, 12)) return [];
      return wanted === undefined || frame.label === wanted ? [this.frames.length - 1 - at] : [];
    });
    if (fitting.length === 0) return -1;
    return chance(next, 25) ? fitting[0]! : pick(next, fitting);
  }

  protected labelOf(depth: number): Letters {
    return this.frames[this.frames.length - 1 - depth]!.label;
  }

  /** Code that is never reached but must be valid: operands come from nowhere there. */
  protected junk(): void {
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

  protected deadCall(): void {
    const { plan, next } = this;
    const index = next(plan.functions.length);
    this.indexed(0x10, plan.imports.length + index);
    for (let result = plan.functions[index]!.results.length; result > 0; result--) this.op(0x1a);
  }
}
