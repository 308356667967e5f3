// A process with a device, seen from the sandbox: an environment of nothing but where the driver lies, no channel but its
// standard input and output, one job in its life. Each word of it is read as a hostile's.
import type { ChildProcess } from "node:child_process";
import type { Wall } from "../../../chain/protocol/index.ts";
import type { FaultKind } from "../../core/index.ts";
import {
  encodeFrame,
  FrameBuffer,
  type Furniture,
  furnishedStart,
  launch,
  pack,
  TRY_NAMES,
  type Walls,
  wallsAround,
} from "../../wasm/walled.ts";
import { COMPLAINT_CHARS, READY_MS, SAID_BYTES } from "../limits.ts";
import type { AdapterInfo } from "./api.ts";
import { type Greeting, type Job, SAID, type Setup } from "./talk.ts";

/** What a process said: its kind, and what follows. */
interface Said {
  readonly kind: number;
  readonly body: Uint8Array;
}

/** Why a process says no more. */
export class Gone extends Error {
  readonly fault: FaultKind;

  constructor(fault: FaultKind, message: string) {
    super(message);
    this.fault = fault;
  }
}

const ENTRY = "webgpu";
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
let packed: Uint8Array | null = null;

function program(): Uint8Array {
  packed ??= pack(new Map([[ENTRY, new URL(`worker.${EXTENSION}`, import.meta.url).href]]));
  return packed;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const json = (value: Setup | Job): Uint8Array => encoder.encode(JSON.stringify(value));

/** A text of a process: printable, cut. */
export const complaint = (body: Uint8Array): string =>
  decoder
    .decode(body)
    .replaceAll(/[^\n\x20-\x7e]/g, "?")
    .slice(0, COMPLAINT_CHARS);

/** A greeting's parts, whatever was sent. */
function readGreeting(body: Uint8Array): Greeting {
  const { info, libraries, refused } = JSON.parse(decoder.decode(body)) as Greeting;
  const texts = (list: readonly unknown[]) => list.filter((one) => typeof one === "string");
  const text = (name: keyof AdapterInfo) => String(info[name]).slice(0, 200);
  return {
    info: {
      ...{ vendor: text("vendor"), architecture: text("architecture"), device: text("device") },
      ...{ description: text("description"), isFallbackAdapter: info.isFallbackAdapter === true },
    },
    libraries: texts(libraries),
    refused: texts(refused),
  };
}

/** A process and its pipe. */
export class DeviceProcess {
  /** What it said of its device. Rejects with `Gone` where it has none. */
  readonly greeting: Promise<Greeting>;
  /** Whether it can do nothing any more. */
  dead = false;
  private readonly between: Walls;
  private readonly child: ChildProcess;
  private readonly frames = new FrameBuffer();
  /** Bytes that its next words may have. */
  private most = SAID_BYTES;
  private hear: ((said: Said) => void) | null = null;
  private lose: ((gone: Gone) => void) | null = null;
  private gone: Gone | null = null;

  /** Starts a process between walls that were proven. */
  constructor(walls: Walls, furniture: Furniture, setup: Setup) {
    this.between = walls;
    this.child = launch(furnishedStart(walls, ENTRY, program(), furniture));
    this.child.stdout!.on("data", (chunk: Uint8Array) => this.receive(chunk));
    this.child.stdin!.on("error", () => this.fail("lost", "the process with the device closed its pipe"));
    this.child.on("error", () => this.fail("lost", "the process with the device could not be started"));
    this.child.on("exit", () => this.fail("lost", "the process with the device died"));
    this.child.stdin!.write(encodeFrame([json(setup)]));
    const timer = setTimeout(() => this.fail("lost", "the process with the device did not start in time"), READY_MS);
    this.greeting = this.listen(SAID_BYTES).then(({ body, kind }) => {
      if (kind === SAID.ready) return readGreeting(body);
      throw new Gone("engine", complaint(body));
    });
    this.greeting.catch(() => undefined).finally(() => clearTimeout(timer));
  }

  /** The walls around it, outermost first, by what it said before it knew a kernel. */
  walls({ refused }: Greeting): readonly Wall[] {
    const tried = TRY_NAMES.filter((name) => refused.includes(name));
    return wallsAround(this.between, this.child.pid ?? 0, tried);
  }

  /** Has a kernel compiled; what it says of that. */
  compile(job: Job): Promise<Said> {
    return this.ask(json(job), SAID_BYTES);
  }

  /** Has it run; what it says at the end. */
  run(input: Uint8Array, outputBytes: number): Promise<Said> {
    return this.ask(input, outputBytes + SAID_BYTES);
  }

  /** Kills the process; what was under way ends with this fault. */
  fail(fault: FaultKind, message: string): void {
    if (this.dead) return;
    this.dead = true;
    this.child.kill("SIGKILL");
    this.gone = new Gone(fault, message);
    this.lose?.(this.gone);
  }

  private ask(frame: Uint8Array, most: number): Promise<Said> {
    if (!this.dead) this.child.stdin!.write(encodeFrame([frame]));
    return this.listen(most);
  }

  private listen(most: number): Promise<Said> {
    this.most = most;
    return new Promise((resolve, reject) => {
      if (this.gone !== null) return reject(this.gone);
      this.hear = resolve;
      this.lose = reject;
    });
  }

  private receive(chunk: Uint8Array): void {
    this.frames.push(chunk);
    while (!this.dead) {
      const frame = this.frames.next(this.most);
      if (frame === null) return;
      const { hear } = this;
      this.hear = null;
      if (frame === "too-large" || frame.length === 0 || hear === null) {
        this.fail("lost", "the process with the device broke the protocol and was killed");
      } else hear({ kind: frame[0]!, body: frame.subarray(1) });
    }
  }
}
