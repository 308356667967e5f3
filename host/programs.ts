// Programs of this machine, found where its user's shell would find them.
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of the first of some programs that PATH has, or null. */
export function findCommand(...names: readonly string[]): string | null {
  return names.flatMap(findCommands)[0] ?? null;
}

/** The paths of all programs of a name that PATH has, the first first. */
export function findCommands(name: string): string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).filter(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
