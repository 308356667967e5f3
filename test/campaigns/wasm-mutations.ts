// Modules with bytes changed, cut out, doubled or exchanged, through the rewriter. It must never throw, must refuse
// what the engine finds invalid and nothing else (but what lies outside the profile), and what it rewrites must be
// valid. One case is one mutated module.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type RefusalCode, type RewriteResult, rewrite } from "../../sre/wasm/rewrite/index.ts";
import { ABORT, ECHO, LOG, RECURSE, STICKY } from "../sre/support/guests.ts";
import { wat } from "../sre/support/wat.ts";
import { random } from "../support/state-tree.ts";

export const name = "mutated modules through the rewriter";
export const whole = 2_000_000;

const VECTORS = join(import.meta.dirname, "../data/wasm");

/** Refusals that say nothing about validity. */
const OUTSIDE: readonly string[] = ["unsupported", "limit", "import"] satisfies RefusalCode[];

/** Runs `count` mutations from the seed; throws, with the bytes, at the first that the rewriter doesn't bear. */
export function run({ seed, count, log }: { seed: number; count: number; log: (line: string) => void }): void {
  const next = random(seed);
  const texts = readdirSync(VECTORS).filter((file) => file.endsWith(".wat"));
  const samples = [
    ECHO,
    LOG,
    ABORT,
    RECURSE,
    STICKY,
    ...texts.map((file) => readFileSync(join(VECTORS, file), "utf8")),
  ];
  const modules = samples.map(wat);
  const seen = { outside: 0, invalid: 0, valid: 0 };
  for (let done = 0; done < count; done++) {
    const module = mutate(next, modules[next(modules.length)]!, modules[next(modules.length)]!);
    const result = rewriteOrTell(module, seed, done);
    const fits = WebAssembly.validate(module);
    const tell = (what: string) => new Error(`seed ${seed}, case ${done}: ${what}: ${hex(module)}`);
    if (result.kind === "refused") {
      const outside = OUTSIDE.includes(result.refusal.code);
      if (fits && !outside) throw tell(`refused (${result.refusal.message}) what the engine finds valid`);
      if (outside) seen.outside++;
      else seen.invalid++;
    } else if (!fits) throw tell("took what the engine finds invalid");
    else if (!WebAssembly.validate(result.module.bytes)) throw tell("a valid module became invalid");
    else seen.valid++;
    if ((done + 1) % 200_000 === 0) log(`${done + 1} of ${count}: ${JSON.stringify(seen)}`);
  }
  if (count >= 10_000 && Math.min(seen.outside, seen.valid, seen.invalid) === 0) {
    throw new Error(`the generator has lost an edge: ${JSON.stringify(seen)}`);
  }
}

function rewriteOrTell(module: Uint8Array, seed: number, done: number): RewriteResult {
  try {
    return rewrite(module, { refuseImport: () => null, keepExport: () => true });
  } catch (error) {
    throw new Error(`seed ${seed}, case ${done}: the rewriter threw on ${hex(module)}`, { cause: error });
  }
}

function mutate(next: (bound: number) => number, module: Uint8Array, other: Uint8Array): Uint8Array {
  let bytes = [...module];
  for (let edits = 1 + next(3); edits > 0; edits--) {
    const at = next(bytes.length);
    const kind = next(6);
    if (kind === 0) bytes[at] = bytes[at]! ^ (1 << next(8));
    else if (kind === 1) bytes[at] = next(256);
    else if (kind === 2) bytes[at] = (bytes[at]! + 1) & 255;
    else if (kind === 3) bytes.splice(at, 1 + next(4));
    else if (kind === 4) bytes.splice(at, 0, ...other.subarray(next(other.length)).subarray(0, 1 + next(12)));
    else bytes[at] = [0x00, 0x0b, 0x7f, 0x80, 0xfc, 0xd2, 0x10, 0x0e][next(8)]!;
    if (bytes.length === 0) bytes = [0];
  }
  return new Uint8Array(bytes);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
