// Folders of files for the tests of one file, below a scratch folder that is gone when they are over.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

/** The scratch folder, named after the tests, and what makes a fresh folder with the given files in it. */
export function scratchFolders(name: string) {
  const scratch = mkdtempSync(join(tmpdir(), `lockstep-${name}-`));
  afterAll(() => rmSync(scratch, { recursive: true }));
  let folders = 0;
  const folderWith = (files: Readonly<Record<string, string | Uint8Array>>): string => {
    const folder = join(scratch, `f${folders++}`);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return folder;
  };
  return { scratch, folderWith };
}
