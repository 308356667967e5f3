// Reads and validates a whole module: sections, then every body.
import { REWRITE_LIMITS } from "../limits.ts";
import { frameSize } from "./expansion.ts";
import { parseModule } from "./parse.ts";
import { Reader } from "./reader.ts";
import type { Tape } from "./tape.ts";
import type { Feature, Module } from "./types.ts";
import { Walk } from "./walk.ts";

/** A valid module within the caps, with the tape of its code. */
export interface ModuleRead {
  readonly module: Module;
  readonly tape: Tape;
  /** What the rewritten module takes at most (SPEC rule M10). */
  readonly size: number;
  /** Types in the lists that its instructions name (SPEC rule M11). */
  readonly listed: number;
}

/**
 * Reads and validates a module under a profile that takes `allowed` besides the base; throws `Refused`. One that is
 * `linked` may import globals and tags, too.
 */
export function readModule(source: Uint8Array, allowed: ReadonlySet<Feature>, linked = false): ModuleRead {
  const reader = new Reader(source, allowed, linked);
  const module = parseModule(reader);
  const walk = new Walk(reader, module);
  const mostStates = REWRITE_LIMITS.states + REWRITE_LIMITS.statesPerByte * source.length;
  let states = 0;
  let size = frameSize(source.length, module);
  for (let own = 0; own < module.bodies.length; own++) {
    walk.body(own);
    const body = walk.tape.bodies[own]!;
    const { start, end } = module.bodies[own]!;
    states += body.states;
    size += body.size - (end - start);
    if (states > mostStates) {
      reader.function = module.imports.length + own;
      reader.refuse("limit", "has too many branches and calls over too many locals; use fewer locals at a time");
    }
  }
  if (size > REWRITE_LIMITS.moduleSize) {
    reader.section = "code";
    const limit = REWRITE_LIMITS.moduleSize;
    reader.refuse("limit", `the module has a size of up to ${size} bytes once metered; at most ${limit}`);
  }
  return { module, tape: walk.tape, size, listed: walk.listed };
}
