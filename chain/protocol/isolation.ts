// How well a guest was walled in: the closed list of walls, and the one table that makes a grade of them. A receipt
// holds the walls; the grade follows from them here and is stored nowhere, so that the two can't contradict.

/**
 * The walls that can stand around a guest. `none`: the guest ran inside the host's own process. `process`: a process
 * of its own without environment. `no-new-privileges`: the kernel gives it no more rights than it began with.
 * `node-permission`: Node's permission model, which code that broke out of the engine does not feel. `namespaces`:
 * no files but its own program, no network, no other processes, no capabilities. `seccomp`: a filter that leaves only
 * the system calls that the worker needs: no sockets, no children, no files to write, no tracing.
 */
export const WALLS = ["none", "process", "namespaces", "no-new-privileges", "seccomp", "node-permission"] as const;
/** One wall. */
export type Wall = (typeof WALLS)[number];

/** The grades of isolation, the weakest first. */
export const GRADES = ["none", "process", "permission", "sandboxed"] as const;
/** A grade of isolation. */
export type Grade = (typeof GRADES)[number];

/** The walls that a grade takes. */
const TAKES: Readonly<Record<Grade, readonly Wall[]>> = {
  none: [],
  process: ["process"],
  permission: ["process", "node-permission"],
  // The kernel's own walls: what Node's permission model refuses to a worker, they refuse too, and to native code besides.
  sandboxed: ["process", "no-new-privileges", "namespaces", "seccomp"],
};

/** The walls that a grade takes and that a list lacks. */
export function wallsMissing(walls: readonly string[], grade: Grade): readonly Wall[] {
  return TAKES[grade].filter((wall) => !walls.includes(wall));
}

/** The grade of a list of walls, say from a receipt: unknown words count for nothing, `none` beside others spoils all. */
export function gradeOf(walls: readonly string[]): Grade {
  if (walls.includes("none")) return "none";
  return GRADES.findLast((grade) => wallsMissing(walls, grade).length === 0) ?? "none";
}

/** Whether a grade is at least the one that is wanted. */
export function isAtLeast(grade: Grade, wanted: Grade): boolean {
  return GRADES.indexOf(grade) >= GRADES.indexOf(wanted);
}
