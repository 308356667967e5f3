// Runs vitest inside a test, over one small file, to see what a whole run of ours prints and how it ends.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const checkout = join(import.meta.dirname, "../..");

/** How an inner run ended: its last line, its exit status, all of its standard output. */
export interface InnerRun {
  readonly last: string | undefined;
  readonly status: number | null;
  readonly output: string;
}

/**
 * Runs the text as the one test file of a run with our closing line; `test`, `describe` and the rest of vitest's
 * names are imported for it, paths in it start at the checkout (`CHECKOUT/test/…`). `env` replaces the environment.
 */
export function innerRun(text: string, env: NodeJS.ProcessEnv = process.env): InnerRun {
  // Inside the checkout, so that vitest is found from there; .lockstep is in no commit.
  mkdirSync(join(checkout, ".lockstep"), { recursive: true });
  const folder = mkdtempSync(join(checkout, ".lockstep", "inner-"));
  try {
    const file = `import { beforeAll, describe, expect, test } from "vitest";\n${text}`;
    writeFileSync(join(folder, "one.test.ts"), file.replaceAll("CHECKOUT", checkout));
    const options = `root: ${JSON.stringify(folder)}, include: ["one.test.ts"]`;
    writeFileSync(
      join(folder, "config.ts"),
      `import { ClosingLine } from "${checkout}/test/reporter.ts";
       export default { test: { ${options}, reporters: ["verbose", new ClosingLine()] } };`,
    );
    const args = ["node_modules/vitest/vitest.mjs", "run", "--config", join(folder, "config.ts")];
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: checkout, encoding: "utf8", env });
    return { last: stdout.trimEnd().split("\n").at(-1), status, output: stdout };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
