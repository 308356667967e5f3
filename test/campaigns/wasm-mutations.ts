// Modules made wrong on purpose, through reader and rewriter. It must never throw; what it takes must be valid by the
// engine's word too, and so must be what it writes; what it refuses as invalid must be invalid; and what it writes must
// not be out of proportion. One case is one module; now and then it is nothing but noise.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type RewriteResult, rewrite } from "../../sre/wasm/rewrite/index.ts";
import { drawModule } from "../sre/fuzz/module.ts";
import { mutate, type Sample, takeApart } from "../sre/fuzz/mutate.ts";
import type { Next } from "../sre/fuzz/plan.ts";
import { wat } from "../sre/support/wat.ts";
import { random } from "../support/state-tree.ts";
import { LAX } from "./wasm-validate.ts";

export const name = "modules made wrong through the rewriter";
export const whole = 10_000_000;

/** Refusals that are ours to make, whatever an engine says. */
const OURS: readonly string[] = ["unsupported", "limit", "import", "export"];
/** Bytes that a source byte may come to at most, besides what any module gets. */
const GROWTH = { each: 40, any: 4096 };
const VECTORS = join(import.meta.dirname, "../data/wasm");
const SAMPLES = 150;
const SAMPLE_BYTES = 1_500;

/** Runs `count` mutations from the seed; throws, with the bytes, at the first that the rewriter doesn't bear. */
export function run({ seed, count, log }: { seed: number; count: number; log: (line: string) => void }): void {
  const next = random(seed);
  const samples = drawSamples(next, Math.min(SAMPLES, 10 + count / 100));
  const seen: Record<string, number> = {};
  for (let done = 0; done < count; done++) {
    const module =
      next(200) === 0 ? noise(next) : mutate(next, samples[next(samples.length)]!, samples[next(samples.length)]!);
    const verdict = judge(module, `seed ${seed}, case ${done}`, next(8) === 0);
    seen[verdict] = (seen[verdict] ?? 0) + 1;
    if ((done + 1) % 500_000 === 0) log(`${done + 1} of ${count}: ${JSON.stringify(seen)}`);
  }
  log(JSON.stringify(seen));
  for (const verdict of ["taken", "malformed", "invalid", "index", "unsupported", "limit"]) {
    if (count >= 100_000 && seen[verdict] === undefined) throw new Error(`no module was "${verdict}"`);
  }
}

const rewritten = (bytes: Uint8Array) => rewrite(bytes, { refuseImport: () => null, keepExport: () => true });

function drawSamples(next: Next, count: number): Sample[] {
  const texts = readdirSync(VECTORS).filter((file) => file.endsWith(".wat"));
  const vectors = texts.map((file) => wat(readFileSync(join(VECTORS, file), "utf8")));
  const samples: Sample[] = vectors.filter((bytes) => rewritten(bytes).kind === "rewritten").map(takeApart);
  while (samples.length < count) {
    const options = { exceptions: next(3) === 0, memory64: next(6) === 0, multiMemory: next(6) === 0 };
    const { bytes } = drawModule(next(2 ** 32), options);
    if (bytes.length <= SAMPLE_BYTES) samples.push(takeApart(bytes));
  }
  return samples;
}

/** Random bytes, with or without the header of a module. */
function noise(next: Next): Uint8Array {
  const bytes = Uint8Array.from({ length: next(60) }, () => next(256));
  if (next(4) > 0) bytes.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].slice(0, bytes.length));
  return bytes;
}

/** `asking`: whether the engine's opinion is wanted on a refused module too; it takes most of the time. */
function judge(module: Uint8Array, where: string, asking: boolean): string {
  const complain = (text: string, cause?: unknown) => {
    return new Error(`${where}: ${text}: ${Buffer.from(module).toString("hex")}`, { cause });
  };
  let result: RewriteResult;
  try {
    result = rewritten(module);
  } catch (error) {
    throw complain("the rewriter threw", error);
  }
  if (result.kind === "refused") {
    const { code, message } = result.refusal;
    const bearable = OURS.includes(code) || LAX.some((named) => named.test(message));
    if (asking && !bearable && WebAssembly.validate(module)) throw complain(`refused though it is valid (${message})`);
    return code;
  }
  if (!WebAssembly.validate(module)) throw complain("taken though it is not valid");
  const { bytes } = result.module;
  if (!WebAssembly.validate(bytes)) throw complain("a valid module became invalid");
  if (bytes.length > GROWTH.any + GROWTH.each * module.length) throw complain(`grew to ${bytes.length} bytes`);
  return "taken";
}
