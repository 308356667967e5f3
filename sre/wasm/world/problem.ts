// What the world refuses, in the words of POSIX and of WASI's errno. A problem is an answer to the guest, never the
// end of it.

/** Why the world refuses what a guest asks. The names are those of `errno` in `wasi_snapshot_preview1`. */
export type ProblemCode =
  | "acces"
  | "badf"
  | "busy"
  | "exist"
  | "fbig"
  | "ilseq"
  | "inval"
  | "isdir"
  | "loop"
  | "mfile"
  | "nametoolong"
  | "noent"
  | "nospc"
  | "notcapable"
  | "notdir"
  | "notempty"
  | "notsock"
  | "notsup"
  | "perm"
  | "spipe";

/** Thrown by the world and caught where its ABI answers the guest. */
export class Problem extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode) {
    super(code);
    this.code = code;
  }
}

/** One of each: a guest may meet a million of them, and making an error costs more than all else about it. */
const PROBLEMS = new Map<ProblemCode, Problem>();

/** Refuses what the guest asks. */
export function refuse(code: ProblemCode): never {
  const problem = PROBLEMS.get(code) ?? new Problem(code);
  PROBLEMS.set(code, problem);
  throw problem;
}
