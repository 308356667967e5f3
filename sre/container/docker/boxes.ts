// All containers of one owner at an engine: opened for one use each, removed after it, and found again by their label
// after a crash of host or engine, so that nothing runs on unseen.
import type { Shape } from "../policy.ts";
import { containerOf } from "../policy.ts";
import type { EngineApi } from "./api.ts";
import { Box, remove } from "./box.ts";

const LABEL = "lockstep.owner";

/** What containers are lent by the machine, and how they are told from others'. */
export interface Lending {
  /** Path of a static busybox, seen by the engine under the same path. */
  readonly busybox: string;
  /** Whose containers these are, the same from one start to the next: by it orphans are found. */
  readonly owner: string;
  /** A runtime that the engine knows, for example `crun` or `runsc`; its default when not named. */
  readonly runtime?: string;
}

/** The containers of one owner. */
export class Boxes {
  private readonly api: EngineApi;
  private readonly lending: Lending;
  private readonly open = new Set<Box>();
  /** Whether there may be containers that nobody looks after. */
  private orphaned = false;

  constructor(api: EngineApi, lending: Lending) {
    this.api = api;
    this.lending = lending;
  }

  /** Makes a container, lends it for one use, and removes it. */
  async use<Result>(shape: Shape, work: (box: Box) => Promise<Result>): Promise<Result> {
    if (this.orphaned) await this.sweep();
    const { busybox, owner, runtime = null } = this.lending;
    const place = { busybox, runtime, labels: { [LABEL]: owner }, cgroup: null };
    const box = await Box.open(this.api, containerOf(shape, place));
    this.open.add(box);
    try {
      return await work(box);
    } finally {
      this.open.delete(box);
      await box.close().catch(() => {
        this.orphaned = true;
      });
    }
  }

  /** Removes every container of the owner's that is not in use here. */
  async sweep(): Promise<void> {
    this.orphaned = false;
    const filters = encodeURIComponent(JSON.stringify({ label: [`${LABEL}=${this.lending.owner}`] }));
    const answer = await this.api.call({ method: "GET", path: `/containers/json?all=1&filters=${filters}` });
    const found = Array.isArray(answer) ? answer.map(({ Id }) => String(Id)) : [];
    const used = new Set([...this.open].map(({ id }) => id));
    const orphans = found.filter((id) => /^[0-9a-f]{64}$/u.test(id) && !used.has(id));
    await Promise.all(orphans.map((id) => remove(this.api, id)));
  }

  /** Removes all that are in use; what can't be removed is found by the next start. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.open].map((box) => box.close()));
  }
}
