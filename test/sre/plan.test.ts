// The plan of the pool by itself: which place gets which job, whatever dies when. Places and jobs are numbers here.
import { describe, expect, test } from "vitest";
import { Plan, type PlanLimits } from "../../sre/wasm/process/plan.ts";

/** A pool without processes: it does what the plan says, and remembers which programs each place has seen. */
class Rehearsal {
  readonly plan: Plan<number, number>;
  readonly running = new Map<number, number>();
  readonly done: number[] = [];
  readonly seen = new Map<number, Set<string>>();
  readonly ended: number[] = [];
  private readonly programs = new Map<number, string>();
  private readonly limits: PlanLimits;
  private places = 0;
  private jobs = 0;

  constructor(limits: PlanLimits) {
    this.limits = limits;
    this.plan = new Plan(limits);
  }

  ask(program: string): number {
    const job = this.jobs++;
    this.programs.set(job, program);
    this.plan.wait(job, program);
    this.act();
    return job;
  }

  act(): void {
    for (let step = this.plan.next(); step !== null; step = this.plan.next()) {
      if (step.do === "start") this.plan.starting(this.places++);
      else if (step.do === "end") this.ended.push(step.place);
      else {
        const seen = this.seen.get(step.place) ?? new Set();
        this.seen.set(step.place, seen.add(this.programs.get(step.job)!));
        this.running.set(step.place, step.job);
      }
    }
    expect(this.running.size).toBeLessThanOrEqual(this.limits.running);
    expect(this.in("running").length + this.in("idle").length).toBeLessThanOrEqual(this.limits.kept);
    for (const programs of this.seen.values()) expect(programs.size).toBe(1);
  }

  in(stage: string): readonly number[] {
    return this.plan.places.filter((place) => this.plan.stageOf(place) === stage);
  }

  ready(place = this.in("starting")[0]!): void {
    this.plan.ready(place);
    this.act();
  }

  finish(place: number): void {
    this.done.push(this.running.get(place)!);
    this.running.delete(place);
    this.plan.finished(place);
    this.act();
  }

  /** A place's process dies; its job, if it has one, is over as lost. */
  die(place: number): void {
    const job = this.running.get(place);
    if (job !== undefined) this.done.push(job);
    this.running.delete(place);
    this.plan.left(place);
    this.act();
  }

  /** All goes well from here on. */
  settle(): void {
    while (this.in("starting").length + this.running.size > 0) {
      const [place] = this.in("starting");
      if (place === undefined) this.finish([...this.running.keys()][0]!);
      else this.ready(place);
    }
  }
}

describe("a plan", () => {
  test("starts no more processes than jobs may run, and gives a program's next job to the place that has it", () => {
    const pool = new Rehearsal({ running: 2, kept: 3 });
    for (const program of ["a", "b", "c"]) pool.ask(program);
    expect(pool.in("starting")).toEqual([0, 1]);
    pool.ready();
    pool.ready();
    expect([...pool.running]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    pool.finish(0);
    expect(pool.in("starting")).toEqual([2]);
    // While its place starts, one that has a place passes it.
    pool.ask("a");
    expect(pool.running.get(0)).toBe(3);
    pool.ready();
    expect(pool.running.has(2)).toBe(false);
    pool.finish(1);
    expect(pool.running.get(2)).toBe(2);
  });

  test("ends the least recently used place for a new program, and rather one that nobody waits for", () => {
    const pool = new Rehearsal({ running: 1, kept: 2 });
    for (const program of ["a", "b", "a"]) {
      pool.ask(program);
      pool.settle();
    }
    pool.ask("c");
    expect(pool.ended).toEqual([]);
    pool.settle();
    expect(pool.ended).toEqual([1]);
    // The places of a and c are left. While c's runs, d needs room and a is asked for: c's is ended though used later.
    for (const program of ["c", "d", "a"]) pool.ask(program);
    pool.settle();
    expect(pool.ended).toEqual([1, 2]);
    expect(pool.done.length).toBe(7);
  });

  test("a stream of one program's jobs does not keep another's waiting", () => {
    const pool = new Rehearsal({ running: 1, kept: 1 });
    pool.plan.spare = true;
    pool.ask("a");
    pool.ready();
    const other = pool.ask("b");
    for (let round = 0; round < 5; round++) pool.ask("a");
    if (pool.in("starting").length > 0) pool.ready();
    pool.finish([...pool.running.keys()][0]!);
    expect([...pool.running.values()]).toEqual([other]);
  });

  test("keeps a blank place ready where it should", () => {
    const pool = new Rehearsal({ running: 1, kept: 2 });
    pool.plan.spare = true;
    pool.act();
    pool.ready();
    expect(pool.in("blank")).toEqual([0]);
    pool.ask("a");
    expect([pool.running.get(0), pool.in("starting")]).toEqual([0, [1]]);
    pool.die(1);
    expect(pool.in("starting")).toEqual([2]);
  });

  test("a job that was declined at its turn leaves its place as it was", () => {
    const plan = new Plan<string, string>({ running: 1, kept: 1 });
    plan.wait("one", "a");
    expect(plan.next()).toEqual({ do: "start" });
    plan.starting("place");
    plan.ready("place");
    expect(plan.next()).toEqual({ do: "run", place: "place", job: "one" });
    plan.declined("place");
    expect([plan.stageOf("place"), plan.waiting]).toEqual(["blank", 0]);
    plan.wait("two", "b");
    expect(plan.next()).toEqual({ do: "run", place: "place", job: "two" });
    plan.finished("place");
    plan.wait("three", "b");
    plan.next();
    plan.declined("place");
    expect(plan.stageOf("place")).toBe("idle");
  });

  test("gives up those that only a new process could run, or all", () => {
    const plan = new Plan<string, string>({ running: 1, kept: 2 });
    plan.wait("one", "a");
    plan.next();
    plan.starting("place");
    plan.ready("place");
    plan.next();
    plan.wait("two", "a");
    plan.wait("three", "b");
    expect(plan.giveUp(false)).toEqual(["three"]);
    expect(plan.giveUp(true)).toEqual(["two"]);
    expect(plan.waiting).toBe(0);
  });

  test.each([
    ["while it starts", "starting"],
    ["while it is blank", "blank"],
    ["while it is idle", "idle"],
    ["while it runs", "running"],
  ])("a death %s leaves nobody waiting", (_when, stage) => {
    const pool = new Rehearsal({ running: 1, kept: 1 });
    pool.plan.spare = stage === "blank";
    pool.ask("a");
    if (stage !== "starting") pool.ready();
    if (stage === "blank") pool.ready();
    if (stage === "idle") pool.finish(0);
    pool.die(pool.in(stage)[0]!);
    pool.ask("b");
    pool.ask("a");
    pool.settle();
    expect([...pool.done].sort()).toEqual([0, 1, 2]);
  });

  test("whatever comes in whatever order, all jobs come to an end and no place sees two programs (seeded)", () => {
    let state = 11;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 300; round++) {
      const running = 1 + random(3);
      const pool = new Rehearsal({ running, kept: running + random(3) });
      pool.plan.spare = random(2) === 1;
      let asked = 0;
      for (let event = 0; event < 80; event++) {
        const pick = (places: readonly number[]) => places[random(places.length)];
        const starting = pick(pool.in("starting"));
        const busy = pick([...pool.running.keys()]);
        const any = pick(pool.plan.places);
        const what = random(4);
        if (what === 0 && starting !== undefined) pool.ready(starting);
        else if (what === 1 && busy !== undefined) pool.finish(busy);
        else if (what === 2 && any !== undefined && random(3) === 0) pool.die(any);
        else {
          asked++;
          pool.ask("abcde"[random(5)]!);
        }
      }
      pool.settle();
      expect([pool.done.length, pool.plan.waiting]).toEqual([asked, 0]);
    }
  });
});
