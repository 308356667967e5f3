// Committed state in memory, for tests of the ledger alone: what a store would hold of it.
import { compareBytes, type Path, utf8Encode } from "../../chain/protocol/index.ts";
import type { StateChange, StateView } from "../../chain/state/index.ts";

/** A state view over plain maps. */
export class MemoryView implements StateView {
  readonly #children = new Map<string, Map<string, Uint8Array>>();

  get(path: Path): Uint8Array | undefined {
    return this.#children.get(JSON.stringify(path.slice(0, -1)))?.get(path.at(-1)!);
  }

  scan(prefix: Path, after: string | null, limit: number): (readonly [string, Uint8Array])[] {
    const bytes = new Map(
      [...(this.#children.get(JSON.stringify(prefix))?.keys() ?? [])].map((s) => [s, utf8Encode(s)]),
    );
    const from = after === null ? null : utf8Encode(after);
    return [...bytes]
      .filter(([, segment]) => from === null || compareBytes(segment, from) > 0)
      .sort(([, a], [, b]) => compareBytes(a, b))
      .slice(0, limit)
      .map(([segment]) => [segment, this.get([...prefix, segment])!]);
  }

  /** Writes or removes values. */
  change(changes: readonly StateChange[]): void {
    for (const [path, value] of changes) {
      const parent = JSON.stringify(path.slice(0, -1));
      const children = this.#children.get(parent) ?? new Map<string, Uint8Array>();
      this.#children.set(parent, children);
      if (value === null) children.delete(path.at(-1)!);
      else children.set(path.at(-1)!, value);
    }
  }
}
