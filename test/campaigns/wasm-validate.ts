// Our validator against the engine's, on modules with a few bytes changed: each must be refused by both or taken by
// both, save for what the profile leaves out and the laxities that are named here. One case is one mutated module.
import { EVERYTHING, refusal } from "../sre/support/reading.ts";
import { SAMPLES } from "../sre/support/samples.ts";
import { wat } from "../sre/support/wat.ts";
import { random } from "../support/state-tree.ts";

export const name = "the validator against the engine's";
export const whole = 10_000_000;

/** What V8 takes though the specification doesn't: by a part of our refusal. */
export const LAX: readonly RegExp[] = [
  // An element segment of a number type, as long as it has no elements.
  /is not a reference type \(element section/,
  // The kind of a tag, a byte, written as a number of several bytes.
  /is of unknown kind \(tag section/,
];
/** Refusals that are ours to make, whatever an engine says. */
const OURS: readonly string[] = ["unsupported", "limit", "import"];
/** Bytes that mean much: types, frequent opcodes, ends of numbers. */
const SPICE = [
  0x00, 0x01, 0x02, 0x05, 0x0b, 0x0c, 0x0d, 0x0e, 0x10, 0x1a, 0x1b, 0x1f, 0x20, 0x40, 0x41, 0x42, 0x69, 0x6f,
];
SPICE.push(0x70, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0xd0, 0xd2, 0xfc, 0xfd, 0xff);

/** Runs `count` mutations from the seed; throws, with the bytes, at the first disagreement that has no name. */
export function run({ seed, count, log }: { seed: number; count: number; log: (line: string) => void }): void {
  const next = random(seed);
  const samples = SAMPLES.map(wat);
  for (const sample of samples) compare(sample, -1);
  const seen: Record<string, number> = {};
  for (let done = 0; done < count; done++) {
    const module = mutate(next, samples[next(samples.length)]!, samples[next(samples.length)]!);
    const verdict = compare(module, done);
    seen[verdict] = (seen[verdict] ?? 0) + 1;
    if ((done + 1) % 1_000_000 === 0) log(`${done + 1} of ${count}: ${JSON.stringify(seen)}`);
  }
  for (const verdict of ["taken", "malformed", "invalid", "index", "unsupported", "limit"]) {
    if (count >= 10_000 && seen[verdict] === undefined) throw new Error(`no module was "${verdict}"`);
  }
  log(JSON.stringify(seen));
}

function compare(module: Uint8Array, done: number): string {
  const refused = refusal(module, EVERYTHING);
  if (refused !== null && OURS.includes(refused.code)) return refused.code;
  const engine = WebAssembly.validate(module);
  const agreed = engine === (refused === null) || LAX.some((named) => refused !== null && named.test(refused.message));
  if (agreed) return refused?.code ?? "taken";
  const words = `case ${done}: the engine ${engine ? "takes" : "refuses"} it; we: ${refused?.message ?? "take it"}`;
  throw new Error(`${words}: ${Buffer.from(module).toString("hex")}`);
}

function mutate(next: (bound: number) => number, module: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = [...module];
  for (let edits = 1 + next(3); edits > 0; edits--) {
    const at = 8 + next(bytes.length - 8);
    const kind = next(6);
    if (kind === 0) bytes[at] = bytes[at]! ^ (1 << next(8));
    else if (kind === 1) bytes[at] = SPICE[next(SPICE.length)]!;
    else if (kind === 2) bytes[at] = (bytes[at]! + (next(2) === 0 ? 1 : 255)) & 255;
    else if (kind === 3) bytes.splice(at, 1);
    else if (kind === 4) bytes.splice(at, 0, SPICE[next(SPICE.length)]!);
    else bytes.splice(at, next(8), ...other.subarray(8 + next(other.length - 8)).subarray(0, next(8)));
    if (bytes.length < 10) bytes.push(0, 0);
  }
  return new Uint8Array(bytes);
}
