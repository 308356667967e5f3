// Runs jobs in a process whose address space was bounded from outside, and prints how each ended: the engine may fail
// there wherever it likes, but no failure of it may become an answer.
import { fuel } from "../../../chain/protocol/index.ts";
import { WasmSandbox } from "../../../sre/wasm/process.ts";
import { ECHO, guest } from "./guests.ts";
import { task } from "./tasks.ts";
import { wat } from "./wat.ts";

const GIB = 2 ** 30;
const PAGES = GIB / 65_536;
const grow = guest(
  `(if (i32.eq (memory.grow (i32.const ${3 * PAGES})) (i32.const -1)) (then (return (i64.const 1))))
   (i64.const 2)`,
);
const jobs = {
  echo: task(wat(ECHO), { input: "small" }),
  begin: task(wat(guest("(i64.const 0)", "", 3 * PAGES)), { limits: { memory: 4 * GIB, fuel: fuel(10n ** 9n) } }),
  grow: task(wat(grow), { limits: { memory: 4 * GIB, fuel: fuel(10n ** 9n) } }),
};

const sandbox = new WasmSandbox({ workers: 1 });
const ends: Record<string, string> = {};
for (const [name, job] of Object.entries(jobs)) {
  const outcome = await sandbox.run(job);
  ends[name] =
    outcome.kind === "fault" ? `fault ${outcome.fault}` : `${outcome.answer.exit.kind} ${outcome.output.length}`;
}
await sandbox.close();
console.log(JSON.stringify(ends));
