// What is installed in a project's folder: files of packages, read when a bundler asks for one, within limits.
import { realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { LockstepError } from "../../chain/protocol/index.ts";
import type { Installed } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { readSourceFile } from "./source.ts";

/** A path below a `node_modules` folder of the project, of a file that may be part of a program. */
const INSTALLED = /^(?:[^/]+\/)*node_modules\/(?:[^/]+\/)+[^/]+\.(?:[mc]?js|json)$/;

/**
 * What is installed in a folder. Links are followed, as some installers make one for each package, but not out of the
 * folder.
 */
export function installedIn(folder: string): Installed {
  let [asked, files, bytes] = [0, 0, 0];
  const tooLarge = (what: string) => new LockstepError("TOO_LARGE", `the packages that ${folder} needs ${what}`);
  return {
    read(path) {
      if (++asked > BUILD_LIMITS.installedVisits) throw tooLarge("ask for too many files");
      const lies = pathInside(folder, path);
      if (lies === null) return null;
      const content = readSourceFile(join(folder, lies), lies);
      if (++files > BUILD_LIMITS.installedFiles) throw tooLarge(`have more than ${BUILD_LIMITS.installedFiles} files`);
      bytes += content.length;
      if (bytes > BUILD_LIMITS.sourceBytes) throw tooLarge(`have over ${BUILD_LIMITS.sourceBytes} bytes`);
      return { path: lies, bytes: content };
    },
  };
}

/** Where an installed file really lies, relative to the folder; null when it is none, or lies elsewhere. */
function pathInside(folder: string, path: string): string | null {
  if (!INSTALLED.test(path) || path.split("/").includes("..")) return null;
  try {
    const real = realpathSync(join(folder, path));
    const lies = relative(realpathSync(folder), real).split(sep).join("/");
    return INSTALLED.test(lies) && !lies.startsWith("../") && statSync(real).isFile() ? lies : null;
  } catch {
    return null;
  }
}
