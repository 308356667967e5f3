// Runs a job while this process has no descriptor left: first of all, again once a worker has run, and at last with
// descriptors again. Prints how each ended.
import { closeSync, openSync } from "node:fs";
import { WasmSandbox } from "../../../sre/wasm/process.ts";
import { ECHO, guest } from "./guests.ts";
import { task } from "./tasks.ts";
import { wat } from "./wat.ts";

/** Takes all descriptors; the function gives them back. */
function hoard(): () => void {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    // All but two, so that what needs one or two begins and then fails.
    for (const descriptor of taken.splice(-2)) closeSync(descriptor);
  }
  return () => {
    for (const descriptor of taken.splice(0)) closeSync(descriptor);
  };
}

const sandbox = new WasmSandbox({ workers: 1 });
const echo = task(wat(ECHO), { input: "small" });
const other = task(wat(guest("(i64.const 0)", "")), {});

async function run(job: typeof echo): Promise<void> {
  const outcome = await sandbox.run(job);
  console.log(outcome.kind === "fault" ? outcome.fault : outcome.answer.exit.kind);
}

let giveBack = hoard();
await run(echo);
giveBack();
await sandbox.warm();
giveBack = hoard();
await run(other);
giveBack();
await run(echo);
await sandbox.close();
