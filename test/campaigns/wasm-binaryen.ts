// Modules of binaryen's fuzzer, rewritten, against the same oracles as those of our own generator: it knows less of
// our edges, but reaches instructions and shapes that ours may not think of. One case is one module.
import { rewrite } from "../../sre/wasm/rewrite/index.ts";
import { loadGenerator } from "../sre/fuzz/binaryen.ts";
import { compare, Tally } from "../sre/fuzz/compare.ts";
import type { Subject } from "../sre/fuzz/twins.ts";
import { type Module, readModule } from "../sre/oracle/module.ts";
import { random } from "../support/state-tree.ts";

export const name = "binaryen's random modules, rewritten against drawn and instrumented";
export const whole = 6_000;

/** Features besides the base, by case. */
const WITH: readonly (readonly string[])[] = [
  ...[[], [], [], ["memory64"], ["multimemory"], ["reference-types"]],
  ["reference-types", "exception-handling"],
];

/** Runs `count` modules from the seed; rejects, with the module, at the first difference. */
export async function run({
  seed,
  count,
  log,
}: {
  seed: number;
  count: number;
  log: (line: string) => void;
}): Promise<void> {
  const next = random(seed);
  const tally = new Tally();
  const generator = loadGenerator();
  try {
    for (let done = 0; done < count; done++) {
      const input = Uint8Array.from({ length: 200 + next(3000) }, () => next(256));
      const features = WITH[next(WITH.length)]!;
      const bytes = await generator.make(input, features);
      one(bytes, next(2 ** 32), `seed ${seed}, module ${done}`, tally);
      if ((done + 1) % 500 === 0 || done + 1 === count) log(`${done + 1} of ${count}: ${JSON.stringify(tally.counts)}`);
    }
  } finally {
    generator.close();
  }
  if (Math.min(tally.of("modules"), tally.of("calls compared with the module as drawn")) < count / 3)
    throw new Error("most modules were passed over: the generator makes others now");
}

function one(bytes: Uint8Array, seed: number, what: string, tally: Tally): void {
  const foreign = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).some(({ kind }) => kind !== "function");
  if (foreign) {
    tally.add("passed over: imports of other things than functions");
    return;
  }
  const take = (source: Uint8Array) => rewrite(source, { refuseImport: () => null, keepExport: () => true });
  const taken = take(bytes);
  if (taken.kind === "refused" && taken.refusal.code === "unsupported") {
    tally.add(`passed over: ${taken.refusal.message.replaceAll(/[0-9]+|0x[0-9a-f]+/g, "N").slice(0, 60)}`);
    return;
  }
  const subject = subjectOf(bytes, readModule(bytes));
  if (subject.entries.length === 0) {
    tally.add("passed over: nothing to call");
    return;
  }
  compare(subject, what, seed, take, tally);
}

function subjectOf(bytes: Uint8Array, { imports, types, functions, exports, globals }: Module): Subject {
  const entries = exports.flatMap(({ name: called, kind, index }) => {
    if (kind !== 0) return [];
    const { params, results } = types[functions[index]!]!;
    return /x/.test(params + results) ? [] : [{ name: called, params, results }];
  });
  const named = (kind: number) => exports.filter((one) => one.kind === kind);
  return {
    ...{ bytes, entries, given: { memory: null, table: null } },
    imports: imports.map(({ module, name: called, type }) => ({ module, name: called, ...types[type]! })),
    globals: named(3).flatMap(({ name: called, index }) => {
      const { mutable, type } = globals[index]!;
      return mutable && "il".includes(type) ? [called] : [];
    }),
    memories: named(2).map(({ name: called }) => called),
  };
}
