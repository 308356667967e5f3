// An attack on walls: system calls that must fail in the right way. A wall is in force only where every attack on it did.
import type { Syscall } from "./program.ts";

/** An attack: its calls, and whether the last one's result says that the wall held. */
export interface Attack {
  /** What it gets when it succeeds, in words that follow "could". */
  readonly name: string;
  readonly calls: readonly Syscall[];
  readonly failed: (result: bigint) => boolean;
}

/** An attack of one call. */
export const attack = (
  name: string,
  call: Syscall["call"],
  args: Syscall["args"],
  failed: Attack["failed"],
): Attack => ({
  name,
  calls: [{ call, args }],
  failed,
});
/** Whether a call was refused, for whatever reason. */
export const refused: Attack["failed"] = (result) => result < 0n;
/** Whether a call had exactly this result. */
export const is =
  (value: bigint): Attack["failed"] =>
  (result) =>
    result === value;

/** The calls of attacks, for the program that makes them. */
export const callsOf = (attacks: readonly Attack[]): readonly Syscall[] => attacks.flatMap(({ calls }) => calls);

/** The attacks that succeeded, by the results of `callsOf`'s calls. */
export function breaches(attacks: readonly Attack[], results: readonly bigint[]): readonly Attack[] {
  let at = -1;
  return attacks.filter(({ calls, failed }) => {
    at += calls.length;
    return !failed(results[at]!);
  });
}
