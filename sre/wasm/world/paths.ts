// From a path to a place in the tree. A path is resolved below a directory that the guest holds, and nothing leads out
// of that directory: no "..", no absolute path, no symbolic link.
import { WORLD_LIMITS } from "./limits.ts";
import type { DirectoryNode, Node } from "./nodes.ts";
import { refuse } from "./problem.ts";
import type { Charge } from "./space.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Where a path leads. */
export interface Place {
  /** The directory that has the last name of the path, and that name; null when the path leads to a directory itself. */
  readonly parent: DirectoryNode | null;
  readonly name: string;
  /** What is there; null when nothing is. */
  readonly node: Node | null;
  /** Whether the path ends in a slash, so that only a directory will do. */
  readonly slash: boolean;
}

/** Bytes of a text in UTF-8. */
export const utf8Size = (text: string): number => encoder.encode(text).length;

/** Reads a path; ILSEQ when it is not UTF-8, INVAL with a zero in it, NAMETOOLONG. */
export function readPath(bytes: Uint8Array): string {
  if (bytes.length > WORLD_LIMITS.pathBytes) refuse("nametoolong");
  let path: string;
  try {
    path = decoder.decode(bytes);
  } catch {
    refuse("ilseq");
  }
  return path.includes("\0") ? refuse("inval") : path;
}

/**
 * Follows a path below `base`; the last name, where it is a symbolic link, only if told so or before a slash. NOENT,
 * NOTDIR, LOOP, NAMETOOLONG, and PERM where it leads out of `base`. Targets of links are charged as they are read.
 */
export function resolve(base: DirectoryNode, path: string, follow: boolean, charge: Charge): Place {
  if (path === "") refuse("noent");
  let slash = path.endsWith("/");
  const trail = [base];
  const ahead = split(path);
  let links = 0;
  while (ahead.length > 0) {
    const name = ahead.pop()!;
    const directory = trail.at(-1)!;
    if (name === ".") continue;
    if (name === "..") {
      if (trail.length === 1) refuse("perm");
      trail.pop();
      continue;
    }
    if (3 * name.length > WORLD_LIMITS.nameBytes && utf8Size(name) > WORLD_LIMITS.nameBytes) refuse("nametoolong");
    const node = directory.entries.get(name);
    const last = ahead.length === 0;
    if (node?.kind === "link" && (!last || follow || slash)) {
      if (++links > WORLD_LIMITS.links) refuse("loop");
      charge(node.size);
      if (last) slash ||= node.target.endsWith("/");
      ahead.push(...split(node.target));
      continue;
    }
    if (last) return { parent: directory, name, node, slash };
    if (node === null) refuse("noent");
    if (node.kind !== "directory") refuse("notdir");
    trail.push(node);
  }
  return { parent: null, name: "", node: trail.at(-1)!, slash };
}

/** The names in a path, the last one first; PERM when it is absolute. */
function split(path: string): string[] {
  if (path.startsWith("/")) refuse("perm");
  return path
    .split("/")
    .filter((name) => name !== "")
    .reverse();
}
