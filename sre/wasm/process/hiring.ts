// Starts worker processes between the walls of this machine, and takes none into service around which fewer stand than
// around the first, or than are demanded.
import {
  type Grade,
  gradeOf,
  isAtLeast,
  LockstepError,
  type Wall,
  wallsMissing,
} from "../../../chain/protocol/index.ts";
import type { Child } from "./child.ts";
import { type Proof, proveWalls, type Walls } from "./walls/index.ts";

/** Starts in a row that may fail before the machine is taken for one that starts none; any may be killed for once. */
export const FAILED_STARTS = 3;

/** Starts worker processes of one sandbox. */
export class Hiring {
  private readonly wanted: Grade;
  /** What this machine's walls were proven to be; null until then, and no worker starts before. */
  private proof: Proof | null = null;
  /** The walls of the first worker; each later one must have them all. */
  private first: readonly Wall[] | null = null;

  /** Demands a grade. */
  constructor(wanted: Grade) {
    this.wanted = wanted;
  }

  /** The walls around every worker, outermost first; complete once one was ready. */
  get walls(): readonly Wall[] {
    return this.first ?? ["process"];
  }

  /** Whether the walls were proven. */
  get prepared(): boolean {
    return this.proof !== null;
  }

  /** Proves the walls. */
  async prepare(): Promise<void> {
    this.proof ??= await proveWalls();
  }

  /** Starts a process; the walls must have been proven. Null where the machine lacks what it takes: memory, descriptors. */
  start<T extends Child>(make: (walls: Walls) => T): T | null {
    try {
      return make(this.proof!.walls);
    } catch {
      return null;
    }
  }

  /** Whether there is a new process, and it came up with every wall that the first one had, and enough of them; ends it otherwise. */
  async isFit(child: Child | null): Promise<boolean> {
    if (child === null || !(await child.ready)) return false;
    this.first ??= child.walls;
    const fell = this.first.some((wall) => !child.walls.includes(wall));
    if (!fell && this.shortfall() === null) return !child.dead;
    child.fail("lost", "the walls around a worker process were too few");
    return false;
  }

  /** Why the walls of this machine are not enough; null when they are, or not known yet. */
  shortfall(): LockstepError | null {
    const { proof, first, wanted } = this;
    if (proof === null || first === null || isAtLeast(gradeOf(first), wanted)) return null;
    const reasons = wallsMissing(first, wanted).map((wall) => {
      const why = proof.findings.find((finding) => finding.wall === wall)?.detail;
      return why === undefined ? wall : `${wall} (${why})`;
    });
    const message = `this machine isolates guests by grade ${gradeOf(first)} and not ${wanted}; missing: ${reasons.join(", ")}; see: lockstep doctor`;
    return new LockstepError("ISOLATION", message, { grade: gradeOf(first), wanted });
  }
}
