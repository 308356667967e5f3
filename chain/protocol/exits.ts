// Which ends of a run are exits, by kind of sandbox: signed, agreed and paid. Every other end is a fault, which is
// never signed. The table is part of chain/SPEC.md. And which of them may bring output.
import { EXIT_KINDS, type ExitKind, type Sre } from "./equation.ts";

/** A container's own clock and memory decide about the rest, so two honest providers could differ on it. */
const CONTAINER_EXITS: readonly ExitKind[] = ["ok", "code", "output-limit", "bad-answer"];

/** The exits of each kind of sandbox. */
export const EXITS_BY_SRE: Readonly<Record<Sre, readonly ExitKind[]>> = {
  wasm: EXIT_KINDS,
  quickjs: EXIT_KINDS,
  container: CONTAINER_EXITS,
  gpu: CONTAINER_EXITS,
};

/** Whether a run that ended so may have output: one that came to its own end, also with a code of its own. */
export const mayHaveOutput = (kind: ExitKind): boolean => kind === "ok" || kind === "code";
