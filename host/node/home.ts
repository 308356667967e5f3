// The data directory: what lies where. Everything a person's installation keeps is under one folder, named by
// LOCKSTEP_HOME, by default `.lockstep` in the current one.
import { join, resolve } from "node:path";
import type { Digest } from "../../chain/protocol/index.ts";
import { makeFolders } from "../folders.ts";
import { diskError } from "./files.ts";

/** Paths of a data directory; nothing is created by asking for a path. */
export class Home {
  /** The folder's absolute path. */
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** The data directory that the environment names. */
  static fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Home {
    return new Home(environment.LOCKSTEP_HOME || ".lockstep");
  }

  /** The ledger's database. */
  get ledger(): string {
    return join(this.root, "ledger.db");
  }
  /** The chain's genesis file. */
  get genesis(): string {
    return join(this.root, "genesis.json");
  }
  /** The genesis of a chain that has not begun: a node begins with what lies here, or with one of its own making. */
  get stagedGenesis(): string {
    return `${this.genesis}.new`;
  }
  /** Content-addressed blobs. */
  get blobs(): string {
    return join(this.root, "blobs");
  }
  /** Private keys, one PEM file each. */
  get keys(): string {
    return join(this.root, "keys");
  }
  /** The keys that this installation trusts when it verifies. */
  get trust(): string {
    return join(this.root, "trust.json");
  }
  /** A provider's envelopes, kept from before they are sent until their job is over. */
  get envelopes(): string {
    return join(this.root, "envelopes");
  }
  /** Rewritten modules; may be deleted at any time. */
  get modules(): string {
    return join(this.root, "cache", "modules");
  }
  /** The files of one job as its client keeps them. */
  job(id: Digest): string {
    return join(this.root, "jobs", id);
  }

  /** Creates a folder below the data directory, private to its owner, and returns its path. */
  ensure(path: string): string {
    try {
      makeFolders(path, 0o700);
      return path;
    } catch (error) {
      throw diskError(error, path);
    }
  }
}
