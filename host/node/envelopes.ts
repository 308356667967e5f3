// A provider's sealed results on disk, from before they are sent until the ledger has them. Whoever signed two
// different results for one attempt is guilty, so a provider that crashed sends the old bytes again and never new ones.
import { readdirSync, rmSync, statSync } from "node:fs";
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

  /**
   * Keeps what was signed for an attempt and returns what may be sent: where something was signed before, by whichever
   * process, that one counts and the new one is forgotten.
   */
  keep(job: Digest, attempt: number, sealed: Envelope): Envelope {
    const bytes = canonicalize(encodeDocument(envelope, sealed));
    try {
      // A power cut may take the file away again: then the guest is run again, and where runs repeat it answers the same.
      writeWhole(this.#path(job, attempt), bytes, 0o600, { existing: "refuse", durable: "content" });
      return sealed;
    } catch (error) {
      const earlier = this.get(job, attempt);
      if (earlier === null) throw error;
      return earlier;
    }
  }

  /** Forgets everything older than a time in ms since 1970: attempts that were over while nobody was here to see it. */
  sweep(before: number): void {
    for (const file of readdirSync(this.#home.envelopes)) {
      const path = join(this.#home.envelopes, file);
      if (statSync(path).mtimeMs < before) rmSync(path, { force: true });
    }
  }

  /** Forgets an attempt that is over. */
  drop(job: Digest, attempt: number): void {
    rmSync(this.#path(job, attempt), { force: true });
  }
}
