// The door of chain/state: everything that the rest of the house may use of it.
export { StateTree, type TreeChange } from "./tree.ts";
