// The door of the world: what ABIs with an operating system stand on.
export { WORLD_LIMITS } from "./limits.ts";
export type { DirectoryNode, FileNode, LinkNode, Node, Times } from "./nodes.ts";
export { readPath } from "./paths.ts";
export { Problem, type ProblemCode, refuse } from "./problem.ts";
export type { InputStream, OutputStream } from "./streams.ts";
export type { FileTree, NewTime, Opening } from "./tree.ts";
export { NS_PER_MS, PROGRAM_NAME, Stopped, World } from "./world.ts";
