// Reads and validates a whole module: sections, then every body.
import { REWRITE_LIMITS } from "../limits.ts";
import { parseModule } from "./parse.ts";
import { Reader } from "./reader.ts";
import type { Tape } from "./tape.ts";
import type { Feature, Module } from "./types.ts";
import { Walk } from "./walk.ts";

/** A valid module within the caps, with the tape of its code. */
export interface ModuleRead {
  readonly module: Module;
  readonly tape: Tape;
}

/**
 * Reads and validates a module under a profile that takes `allowed` besides the base; throws `Refused`. One that is
 * `linked` may import globals and tags, too.
 */
export function readModule(source: Uint8Array, allowed: ReadonlySet<Feature>, linked = false): ModuleRead {
  const reader = new Reader(source, allowed, linked);
  const module = parseModule(reader);
  const walk = new Walk(reader, module);
  let states = 0;
  for (let own = 0; own < module.bodies.length; own++) {
    walk.body(own);
    states += walk.tape.bodies[own]!.states;
    if (states <= REWRITE_LIMITS.states) continue;
    reader.function = module.imports.length + own;
    reader.refuse("limit", "has too many branches and calls over too many locals; use fewer locals at a time");
  }
  return { module, tape: walk.tape };
}
