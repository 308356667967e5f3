// One run of a WASI program: its world, its descriptors, and the code that it ends itself with.
import type { Host } from "../../host.ts";
import { World } from "../../world/index.ts";
import { Descriptors } from "./descriptors.ts";

/** Strings as a program gets them: their bytes, each with a zero at its end, and where each starts. */
export interface Strings {
  readonly starts: readonly number[];
  readonly bytes: Uint8Array;
}

/** What is there once the job is known. */
interface Begun {
  readonly world: World;
  readonly descriptors: Descriptors;
  readonly args: Strings;
  readonly env: Strings;
}

/** What stands behind the imports of one instance. */
export class Process {
  readonly host: Host;
  /** The code of `proc_exit`, as a signed integer; null before. */
  exited: number | null = null;
  private begun: Begun | null = null;

  constructor(host: Host) {
    this.host = host;
  }

  /** Begins with an input. */
  begin(input: Uint8Array): void {
    const world = new World(this.host, input);
    const env = world.env.map(([name, value]) => `${name}=${value}`);
    const descriptors = new Descriptors(world);
    this.begun = { world, descriptors, args: stringsOf(world.args), env: stringsOf(env) };
  }

  get world(): World {
    return this.begun!.world;
  }

  get descriptors(): Descriptors {
    return this.begun!.descriptors;
  }

  get args(): Strings {
    return this.begun!.args;
  }

  get env(): Strings {
    return this.begun!.env;
  }

  /** The guest ends itself. */
  exit(code: number): void {
    this.exited ??= code;
    this.host.stop();
  }
}

const encoder = new TextEncoder();

function stringsOf(texts: readonly string[]): Strings {
  const pieces = texts.map((text) => encoder.encode(`${text}\0`));
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  const starts = pieces.map((piece) => {
    bytes.set(piece, at);
    at += piece.length;
    return at - piece.length;
  });
  return { starts, bytes };
}
