// What every AssemblyScript guest exports for its host: the functions of its managed memory.
import { GuestEnded, type Host } from "../../host.ts";
import type { ModuleExport } from "../../rewrite/index.ts";
import { hasType } from "../abi.ts";

/** The runtime's functions that a host calls. */
export interface Runtime {
  __new(size: number, id: number): number;
  __pin(pointer: number): number;
  __unpin(pointer: number): void;
}

const RUNTIME: readonly (readonly [name: string, params: readonly string[], results: readonly string[]])[] = [
  ["__new", ["i32", "i32"], ["i32"]],
  ["__pin", ["i32"], ["i32"]],
  ["__unpin", ["i32"], []],
];

/** Why a module with these exports has no such runtime; null when it has. */
export function runtimeMisfit(exports: readonly ModuleExport[]): string | null {
  const find = (name: string) => exports.find((candidate) => candidate.name === name);
  if (find("memory")?.kind !== "memory") return `exports no memory named "memory"`;
  for (const [name, params, results] of RUNTIME) {
    if (!hasType(find(name)?.type ?? null, params, results)) {
      return `exports no function ${name}; compile it with --exportRuntime`;
    }
  }
  return find("__rtti_base")?.kind === "global" ? null : "exports no __rtti_base; compile it with --exportRuntime";
}

/** Whether the host needs an export for the runtime. */
export const isRuntime = ({ name }: ModuleExport): boolean =>
  name === "memory" || name === "__rtti_base" || RUNTIME.some(([own]) => own === name);

/** What the guest's allocator gave must lie in its memory. The loader writes past the end without a word. */
export function checkRoom(host: Host, pointer: number, size: number): void {
  if (pointer + size <= host.memory().length) return;
  throw new GuestEnded("bad-answer", `__new gave ${pointer} for ${size} bytes, outside the memory`);
}
