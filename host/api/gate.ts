// How many bytes of blobs may be on their way at once, in either direction: each is held in memory whole, since its
// digest has to be checked before anybody gets it.
import type { ServerResponse } from "node:http";
import { LockstepError } from "../../chain/protocol/index.ts";

/** Counts bytes on their way and refuses beyond a limit. */
export class Gate {
  readonly #limit: number;
  #used = 0;

  /** `limit` in bytes; one passage alone is always let through. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Lets bytes in, and out again when what is returned is called, once; BUSY when too many are on their way. */
  enter(bytes: number): () => void {
    if (this.#used > 0 && this.#used + bytes > this.#limit) {
      throw new LockstepError("BUSY", "too many blobs are on their way to or from this node; try again later");
    }
    this.#used += bytes;
    let inside = true;
    return () => {
      if (inside) this.#used -= bytes;
      inside = false;
    };
  }

  /** Lets an answer's bytes in until the answer is sent or its reader gone; at once without a server around. */
  untilSent(bytes: number, answer: ServerResponse | undefined): void {
    const leave = this.enter(bytes);
    if (answer === undefined) leave();
    else answer.once("close", leave);
  }
}
