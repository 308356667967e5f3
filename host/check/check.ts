// Whether a function gives one answer everywhere: the same job again and again, in this machine's sandbox and in other
// engines, must come out alike to the byte of memory. And what of its surroundings it depends on: jobs that differ in one.
import { createHash } from "node:crypto";
import { type Call, type Context, type Digest, LockstepError } from "../../chain/protocol/index.ts";
import type { Outcome } from "../../sre/core/index.ts";
import type { Engine, Json } from "../engines/index.ts";
import { type Answered, answered, type Exit, type Seen } from "./answer.ts";
import { partsThatDiffer, piecesToSee, type Side, tellCall, tellDifferences } from "./compare.ts";
import { type Forms, formsOf } from "./forms.ts";
import type { Asked, RunAsked } from "./job.ts";
import { PIECE_BYTES } from "./limits.ts";
import { regionOf, toHex } from "./regions.ts";
import { CALLED, contextOf, type RunName, VARIED, type Varied } from "./variations.ts";

/** The job whose function is checked. */
export interface Subject {
  readonly call: Call;
  readonly context: Context;
  readonly module: Uint8Array;
  readonly input: Uint8Array;
  readonly files: ReadonlyMap<Digest, Uint8Array>;
}

/** What is there to compare. */
export interface Means {
  /** What the sandbox of production gave for the job, each time. */
  readonly outcomes: readonly Extract<Outcome, { kind: "exit" }>[];
  /** Engines that take the profile, the reference first. */
  readonly engines: readonly Engine[];
  /** The script of `inside.ts`. */
  readonly script: string;
  /** Milliseconds that an engine may take. */
  readonly ms: number;
}

/** What became of the same job in one place. */
export interface Compared {
  readonly name: string;
  /** How often it ran there, other jobs between. */
  readonly runs: number;
  /** `none`: there was no answer. */
  readonly verdict: "same" | "differs" | "none";
  /** What differs and where first, or why there is no answer; empty where it is the same. */
  readonly differences: readonly string[];
}

/** What a function makes of one thing that differs from job to job. */
export interface Dependence {
  readonly on: Varied;
  /** It never asks for it; it asks, and the answer is the same; the answer is another. */
  readonly verdict: "unasked" | "asked" | "changes";
  /** The parts of the answer that change. */
  readonly parts: readonly string[];
  /** The first host call that is another; null where none is. */
  readonly call: string | null;
}

/** What was found. */
export interface Report {
  /** The run as the reference has it. */
  readonly run: Exit;
  readonly compared: readonly Compared[];
  readonly depends: readonly Dependence[];
  /** The run with its profile. */
  readonly profiled: Exit;
  readonly forms: Forms;
}

const FIRST: readonly RunName[] = ["job", ...VARIED, "all", "again"];
const OTHERS: readonly RunName[] = ["job", "all", "again"];
/** Hexadecimal digits of a program above which engines are asked one after the other: each holds it several times. */
const LARGE_DIGITS = 16_000_000;
/** Runs whose answers other engines must give, too. */
const SHARED = ["job", "all"] as const;

/** What is to be told of some runs besides. */
interface Telling {
  readonly runs: readonly RunName[];
  readonly pieces: RunAsked["pieces"];
}
const NOTHING: Telling = { runs: [], pieces: [] };

/** An engine, its runs in their order, and what was seen of them. */
interface Place {
  readonly engine: Engine;
  readonly order: readonly RunName[];
  readonly runs: ReadonlyMap<RunName, Seen>;
}

/** Checks a function. FAULT where the reference has no answer. */
export async function check(subject: Subject, means: Means): Promise<Report> {
  return new Check(subject, means).report();
}

class Check {
  private readonly subject: Subject;
  private readonly means: Means;
  private readonly forms: Forms;

  constructor(subject: Subject, means: Means) {
    this.subject = subject;
    this.means = means;
    this.forms = formsOf(subject.call, subject.module);
  }

  async report(): Promise<Report> {
    const [reference, ...others] = this.means.engines as readonly [Engine, ...Engine[]];
    // All at once, if that does not take too much memory: each is a process of its own, and none of them rejects.
    const large = this.forms.memories.length > LARGE_DIGITS;
    const asked = others.map((engine) => (large ? null : this.ask(engine, OTHERS)));
    const { profiled, runs } = await this.ask(reference, FIRST, NOTHING, true);
    const run = answerIn(runs.get("job")!, reference.name);
    const profile = answerIn(profiled!, `${reference.name} with probes`);
    const base = { engine: reference, order: FIRST, runs };
    const compared = [await this.withSandbox(base, run), await this.withItself(base)];
    for (const [index, engine] of others.entries()) {
      const own = { engine, order: OTHERS, runs: (await (asked[index] ?? this.ask(engine, OTHERS))).runs };
      compared.push(await this.withAnother(base, own));
    }
    const probes = tellProfile(run, profile, this.forms);
    if (probes.length > 0) compared.push({ name: "profile", runs: 1, verdict: "differs", differences: probes });
    return { run, compared, depends: await this.dependences(base), profiled: profile, forms: this.forms };
  }

  /** Asks an engine for runs, one after the other in one process, and for the profile of another run where it is wanted. */
  private async ask(engine: Engine, names: readonly RunName[], telling = NOTHING, profile = false) {
    const { call, files } = this.subject;
    const { calls, memories, program } = this.forms;
    const profiled = profile ? [{ form: calls, runs: [this.asked("job", NOTHING)] }] : [];
    const asked: Asked = {
      ...{ abi: call.abi, program },
      files: Object.fromEntries([...files].map(([digest, bytes]) => [digest, toHex(bytes)])),
      batches: [{ form: memories, runs: names.map((name) => this.asked(name, telling)) }, ...profiled],
    };
    const answer = await evaluate(engine, asked, this.means);
    const seen = (batch: number, run: number): Seen =>
      typeof answer === "string"
        ? { fault: answer }
        : (answer[batch]?.[run] ?? { fault: "it told nothing of this run" });
    return { runs: new Map(names.map((name, index) => [name, seen(0, index)])), profiled: profile ? seen(1, 0) : null };
  }

  private asked(name: RunName, { pieces, runs }: Telling): RunAsked {
    const { call, context, input } = this.subject;
    const { args, clock, env, files, seed } = contextOf(name, context);
    const { fuel, ...limits } = call.limits;
    const tells = runs.includes(name);
    return {
      ...{ entry: call.entry, input: toHex(input), limits: { fuel: String(fuel), ...limits } },
      context: { args, clock: String(clock), env, files, seed },
      ...{ tells, pieces: tells ? pieces : [] },
    };
  }

  /** The sandbox of production against the reference; it says nothing of memories. */
  private async withSandbox(base: Place, run: Exit): Promise<Compared> {
    const { outcomes } = this.means;
    const { fullNames } = this.forms;
    const differences: string[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const own = exitOf(outcome, []);
      if (partsThatDiffer(run, own, false).length === 0) continue;
      const pieces = piecesToSee(run, own).filter(([region]) => own.regions.some(({ name }) => name === region));
      const again = (await this.tell(base, ["job"], pieces)).get("job") ?? run;
      const [one, two] = [`on ${base.engine.name}`, `in run ${index + 1} of the sandbox`];
      const side = { name: two, run: exitOf(outcome, pieces) };
      // It tells no calls, so none are told beside it.
      const told = { name: one, run: { ...again, told: [] } };
      differences.push(...tellDifferences(told, side, { pieces, fullNames }, false));
    }
    const verdict = differences.length === 0 ? "same" : "differs";
    return { name: "sandbox", runs: outcomes.length, verdict, differences };
  }

  /** The job again in the same process, behind jobs that left their traces in it. */
  private async withItself(base: Place): Promise<Compared> {
    return { name: base.engine.name, runs: FIRST.length, ...(await this.compare(base, "job", base, "again")) };
  }

  /** The same jobs in another engine, and the first of them there again. */
  private async withAnother(base: Place, own: Place): Promise<Compared> {
    const told = { name: own.engine.name, runs: OTHERS.length };
    for (const name of SHARED) {
      const found = await this.compare(base, name, own, name);
      if (found.verdict !== "same") return { ...told, ...found };
    }
    return { ...told, ...(await this.compare(own, "job", own, "again")) };
  }

  /** Two runs of one job beside each other; where they differ both are made once more, to be told of. */
  private async compare(base: Place, name: RunName, own: Place, other: RunName): Promise<Found> {
    const [one, two] = [base.runs.get(name)!, own.runs.get(other)!];
    if ("fault" in one) return { verdict: "none", differences: [one.fault] };
    if ("fault" in two) return { verdict: "none", differences: [two.fault] };
    if (partsThatDiffer(one, two).length === 0) return { verdict: "same", differences: [] };
    const here = base.engine === own.engine;
    const called = here
      ? ["at first", "again, behind other jobs"]
      : [`on ${base.engine.name}`, `on ${own.engine.name}`];
    const pieces = piecesToSee(one, two);
    const shown = { pieces, fullNames: this.forms.fullNames };
    const again = await this.tell(base, here ? [name, other] : [name], pieces);
    const also = here ? again : await this.tell(own, [other], pieces);
    const [mine, others] = [again.get(name), also.get(other)];
    const sides = (left: Exit, right: Exit): [Side, Side] => [
      { name: called[0]!, run: left },
      { name: called[1]!, run: right },
    ];
    const same = mine === undefined || others === undefined || partsThatDiffer(mine, others).length === 0;
    return {
      verdict: "differs",
      differences: tellDifferences(...sides(same ? one : mine, same ? two : others), shown),
    };
  }

  /** Runs once more, with calls and pieces told; those that have an answer. */
  private async tell({ engine, order }: Place, runs: readonly RunName[], pieces: Telling["pieces"]) {
    const { runs: seen } = await this.ask(engine, order, { runs, pieces });
    return new Map([...seen].flatMap(([name, run]) => ("fault" in run ? [] : [[name, run] as const])));
  }

  /** What changes where one thing of the job is another. */
  private async dependences(base: Place): Promise<Dependence[]> {
    const job = base.runs.get("job") as Exit;
    const differing = VARIED.filter((varied) => {
      const run = base.runs.get(varied)!;
      return "fault" in run || partsThatDiffer(job, run, false).length > 0;
    });
    const told = differing.length === 0 ? new Map() : await this.tell(base, ["job", ...differing], []);
    return VARIED.map((varied) => {
      const run = base.runs.get(varied)!;
      if ("fault" in run) return { on: varied, verdict: "changes", parts: [run.fault], call: null };
      const parts = partsThatDiffer(job, run, false);
      const asked = parts.includes("host calls");
      const answer = parts.filter((part) => part !== "host calls");
      const verdict = answer.length > 0 ? "changes" : asked ? "asked" : "unasked";
      const [before, after] = [told.get("job"), told.get(varied)];
      const known = asked && before !== undefined && after !== undefined;
      const side = (name: string, seen: Exit) => ({ name, run: seen });
      const { fullNames } = this.forms;
      const call = known ? tellCall(side("as asked", before), side(CALLED[varied], after), fullNames) : null;
      return { on: varied, verdict, parts: answer, call };
    });
  }
}

type Found = Pick<Compared, "verdict" | "differences">;

function answerIn(seen: Seen, where: string): Exit {
  if (!("fault" in seen)) return seen;
  throw new LockstepError("FAULT", `there is no answer on ${where}: ${seen.fault}`);
}

/** Asks an engine; a sentence where it gives no answer. */
async function evaluate(engine: Engine, asked: Asked, { ms, script }: Means): Promise<Answered | string> {
  try {
    const answer = answered.safeParse(await engine.evaluate(script, asked as unknown as Json, ms));
    return answer.success ? answer.data : "it answered in a form that is none";
  } catch (error) {
    return oneLine(error instanceof Error ? error.message : String(error));
  }
}

/** Characters of what an engine says against a run. */
const SAID_CHARS = 300;
const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, SAID_CHARS);

/** The sandbox's answer as one of an engine's, with these pieces of it. */
function exitOf({ answer, logs, note, output }: Means["outcomes"][number], pieces: RunAsked["pieces"]): Exit {
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
  const bytes = { output, logs };
  const pieceOf = (name: keyof typeof bytes, piece: number) =>
    toHex(bytes[name].subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES));
  return {
    ...{ exit: answer.exit.kind, code: answer.exit.code, fuel: String(answer.fuel), truncated: answer.logs.truncated },
    calls: { count: String(answer.calls.count), sha256: answer.calls.sha256 },
    regions: [regionOf("output", output, PIECE_BYTES, sha256), regionOf("logs", logs, PIECE_BYTES, sha256)],
    pieces: pieces.map(([name, piece]) => pieceOf(name as keyof typeof bytes, piece)),
    ...{ note, told: [], profile: [] },
  };
}

/** What is wrong with the run that was watched: another answer, or a profile that does not add up to it. */
function tellProfile(run: Exit, profiled: Exit, { fullNames }: Forms): string[] {
  const shown = { pieces: [], fullNames };
  const differences = tellDifferences({ name: "without probes", run }, { name: "with them", run: profiled }, shown);
  const sum = profiled.profile.reduce((all, [, , , self]) => all + BigInt(self), 0n);
  return String(sum) === run.fuel ? differences : [...differences, `its fuel adds up to ${sum}, not to ${run.fuel}`];
}
