// The scratch space of one run: what a guest's own files, links and names may take together.
import { WORLD_LIMITS } from "./limits.ts";
import { refuse } from "./problem.ts";

/** Takes the price of bytes; throws when the fuel is not there. */
export type Charge = (bytes: number) => void;

/** How much is taken. */
export class Space {
  private used = 0;
  private readonly charge: Charge;

  constructor(charge: Charge) {
    this.charge = charge;
  }

  /** Takes bytes; NOSPC when they are not there. */
  take(bytes: number): void {
    if (this.used + bytes > WORLD_LIMITS.scratchBytes) refuse("nospc");
    this.used += bytes;
  }

  /** Takes bytes by which a file is lengthened, whose zeros have to be written: they have the price of bytes that cross. */
  takeLength(bytes: number): void {
    this.take(bytes);
    this.charge(bytes);
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.used -= bytes;
  }
}
