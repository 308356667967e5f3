// The globals that an instrumented guest counts in, and the short sequences that read and write them.
import { putS, putU } from "./bytes.ts";

/** Why an instrumented guest stopped itself, in its global `why`; 0 is a trap of its own or none. */
export const WHY = { fuel: 1, stack: 2, host: 3, growth: 4 } as const;

/**
 * The exported globals, in order. i64: fuel used, as of the last sync point, by the naive count, and the limit.
 * `throws` counts exceptions. `loose` is set by a NaN or by a growth that was refused: then a module as it was drawn may do something else.
 */
export const GLOBALS = [
  ["used", "l"],
  ["synced", "l"],
  ["naive", "l"],
  ["limit", "l"],
  ["stack", "i"],
  ["why", "i"],
  ["end", "i"],
  ["loose", "i"],
  ["pages", "i"],
  ["throws", "l"],
] as const;
/** The name of such a global. */
export type Counter = (typeof GLOBALS)[number][0];

/** Writes the short sequences that instrumenting needs. */
export class Code {
  readonly out: number[];
  private readonly global: (counter: Counter) => number;

  constructor(out: number[], global: (counter: Counter) => number) {
    this.out = out;
    this.global = global;
  }

  op(...bytes: number[]): void {
    this.out.push(...bytes);
  }

  indexed(opcode: number, index: number): void {
    this.out.push(opcode);
    putU(this.out, index);
  }

  constant(type: "i" | "l", value: number | bigint): void {
    this.out.push(type === "i" ? 0x41 : 0x42);
    putS(this.out, value);
  }

  get(counter: Counter): void {
    this.indexed(0x23, this.global(counter));
  }

  set(counter: Counter): void {
    this.indexed(0x24, this.global(counter));
  }

  add(counter: "used" | "naive" | "throws", amount: number): void {
    if (amount === 0) return;
    this.get(counter);
    this.constant("l", amount);
    this.op(0x7c);
    this.set(counter);
  }

  sync(): void {
    this.get("used");
    this.set("synced");
  }

  stopIf(why: number): void {
    this.op(0x04, 0x40);
    this.constant("i", why);
    this.set("why");
    this.op(0x00, 0x0b);
  }

  /** A check point: the fuel is noted, and the guest stops if it has used too much. */
  check(): void {
    this.sync();
    this.get("used");
    this.get("limit");
    this.op(0x55); // i64.gt_s
    this.stopIf(WHY.fuel);
  }

  /** Puts local `at`, or two of them, on the stack as a guest's value; gives the next local. */
  inward(type: string, at: number): number {
    this.indexed(0x20, at);
    if (type === "f") this.op(0xbe);
    if (type === "d") this.op(0xbf);
    if (type !== "v") return at + 1;
    this.op(0xfd, 0x12); // i64x2.splat
    this.indexed(0x20, at + 1);
    this.op(0xfd, 0x1e, 1); // i64x2.replace_lane
    return at + 2;
  }

  /** Puts a local of the guest's on the stack as integers. */
  outward(type: string, local: number): void {
    this.indexed(0x20, local);
    if (type === "f") this.op(0xbc);
    if (type === "d") this.op(0xbd);
    if (type !== "v") return;
    this.op(0xfd, 0x1d, 0);
    this.indexed(0x20, local);
    this.op(0xfd, 0x1d, 1);
  }
}
