// The host that random modules import: it notes what it is told, gives back what follows from it alone, charges some
// calls, and now and then ends the guest. Every twin of a module has one of its own.
import type { Letters } from "../oracle/instructions.ts";
import { crossing } from "../oracle/instrument.ts";

/** A function that a module imports. */
export interface Imported {
  readonly module: string;
  readonly name: string;
  readonly params: Letters;
  readonly results: Letters;
}

/** A value as it crosses: i32 as a number, i64 as a bigint; floats and vectors as their bits. */
export type Crossing = number | bigint;

const CANONICAL_32 = 0x7fc00000;
const CANONICAL_64 = 0x7ff8000000000000n;
const view = new DataView(new ArrayBuffer(8));

export function f32Of(bits: number): number {
  view.setInt32(0, bits);
  return view.getFloat32(0);
}
export function f64Of(bits: bigint): number {
  view.setBigInt64(0, bits);
  return view.getFloat64(0);
}
/** Bits of a float, every NaN as the canonical one. */
export function bits32(value: number): number {
  if (Number.isNaN(value)) return CANONICAL_32;
  view.setFloat32(0, value);
  return view.getInt32(0);
}
export function bits64(value: number): bigint {
  if (Number.isNaN(value)) return CANONICAL_64;
  view.setFloat64(0, value);
  return view.getBigInt64(0);
}

/** One twin's host. */
export class GuestHost {
  readonly log: string[] = [];
  private count = 0;
  /** Takes fuel; false when there is not enough, and the guest ends. */
  charge: (amount: bigint) => boolean = () => true;
  end: () => void = () => {};

  private call({ name, params, results }: Imported, args: readonly Crossing[]): Crossing[] {
    const [a, b] = args;
    this.count += 1;
    if (name === "note") {
      if ((Number(a) & 15) === 7) this.end();
      else if (!this.charge(BigInt(Number(b) & 63))) return [];
    }
    this.log.push(`${name} ${shown(params, args)}`);
    if (name === "mix") return [BigInt.asIntN(64, (b as bigint) * 31n + BigInt(a as number))];
    if (name === "blend") return [bits64(f32Of(a as number) + f64Of(b as bigint))];
    if (name === "thin") return [bits32(Math.fround(f64Of(a as bigint)))];
    if (name === "spin") return [(b as bigint) ^ 5n, a as bigint];
    return [...crossing(results)].map((type) => {
      if (type === "i") return this.count * 7;
      return type === "l" ? BigInt(this.count * 5) : (null as unknown as Crossing);
    });
  }

  /** The imports of a module whose floats cross as integers. */
  integers(wanted: readonly Imported[]): WebAssembly.Imports {
    return this.offer(wanted, (one) => (...args) => {
      const results = this.call(one, args as Crossing[]);
      return results.length > 1 ? results : results[0];
    });
  }

  /** The imports of a module as it was drawn. */
  raw(wanted: readonly Imported[]): WebAssembly.Imports {
    return this.offer(
      wanted,
      (one) =>
        (...args) =>
          outOf(one.results, this.call(one, into(one.params, args))),
    );
  }

  private offer(
    wanted: readonly Imported[],
    make: (one: Imported) => (...args: unknown[]) => unknown,
  ): WebAssembly.Imports {
    const all: Record<string, Record<string, unknown>> = {};
    for (const one of wanted) {
      all[one.module] ??= {};
      all[one.module]![one.name] = make(one);
    }
    return all;
  }
}

/** Values for the log: floats as numbers, so that NaNs look alike; references by their absence only. */
function shown(types: Letters, values: readonly Crossing[]): string {
  let at = 0;
  const words = [...types].map((type) => {
    const value = values[at++]!;
    if (type === "f") return f32Of(value as number);
    if (type === "d") return f64Of(value as bigint);
    if (type === "v") return `${value}:${values[at++]}`;
    return type === "i" || type === "l" ? value : value === null;
  });
  return words.join(" ");
}

/** JavaScript's values of raw WebAssembly to values as they cross, every NaN as the canonical one. */
export const into = (types: Letters, values: readonly unknown[]): Crossing[] =>
  values.map((value, at) => {
    if (types[at] === "f") return bits32(value as number);
    if (types[at] === "d") return bits64(value as number);
    // A function's identity is its instance's.
    return typeof value === "function" ? ("function" as unknown as Crossing) : (value as Crossing);
  });

/** Values as they cross to what raw WebAssembly takes from JavaScript. */
export function outOf(types: Letters, values: readonly Crossing[]): unknown {
  const given = values.map((value, at) => {
    if (types[at] === "f") return f32Of(value as number);
    return types[at] === "d" ? f64Of(value as bigint) : value;
  });
  return given.length > 1 ? given : given[0];
}
