// Where the tests' own copy of Dawn lies.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DawnFiles } from "../../sre/webgpu/sandbox.ts";

const FOLDER = join(import.meta.dirname, "../toolchains/webgpu/node_modules/webgpu");

function versionThere(): string {
  try {
    return (JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8")) as { version: string }).version;
  } catch {
    return "";
  }
}

/** The add-on for this machine; the component `webgpu` says whether it is there. */
export const DAWN: DawnFiles = {
  addon: join(FOLDER, "dist", `${process.platform}-${process.arch}`, "dawn.node"),
  version: versionThere(),
};
