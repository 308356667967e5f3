// Where the fuel of a run goes, by function and by the functions that called it: hears the probes of modules that were
// rewritten for it, and keeps the stack of open functions beside them. What it says adds up to the run's fuel exactly,
// whatever the end. A tool's: nothing of an answer depends on it.
import type { Info } from "./form.ts";
import { INTERNAL_EXPORTS, PROBES } from "./rewrite/index.ts";

/** The first nodes of the tree, none of the guest's functions: what runs outside of them, and the making of the instance. */
export const OUTSIDE = ["[host]", "[instance]", "[deeper]"] as const;
const [HOST, INSTANCE, DEEPER] = [0, 1, 2];
const NO_FUNCTION = -1;

/**
 * Ways to functions that are told apart, and how many functions may be on one; of what is beyond, each function is told only
 * by itself, below `[deeper]`: a guest could make any number.
 */
const NODES = 20_000;
const DEPTH = 128;
/** Charges that may wait before it is asked whether it is certain that the end of the run counts them. */
const WAITING = 256;

/** One way to a function: the function, called by that of another node, and so on. */
export interface ProfileNode {
  /** The number of the caller's node; that of `OUTSIDE`'s nodes is their own. */
  readonly parent: number;
  /** Number of the function, those of a program's modules one after the other; -1 in `OUTSIDE`'s nodes. */
  readonly function: number;
  readonly calls: number;
  /** Fuel that was charged while the function itself ran, with what its flat callees cost (SPEC rule F10). */
  readonly self: bigint;
}

/**
 * A module that passes on what it imports: functions of ours become such as a table can hold. Its imports and exports are
 * named by the elements of `PROBES`, of whose types they are.
 */
const PASSING_ON = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x10, 0x03, 0x60, 0x02, 0x7f, 0x7e, 0x01, 0x7f, 0x60, 0x01, 0x7e, 0x00, 0x60, 0x02, 0x7f, 0x7e, 0x00],
  ...[0x02, 0x10, 0x03, 0x00, 0x01, 0x30, 0x00, 0x00, 0x00, 0x01, 0x31, 0x00, 0x01, 0x00, 0x01, 0x32, 0x00, 0x02],
  ...[0x07, 0x0d, 0x03, 0x01, 0x30, 0x00, 0x00, 0x01, 0x31, 0x00, 0x01, 0x01, 0x32, 0x00, 0x02],
]);

/** Hears one run. */
export class Profiler {
  private readonly parents = [HOST, INSTANCE, DEEPER];
  private readonly functions = [NO_FUNCTION, NO_FUNCTION, NO_FUNCTION];
  private readonly calls = [1, 1, 0];
  private readonly self = [0n, 0n, 0n];
  /** Nodes by caller's node and function. */
  private readonly known = new Map<number, number>();
  /** Number of the first function of each module, and of all functions. */
  private readonly first = new Map<Info, number>();
  private count = 0;
  /** Nodes of the functions that are open, the innermost last. */
  private readonly open: number[] = [];
  private readonly limit: bigint;
  private readonly left: () => bigint;
  /** Fuel that was left when something was charged last. */
  private last: bigint;
  /** What is charged but may yet turn out not to count (SPEC rule F7): nodes and amounts, in order. */
  private readonly waitingNodes: number[] = [];
  private readonly waiting: bigint[] = [];
  /** Charges that don't wait, together. */
  private counted = 0n;

  /** `infos`: of the program's modules. `limit`: the run's fuel. `left`: what the counter says, whenever it is asked. */
  constructor(infos: readonly Info[], limit: bigint, instanceCost: bigint, left: () => bigint) {
    for (const info of infos) {
      this.first.set(info, this.count);
      this.count += info.watched!.names.length;
    }
    this.limit = limit;
    this.left = left;
    this.last = limit;
    this.charge(INSTANCE, limit - instanceCost);
  }

  /** Takes hold of an instance of one of the modules before anything of it runs. */
  attach(info: Info, exports: Readonly<Record<string, unknown>>): void {
    const first = this.first.get(info)!;
    const heard = {
      [PROBES.enter]: (index: number, fuel: bigint) => this.enter(first + index, fuel),
      [PROBES.leave]: (fuel: bigint) => this.leave(fuel),
      [PROBES.land]: (open: number, fuel: bigint) => this.land(open, fuel),
    };
    const passed = new WebAssembly.Instance(new WebAssembly.Module(PASSING_ON), { "": heard });
    const table = exports[INTERNAL_EXPORTS.probes] as WebAssembly.Table;
    for (const element of Object.values(PROBES)) table.set(element, passed.exports[element]);
  }

  /** The tree, once the run has ended and `used` is its fuel: callers before what they call. */
  finish(used: bigint): readonly ProfileNode[] {
    this.settle(used);
    this.self[this.waitingNodes[0] ?? this.innermost]! += used - this.counted;
    return this.parents.map((parent, node) => ({
      parent,
      function: this.functions[node]!,
      calls: this.calls[node]!,
      self: this.self[node]!,
    }));
  }

  private get innermost(): number {
    return this.open.length === 0 ? HOST : this.open[this.open.length - 1]!;
  }

  private enter(index: number, fuel: bigint): number {
    const caller = this.innermost;
    this.charge(caller, fuel);
    const node = this.nodeOf(caller, index);
    this.calls[node]!++;
    return this.open.push(node);
  }

  private leave(fuel: bigint): void {
    this.charge(this.innermost, fuel);
    this.open.pop();
  }

  private land(open: number, fuel: bigint): void {
    this.charge(this.innermost, fuel);
    this.open.length = open;
  }

  private nodeOf(caller: number, index: number): number {
    const found = this.known.get(caller * this.count + index);
    if (found !== undefined) return found;
    const beyond = this.parents.length >= NODES || this.open.length >= DEPTH;
    if (beyond && caller !== DEEPER) return this.nodeOf(DEEPER, index);
    const node = this.parents.length;
    this.known.set(caller * this.count + index, node);
    this.parents.push(caller);
    this.functions.push(index);
    this.calls.push(0);
    this.self.push(0n);
    return node;
  }

  /** Charges what has gone since the last time. */
  private charge(node: number, fuel: bigint): void {
    const amount = this.last - fuel;
    if (amount === 0n) return;
    this.last = fuel;
    this.waitingNodes.push(node);
    if (this.waiting.push(amount) < WAITING) return;
    const left = this.left();
    this.settle(left < 0n ? this.limit : this.limit - left);
  }

  /** Counts what waits, as far as it is among the first `used` units. */
  private settle(used: bigint): void {
    const { waiting, waitingNodes } = this;
    let at = 0;
    for (; at < waiting.length; at++) {
      const amount = waiting[at]!;
      if (this.counted + amount > used) break;
      this.counted += amount;
      this.self[waitingNodes[at]!]! += amount;
    }
    waiting.splice(0, at);
    waitingNodes.splice(0, at);
  }
}
