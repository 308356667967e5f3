// Which process runs which job, as a state machine without processes: places, jobs that wait, and what is to be done next.
// A place that has run one program never gets another; it is ended, the least recently used first, when its room is
// needed. Jobs go first come, first served, but for one whose place is still being started: later ones may pass it.

/** What a place is at: its process starts, has seen no program yet, waits for more of its program, or runs a job of it. */
export type Stage = "starting" | "blank" | "idle" | "running";

/** How many there may be. */
export interface PlanLimits {
  /** Places that run a job at once, at least 1. */
  readonly running: number;
  /** Places that hold a program, running or idle, no fewer. */
  readonly kept: number;
}

/** What to do next: start a process for a new place, end that of one, or give a job to one. */
export type Step<Place, Job> =
  | { readonly do: "start" }
  | { readonly do: "end"; readonly place: Place }
  | { readonly do: "run"; readonly place: Place; readonly job: Job };

interface State {
  readonly stage: Stage;
  readonly program: string | null;
  /** When it was last given a job, by a counter of these. */
  readonly used: number;
}

/** The plan of a pool; `Place` and `Job` are whatever its caller knows them by. */
export class Plan<Place, Job> {
  /** Whether a blank place is kept ready while nobody waits for it. */
  spare = false;
  private readonly limits: PlanLimits;
  private readonly states = new Map<Place, State>();
  /** Programs by the jobs that wait, the first come first. */
  private readonly jobs = new Map<Job, string>();
  /** What places that run were before. */
  private readonly before = new Map<Place, State>();
  private uses = 0;

  constructor(limits: PlanLimits) {
    this.limits = limits;
  }

  /** Jobs that wait. */
  get waiting(): number {
    return this.jobs.size;
  }

  /** All places. */
  get places(): readonly Place[] {
    return [...this.states.keys()];
  }

  /** What a place is at; null when there is no such place any more. */
  stageOf(place: Place): Stage | null {
    return this.states.get(place)?.stage ?? null;
  }

  /** A job waits for a place of its program. */
  wait(job: Job, program: string): void {
    this.jobs.set(job, program);
  }

  /** A process was started. */
  starting(place: Place): void {
    this.states.set(place, { stage: "starting", program: null, used: 0 });
  }

  /** It is ready. */
  ready(place: Place): void {
    if (this.stageOf(place) === "starting") this.states.set(place, { stage: "blank", program: null, used: 0 });
  }

  /** Its job is over, and it can take another. */
  finished(place: Place): void {
    const state = this.states.get(place);
    if (state?.stage === "running") this.states.set(place, { ...state, stage: "idle" });
    this.before.delete(place);
  }

  /** The job that it was given is not wanted any more: the place never saw it. */
  declined(place: Place): void {
    const before = this.before.get(place);
    if (before !== undefined) this.states.set(place, before);
    this.before.delete(place);
  }

  /** Its process is no more. */
  left(place: Place): void {
    this.states.delete(place);
    this.before.delete(place);
  }

  /** Takes the waiting jobs out that only a new process could run; or all of them. */
  giveUp(all: boolean): readonly Job[] {
    const programs = new Set([...this.states.values()].map(({ program }) => program));
    const hopeless = [...this.jobs].filter(([, program]) => all || !programs.has(program)).map(([job]) => job);
    for (const job of hopeless) this.jobs.delete(job);
    return hopeless;
  }

  /**
   * The next step, noted as done; null when there is nothing to do before something happens. After `start` its caller
   * names the place by `starting` before it asks again.
   */
  next(): Step<Place, Job> | null {
    for (const [job, program] of this.jobs) {
      if (this.count(({ stage }) => stage === "running") >= this.limits.running) break;
      const place = this.find((state) => state.stage === "idle" && state.program === program) ?? this.find(isBlank);
      if (place === undefined) continue;
      const binds = isBlank(this.states.get(place)!);
      if (!binds || this.count((state) => state.program !== null) < this.limits.kept) {
        return this.give(place, job, program);
      }
      const least = this.leastUsed();
      this.left(least);
      return { do: "end", place: least };
    }
    return this.missing() ? { do: "start" } : null;
  }

  private give(place: Place, job: Job, program: string): Step<Place, Job> {
    this.jobs.delete(job);
    this.before.set(place, this.states.get(place)!);
    this.states.set(place, { stage: "running", program, used: ++this.uses });
    return { do: "run", place, job };
  }

  /** Whether more processes are wanted than start or wait for their program. */
  private missing(): boolean {
    const fresh = this.count(({ program }) => program === null);
    const free = this.limits.running - this.count(({ stage }) => stage === "running");
    return fresh < Math.max(Math.min(this.jobs.size, free), this.spare ? 1 : 0);
  }

  /** The idle place to end first: one for whose program nobody waits, if there is any; of those the least recently used. */
  private leastUsed(): Place {
    const awaited = new Set(this.jobs.values());
    const idle = [...this.states].filter(([, { stage }]) => stage === "idle");
    const unawaited = idle.filter(([, { program }]) => !awaited.has(program!));
    const [least] = (unawaited.length > 0 ? unawaited : idle).sort(([, left], [, right]) => left.used - right.used);
    return least![0];
  }

  private find(fits: (state: State) => boolean): Place | undefined {
    for (const [place, state] of this.states) if (fits(state)) return place;
    return undefined;
  }

  private count(fits: (state: State) => boolean): number {
    let count = 0;
    for (const state of this.states.values()) if (fits(state)) count++;
    return count;
  }
}

const isBlank = ({ stage }: State): boolean => stage === "blank";
