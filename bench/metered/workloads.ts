// The list of workloads: where each module lies, how long it runs, and what it must answer. Sizes take some 15 ms of
// optimised raw code; the checked answer is that of the small size, which each run computes first.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { modulePath } from "../workloads/build.ts";
import { sqlite } from "./applications.ts";
import { MEDLEY } from "./scripts.ts";
import type { Workload } from "./workload.ts";

const own = (name: string, size: number, small: readonly [number, number], plain = true): Workload => ({
  name,
  source: () => new Uint8Array(readFileSync(modulePath(name))),
  memory: {},
  prepare: (guest) => (n) => guest.call("run", n),
  size,
  small,
  plain,
});

/** Our own programs. */
export const OWN: readonly Workload[] = [
  own("fibonacci", 34, [10, 55]),
  own("sha256", 40, [1, 1_980_389_979]),
  own("matrix", 8, [1, 37_334_750]),
  own("matrix-simd", 30, [1, 3_733_475]),
  own("bodies", 130_000, [100, 5_975]),
  own("quicksort", 1, [1, 270_497_876]),
  own("pancakes", 9, [5, 45_807]),
  own("bytecode", 3, [1, 2_510_348_178]),
  own("mandelbrot", 500, [20, 4_198_180_378]),
  own("compress", 7, [1, 3_480_368_786]),
  own("queens", 13, [6, 4]),
  own("trees", 25, [1, 3_354_114_233]),
  own("medley", 400, [3, 35_351]),
  own("table", 800_000, [1000, 2_730_208_011]),
  own("distance", 25, [1, 269]),
  own("life", 20, [2, 459_958_291], false),
  own("objects", 50, [1, 587_954_356], false),
];

/** Installs the database's package; it stays out of the product's own installation, since it has 10 MB. */
export const INSTALL = "npm ci --prefix bench/applications";
const APPLICATIONS = join(import.meta.dirname, "../applications/node_modules");

/** Programs that others wrote: the interpreter, and the database where it is installed. */
export function applications(): readonly Workload[] {
  const { file, ...rest } = sqlite;
  const path = join(APPLICATIONS, file);
  if (!existsSync(path)) return [MEDLEY];
  return [MEDLEY, { ...rest, source: () => new Uint8Array(readFileSync(path)), plain: false }];
}
