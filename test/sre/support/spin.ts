// A host that starts a guest which never ends, prints its worker's process id, and waits to be killed.
import { fuel, INT64_MAX } from "../../../chain/protocol/index.ts";
import { WasmSandbox } from "../../../sre/wasm/process.ts";
import { SPIN } from "./guests.ts";
import { task } from "./tasks.ts";
import { wat } from "./wat.ts";

const sandbox = new WasmSandbox({ workers: 1 });
await sandbox.warm();
void sandbox.run(task(wat(SPIN), { wallMs: 60_000, limits: { fuel: fuel(INT64_MAX) } }));
// The pipe to the worker is written to before this is printed, so the guest spins or is about to.
setTimeout(() => console.log(sandbox.pids[0]), 200);
