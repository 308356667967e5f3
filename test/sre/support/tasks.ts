// Tasks for the sandbox tests: a call and its bytes, with whatever a test does not name filled in.
import { createHash } from "node:crypto";
import { type Call, type Context, type Digest, fuel, type Limits } from "../../../chain/protocol/index.ts";
import type { Outcome, Sandbox, Task } from "../../../sre/core/index.ts";
import { PROFILE } from "../../../sre/wasm/index.ts";

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Limits that no ordinary test guest reaches. */
export const LIMITS: Limits = {
  fuel: fuel(100_000_000n),
  memory: 64 * 65_536,
  stack: 262_144,
  output: 1_000_000,
  logs: 10_000,
};

export interface TaskOptions {
  readonly abi?: string;
  readonly entry?: string;
  readonly input?: Uint8Array | string;
  readonly limits?: Partial<Limits>;
  readonly context?: Partial<Context>;
  readonly call?: Partial<Call>;
  /** Bytes of files by the paths that the guest sees. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly wallMs?: number;
  readonly trace?: (line: string) => void;
}

/** A task for a module, with whatever a test does not name filled in. */
export function task(module: Uint8Array, options: TaskOptions = {}): Task {
  const input = typeof options.input === "string" ? utf8(options.input) : (options.input ?? new Uint8Array(0));
  const seed = hex(sha256(utf8("seed"))) as Digest;
  const call: Call = {
    sre: "wasm",
    module: hex(sha256(module)) as Digest,
    entry: options.entry ?? "run",
    abi: options.abi ?? "bytes/1",
    profile: PROFILE,
    input: { sha256: hex(sha256(input)) as Digest, size: input.length },
    context: hex(sha256(utf8("context"))) as Digest,
    limits: { ...LIMITS, ...options.limits },
    before: null,
    ...options.call,
  };
  const blobs = Object.entries(options.files ?? {}).map(([path, content]) => {
    const bytes = typeof content === "string" ? utf8(content) : content;
    return { path, bytes, ref: { sha256: hex(sha256(bytes)) as Digest, size: bytes.length } };
  });
  const named = Object.fromEntries(blobs.map(({ path, ref }) => [path, ref]));
  const context = { args: [], capabilities: [], clock: 1_000n, env: {}, files: named, seed, ...options.context };
  const files = new Map(blobs.map(({ bytes, ref }) => [ref.sha256, bytes]));
  const task = { call, module, input, context, files, wallMs: options.wallMs ?? 20_000 };
  return options.trace === undefined ? task : { ...task, trace: options.trace };
}

/** Starts a task's run and waits until its guest has been given to a process, or is about to be in the same moment. */
export async function begun(sandbox: Sandbox, given: Task): Promise<{ readonly end: Promise<Outcome> }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const begin = () => {
    resolve();
    return true;
  };
  const end = sandbox.run({ ...given, begin });
  await promise;
  return { end };
}
