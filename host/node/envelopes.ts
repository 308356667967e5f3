// A provider's sealed results on disk, from before they are sent until the ledger has them. Whoever signed two
// different results for one attempt is guilty, so a provider that crashed sends the old bytes again and never new ones.
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  canonicalize,
  type Digest,
  document,
  type Envelope,
  encodeDocument,
  envelope,
  LockstepError,
  parseCanonical,
} from "../../chain/protocol/index.ts";
import { readBounded, writeWhole } from "./files.ts";
import type { Home } from "./home.ts";
import { HOST_LIMITS } from "./limits.ts";

/** One file per attempt. */
export class Envelopes {
  readonly #home: Home;

  constructor(home: Home) {
    this.#home = home;
    home.ensure(home.envelopes);
  }

  #path(job: Digest, attempt: number): string {
    return join(this.#home.envelopes, `${job}-${attempt}.json`);
  }

  /** What was signed for an attempt, or null. */
  get(job: Digest, attempt: number): Envelope | null {
    try {
      const bytes = readBounded(this.#path(job, attempt), HOST_LIMITS.smallFileBytes);
      return document(envelope, parseCanonical(bytes, HOST_LIMITS.smallFileBytes), "envelope");
    } catch (error) {
      if (error instanceof LockstepError && error.code === "NOT_FOUND") return null;
      throw error;
    }
  }

  /** Keeps what is about to be sent. */
  put(job: Digest, attempt: number, sealed: Envelope): void {
    writeWhole(this.#path(job, attempt), canonicalize(encodeDocument(envelope, sealed)), 0o600);
  }

  /** Forgets an attempt that is over. */
  drop(job: Digest, attempt: number): void {
    rmSync(this.#path(job, attempt), { force: true });
  }
}
