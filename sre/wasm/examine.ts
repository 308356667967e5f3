// Runs a job with everything in sight: besides its end, what its memories hold then, and where its fuel went. For tools;
// the same in Node, browsers and engines' shells. The answer is the one that every sandbox gives.
import type { CallValue, Sha256 } from "../core/index.ts";
import { instanceCost } from "./abi/index.ts";
import { type Ending, execute, type Job, type Prepared } from "./engine.ts";
import type { Info } from "./form.ts";
import type { Host, Watch } from "./host.ts";
import { type ProfileNode, Profiler } from "./profiler.ts";
import { memoryExport } from "./rewrite/index.ts";

export type { CallValue } from "../core/index.ts";
export { type Abi, type Evaluate, findAbi, type Watching } from "./abi/index.ts";
export { compile, type Job, type Prepared } from "./engine.ts";
export { decodeForm, encodeForm, type Form } from "./form.ts";
export { OUTSIDE, type ProfileNode } from "./profiler.ts";

/** What was seen of a run. */
export interface Examined {
  readonly ending: Ending;
  /** All memories of all instances as they are at the end, in the order in which they were made. */
  readonly memories: readonly Uint8Array[];
  /** Empty unless the form was made to watch calls. */
  readonly profile: readonly ProfileNode[];
}

/** Hears of host calls. */
export type Hear = (name: string, args: readonly CallValue[], results: readonly CallValue[]) => void;

/** Keeps what it sees of one run. */
class Watcher implements Watch {
  readonly memories = new Set<WebAssembly.Memory>();
  readonly called: Hear;
  private profiler: Profiler | null = null;
  private readonly prepared: Prepared;

  constructor(prepared: Prepared, hear: Hear) {
    this.prepared = prepared;
    this.called = hear;
  }

  made(host: Host, info: Info, exports: Readonly<Record<string, unknown>>): void {
    for (let index = 0; ; index++) {
      const memory = exports[memoryExport(index)];
      if (memory === undefined) break;
      this.memories.add(memory as WebAssembly.Memory);
    }
    if (info.watched !== undefined) this.profilerOf(host.limits.fuel, () => host.fuel)?.attach(info, exports);
  }

  /** Null where calls are not watched. */
  profilerOf(limit: bigint, left: () => bigint): Profiler | null {
    const { prepared } = this;
    if (prepared.kind !== "ready" || prepared.infos[0]?.watched === undefined) return null;
    this.profiler ??= new Profiler(prepared.infos, limit, instanceCost(prepared), left);
    return this.profiler;
  }
}

/** Runs a job on a program whose form was made to watch memories or calls. `hear` is told every host call. */
export function examine(prepared: Prepared, job: Job, sha256: Sha256, hear: Hear = () => {}): Examined {
  const watch = new Watcher(prepared, hear);
  const ending = execute(prepared, { ...job, watch }, sha256);
  return {
    ending,
    memories: [...watch.memories].map(({ buffer }) => new Uint8Array(buffer)),
    profile: ending.kind === "exit" ? (watch.profilerOf(job.limits.fuel, () => 0n)?.finish(ending.fuel) ?? []) : [],
  };
}
