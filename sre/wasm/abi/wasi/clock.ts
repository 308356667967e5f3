// Time, randomness, and the end of a program.
import { NS_PER_MS, refuse } from "../../world/index.ts";
import { u64 } from "./bytes.ts";
import { type Operation, operation } from "./call.ts";
import { CLOCKS } from "./numbers.ts";

const TIME = { result: 8 } as const;

/** The functions of this group. */
export const CLOCK_OPERATIONS: readonly Operation[] = [
  operation("clock_res_get", ["i32", TIME], (_process, id) => (id < CLOCKS.count ? [u64(NS_PER_MS)] : refuse("inval"))),

  // The precision that the guest asks for changes nothing.
  operation("clock_time_get", ["i32", "i64", TIME], ({ world }, id) => {
    if (id >= CLOCKS.count) refuse("inval");
    return [u64(id === CLOCKS.realtime ? world.wallTime() : world.runTime())];
  }),

  operation("random_get", ["room"], ({ world }, size) => [world.randomBytes(size)]),

  operation("sched_yield", [], () => []),

  operation("proc_raise", ["i32"], () => refuse("notsup")),
];
