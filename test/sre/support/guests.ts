// Guests for the sandbox tests: made from WebAssembly text by wabt, or from AssemblyScript by its compiler.
import { createHash } from "node:crypto";
import asc from "assemblyscript/asc";
import initWabt from "wabt";
import { type Call, type Context, type Digest, fuel, type Limits } from "../../../chain/protocol/index.ts";
import type { Task } from "../../../sre/core/index.ts";
import { PROFILE } from "../../../sre/wasm/index.ts";

const wabt = await initWabt();

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** WebAssembly text to its binary form. */
export function wat(source: string): Uint8Array {
  const parsed = wabt.parseWat("guest.wat", source, { multi_value: true, bulk_memory: true, reference_types: true });
  try {
    return new Uint8Array(parsed.toBinary({}).buffer);
  } finally {
    parsed.destroy();
  }
}

/** AssemblyScript to a module, with the options that builds use. */
export async function assemblyscript(source: string): Promise<Uint8Array> {
  let module: Uint8Array | null = null;
  const result = await asc.main(["guest.ts", "--outFile", "guest.wasm", "-O", "--exportRuntime"], {
    readFile: (name: string) => (name === "guest.ts" ? source : null),
    writeFile: (_name: string, contents: Uint8Array | string) => {
      if (typeof contents !== "string") module = new Uint8Array(contents);
    },
    listFiles: () => [],
  });
  if (result.error !== null || module === null) throw new Error(`asc: ${result.stderr.toString()}`);
  return module;
}

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
  const context: Context = { args: [], capabilities: [], clock: 1_000n, env: {}, files: {}, seed, ...options.context };
  const task = { call, module, input, context, wallMs: options.wallMs ?? 20_000 };
  return options.trace === undefined ? task : { ...task, trace: options.trace };
}
