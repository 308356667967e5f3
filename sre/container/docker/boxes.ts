// All containers of one owner at an engine: opened for one use each, removed after it, and found again by their label
// after a crash of host or engine, so that nothing runs on unseen. Some wait ahead for jobs of an image that asked for it.

import { hash, randomUUID } from "node:crypto";
import { WAITING } from "../limits.ts";
import { containerOf, type Shape } from "../policy.ts";
import type { EngineApi } from "./api.ts";
import { Box, remove } from "./box.ts";
import { lifeOf, lives } from "./life.ts";
import { closeAccounts, openAccount } from "./usage.ts";

const LABEL = "lockstep.owner";
/** The label with the process that looks after a container. */
const PROCESS = "lockstep.process";

/** This process, as its containers name it. */
const OWN = lifeOf(process.pid) ?? "";
const ofAnother = (word: string): boolean => word !== OWN && lives(word);

/** What containers are lent by the machine, and how they are told from others'. */
export interface Lending {
  /** Path of a static busybox, seen by the engine under the same path. */
  readonly busybox: string;
  /** Whose containers these are, the same from one start to the next: by it orphans are found, whose process is gone. */
  readonly owner: string;
  /** A runtime that the engine knows, for example `crun` or `runsc`; its default when not named. */
  readonly runtime?: string;
}

/** The containers of one owner. */
export class Boxes {
  private readonly api: EngineApi;
  private readonly lending: Lending;
  /** What the names of this owner's control groups begin with. */
  private readonly groups: string;
  private readonly open = new Set<Box>();
  /** By shape, the container that waits for a job of it or is being made for one, the oldest first. */
  private readonly waiting = new Map<string, Promise<Box | null>>();
  /** What goes on after a job has its answer; never rejects. */
  private readonly settling = new Set<Promise<void>>();
  private closed = false;
  /** Who looks after control groups at this engine, as it names it. */
  driver = "";
  /** Whether there may be containers that nobody looks after. */
  private orphaned = false;

  constructor(api: EngineApi, lending: Lending) {
    this.api = api;
    this.lending = lending;
    this.groups = `lockstep-${hash("sha256", lending.owner, "hex").slice(0, 16)}-`;
  }

  /** Lends a container for one use, one that waited or a new one, and removes it; with `ahead` the next one waits from then on. */
  async use<Result>(shape: Shape, ahead: boolean, work: (box: Box) => Promise<Result>): Promise<Result> {
    if (this.orphaned) await this.sweep();
    const box = (await this.waitingFor(shape)) ?? (await this.make(shape));
    try {
      return await work(box);
    } finally {
      // The answer does not wait for it.
      this.settle(this.drop(box).then(() => (ahead ? this.prepare(shape) : undefined)));
    }
  }

  /** Removes every container of the owner's that neither is in use here nor belongs to another process that lives, and the control groups that they left. */
  async sweep(): Promise<void> {
    this.orphaned = false;
    const filters = encodeURIComponent(JSON.stringify({ label: [`${LABEL}=${this.lending.owner}`] }));
    const answer = await this.api.call({ method: "GET", path: `/containers/json?all=1&filters=${filters}` });
    const found = (Array.isArray(answer) ? answer : []) as { Id?: unknown; Labels?: Record<string, unknown> }[];
    const used = new Set([...this.open].map(({ id }) => id));
    const orphans = found
      .filter(({ Labels }) => !ofAnother(String(Labels?.[PROCESS] ?? "")))
      .map(({ Id }) => String(Id))
      .filter((id) => /^[0-9a-f]{64}$/u.test(id) && !used.has(id));
    await Promise.all(orphans.map((id) => remove(this.api, id)));
    closeAccounts(this.groups, new Set([...this.open].map(({ account }) => account?.name ?? "")));
  }

  /** Removes all that wait or are in use; what can't be removed is found by the next start. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.open].map((box) => this.drop(box)));
    await Promise.all(this.settling);
  }

  private settle(work: Promise<void>): void {
    this.settling.add(work);
    work.finally(() => this.settling.delete(work));
  }

  private async make(shape: Shape): Promise<Box> {
    const { busybox, owner, runtime = null } = this.lending;
    const account = openAccount(`${this.groups}${randomUUID()}`, this.driver);
    const place = { busybox, runtime, labels: { [LABEL]: owner, [PROCESS]: OWN }, cgroup: account?.parent ?? null };
    const box = await Box.open(this.api, containerOf(shape, place), account);
    this.open.add(box);
    if (this.closed) await this.drop(box);
    return box;
  }

  private async drop(box: Box): Promise<void> {
    this.open.delete(box);
    await box.close().catch(() => {
      this.orphaned = true;
    });
  }

  /** Takes what waits for a job of a shape; null when nothing does or when it died. */
  private async waitingFor(shape: Shape): Promise<Box | null> {
    const key = JSON.stringify(shape);
    const waits = this.waiting.get(key);
    this.waiting.delete(key);
    const box = (await waits) ?? null;
    if (box === null || box.alive) return box;
    this.settle(this.drop(box));
    return null;
  }

  /** Starts a container ahead, unless one waits. That this fails is for the next job to say. */
  private async prepare(shape: Shape): Promise<void> {
    const key = JSON.stringify(shape);
    if (this.closed || this.waiting.has(key)) return;
    const made = this.make(shape).catch(() => null);
    this.waiting.set(key, made);
    if (this.waiting.size > WAITING) {
      const [oldest, waits] = this.waiting.entries().next().value!;
      this.waiting.delete(oldest);
      const box = await waits;
      if (box !== null) await this.drop(box);
    }
    await made;
  }
}
