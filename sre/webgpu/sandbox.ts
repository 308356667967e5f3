// The sandbox of kernels: each job in a process of its own that has the device and nothing else, walled in like the workers
// of WebAssembly where the driver lives with that. For Node alone.
import { hash } from "node:crypto";
import { type Digest, EMPTY_DIGEST, type Grade, LockstepError, type Wall } from "../../chain/protocol/index.ts";
import { type Outcome, type Sandbox, type Surroundings, type Task, Transcript } from "../core/index.ts";
import { type DawnFiles, type FoundDevice, findDevice } from "./dawn/device.ts";
import { complaint, type DeviceProcess, Gone } from "./dawn/process.ts";
import { SAID } from "./dawn/talk.ts";
import { KERNEL_ENTRY, type Plan, planOf, readKernel, WEBGPU_ABI } from "./kernel.ts";
import { QUEUE } from "./limits.ts";
import { DAWN_VERSION, INTEGERS } from "./profile.ts";

export type { DawnFiles } from "./dawn/device.ts";

/** Options of a `WebGpuSandbox`. */
export interface WebGpuOptions extends DawnFiles {
  /** The least grade of isolation that will do. */
  readonly isolation?: Grade;
  /** Whether a process for the next job is started while none is asked for. Default false. */
  readonly spare?: boolean;
}

/** Characters of a device's name in a receipt. */
const NAME_CHARS = 64;

const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");
const fault = (kind: Extract<Outcome, { kind: "fault" }>["fault"], message: string): Outcome => ({
  kind: "fault",
  fault: kind,
  message,
});

/** What a machine's device is, for people and for offers. */
export interface KernelDevice {
  /** What it calls itself. */
  readonly name: string;
  readonly walls: readonly Wall[];
}

/** Runs kernels on one device, one at a time. */
export class WebGpuSandbox implements Sandbox {
  readonly sre = "gpu";
  private readonly options: WebGpuOptions;
  private device: FoundDevice | null = null;
  /** The device found and its walls proven, or that under way. */
  private ready: Promise<FoundDevice> | null = null;
  private next: DeviceProcess | null = null;
  private running: DeviceProcess | null = null;
  private readonly waiting: (() => void)[] = [];
  private busy = false;
  private closed = false;

  constructor(options: WebGpuOptions) {
    this.options = options;
  }

  /** That of integers; once the device is known, that of floats on its class too. */
  get profiles(): readonly string[] {
    return this.device === null ? [INTEGERS] : [INTEGERS, this.device.floats];
  }

  get surroundings(): Surroundings {
    const { description = "", device = "" } = this.device?.info ?? {};
    const name = (description || device || "unknown").replaceAll(/[^\x21-\x7e]+/g, "-").slice(0, NAME_CHARS);
    return {
      engine: { name: "dawn", version: `${DAWN_VERSION}/${name}` },
      isolation: this.device?.walls ?? ["process"],
    };
  }

  /** Finds the device and proves the walls around it. UNSUPPORTED where there is none, ISOLATION where its walls are too few. */
  async warm(): Promise<KernelDevice> {
    const { info, walls } = await this.found();
    return { name: [info.device, info.description].filter((text) => text !== "").join(", "), walls };
  }

  async run(task: Task): Promise<Outcome> {
    if (this.closed) throw new LockstepError("INTERNAL", "the sandbox is closed");
    if (this.waiting.length >= QUEUE)
      throw new LockstepError("BUSY", `${QUEUE} runs are waiting for the device; try again later`);
    if (this.busy) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy = true;
    try {
      const device = this.closed ? null : await this.found();
      if (this.closed || device === null) return fault("closed", "the sandbox was closed");
      return await this.runAlone(task, planFor(task, device), device);
    } finally {
      const next = this.waiting.shift();
      // Whoever waits takes the device over; it is free to others only when nobody does.
      if (next === undefined) this.busy = false;
      else next();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const child of [this.next, this.running]) child?.fail("closed", "the sandbox was closed");
    for (const next of this.waiting.splice(0)) next();
  }

  private found(): Promise<FoundDevice> {
    this.ready ??= this.find().catch((error: unknown) => {
      this.ready = null;
      throw error;
    });
    return this.ready;
  }

  private async find(): Promise<FoundDevice> {
    const { isolation = "none", spare, ...files } = this.options;
    const found = await findDevice(files, isolation);
    this.device = found;
    if (this.closed) found.first.fail("closed", "the sandbox was closed");
    else this.next = found.first;
    return found;
  }

  private async runAlone(task: Task, plan: Plan, device: FoundDevice): Promise<Outcome> {
    const { call, input, wallMs } = task;
    if (plan.outputBytes > call.limits.output) {
      if (task.begin?.() === false) return fault("closed", "the run was given up before it began");
      const note = `the kernel's output has ${plan.outputBytes} bytes, more than the ${call.limits.output} allowed`;
      return exitOf(task, "output-limit", new Uint8Array(), note);
    }
    const child = this.next === null || this.next.dead ? device.start() : this.next;
    this.next = null;
    this.running = child;
    const timer = setTimeout(() => child.fail("deadline", `the kernel was killed after ${wallMs} ms`), wallMs);
    try {
      await child.greeting;
      const compiled = await child.compile({ plan, inputBytes: input.length, seed: task.context.seed });
      if (compiled.kind === SAID.refused)
        throw new LockstepError("INVALID_MODULE", `the compiler refuses the kernel:\n${complaint(compiled.body)}`);
      if (compiled.kind !== SAID.compiled) return fault("engine", complaint(compiled.body));
      if (task.begin?.() === false) return fault("closed", "the run was given up before it began");
      const { body, kind } = await child.run(input, plan.outputBytes);
      if (kind === SAID.resource) return fault("resource", complaint(body));
      if (kind !== SAID.done || body.length !== plan.outputBytes) return fault("engine", complaint(body));
      return exitOf(task, "ok", new Uint8Array(body), "");
    } catch (error) {
      if (error instanceof Gone) return fault(error.fault, error.message);
      throw error;
    } finally {
      clearTimeout(timer);
      child.fail("closed", "its job is done");
      this.running = null;
      if (this.options.spare && !this.closed) this.next = device.start();
    }
  }
}

/** A task's plan; the errors of a call that is not for this device. */
function planFor({ call, context, input, module }: Task, { floats }: FoundDevice): Plan {
  const refuse = (what: string, name: string, offered: string) =>
    new LockstepError("UNSUPPORTED", `the call wants ${what} "${name}"; this sandbox runs ${offered}`, {
      [what]: name,
    });
  const profiles = [INTEGERS, floats];
  if (call.sre !== "gpu") throw refuse("sre", call.sre, "gpu");
  if (call.abi !== WEBGPU_ABI) throw refuse("abi", call.abi, WEBGPU_ABI);
  if (call.entry !== KERNEL_ENTRY) throw refuse("entry", call.entry, KERNEL_ENTRY);
  if (!profiles.includes(call.profile)) throw refuse("profile", call.profile, profiles.join(", "));
  const { args, env, files } = context;
  if (args.length + Object.keys(env).length + Object.keys(files).length > 0) {
    throw new LockstepError("UNSUPPORTED", "a kernel takes no arguments, variables or files; put them into its input");
  }
  const kernel = readKernel(module);
  const profile = kernel.numbers === "integers" ? INTEGERS : floats;
  if (call.profile !== profile) {
    throw new LockstepError(
      "UNSUPPORTED",
      `a kernel of ${kernel.numbers} does not run under the profile ${call.profile}, but under ${profile} here`,
    );
  }
  const plan = planOf(kernel, input.length);
  if (plan.memory > call.limits.memory) {
    throw new LockstepError(
      "LIMITS",
      `the kernel's buffers take ${plan.memory} bytes, more than the ${call.limits.memory} allowed`,
    );
  }
  return plan;
}
/** An answer's fuel is its limit: what is bought is the time slot, since the time that a device takes is never the same twice. */
function exitOf({ call }: Task, kind: "ok" | "output-limit", output: Uint8Array, note: string): Outcome {
  const digest = output.length === 0 ? EMPTY_DIGEST : (hash("sha256", output, "hex") as Digest);
  const answer = {
    exit: { kind, code: 0 },
    output: { sha256: digest, size: output.length },
    logs: { sha256: EMPTY_DIGEST, size: 0, truncated: false },
    calls: new Transcript(sha256).finish(),
    fuel: call.limits.fuel,
    after: null,
  };
  return { kind: "exit", answer, output, logs: new Uint8Array(), note };
}
