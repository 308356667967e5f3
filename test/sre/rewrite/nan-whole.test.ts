// The NaN pass inside the whole rewriter: random float programs rewritten with all passes leave the memory that the
// plain program leaves with each operation's NaN made canonical.
import { expect, test } from "vitest";
import { guestExport, INTERNAL_EXPORTS, rewrite } from "../../../sre/wasm/rewrite/index.ts";
import { random } from "../../support/state-tree.ts";
import { plain, rewritten, type Trace, trace } from "../support/nan-module.ts";
import { MAIN, randomModule } from "../support/nan-programs.ts";

const PROGRAMS = 300;
const SEED = 20261126;

function metered(source: Uint8Array): Trace {
  const result = rewrite(source, { refuseImport: () => null, keepExport: () => true });
  if (result.kind === "refused") throw new Error(result.refusal.message);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(result.module.bytes.slice()), {});
  const exported = instance.exports;
  (exported[INTERNAL_EXPORTS.fuel] as WebAssembly.Global).value = 10n ** 9n;
  (exported[INTERNAL_EXPORTS.stack] as WebAssembly.Global).value = 262_144;
  (exported[INTERNAL_EXPORTS.pages] as WebAssembly.Global).value = 16;
  let trapped = false;
  try {
    (exported[guestExport(MAIN)] as () => void)();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    trapped = true;
  }
  return {
    memory: new Uint8Array((exported[INTERNAL_EXPORTS.memory] as WebAssembly.Memory).buffer.slice(0, 8192)),
    trapped,
  };
}

test(`N1: ${PROGRAMS} random programs through all passes, seed ${SEED}`, { timeout: 60_000 }, () => {
  const draw = random(SEED);
  let different = 0;
  for (let done = 0; done < PROGRAMS; done++) {
    const seed = draw(2 ** 31);
    const module = randomModule(random(seed));
    const told = trace(rewritten(module, "every", false), MAIN);
    expect(metered(plain(module)), `seed ${seed}`).toEqual(told);
    if (trace(plain(module), MAIN).memory.some((byte, at) => byte !== told.memory[at])) different++;
  }
  // Else the test could not fail: the engine's own NaNs must show in some programs.
  expect(different).toBeGreaterThan(PROGRAMS / 20);
});
