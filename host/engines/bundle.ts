// One plain script out of our modules, as a browser page or an engine's shell takes it.
import { rolldown } from "rolldown";

/**
 * Bundles a module that exports `main(job)` into a script that sets the global `BUNDLE`. Nothing of Node's is filled
 * in: an import of `node:*` is an error, since no browser would have it.
 */
export async function bundle(entry: string): Promise<string> {
  const build = await rolldown({
    input: entry,
    platform: "browser",
    onLog(level, log) {
      if (level === "warn") throw new Error(`${entry}: ${log.message}`);
    },
  });
  const { output } = await build.generate({ format: "iife", name: "BUNDLE", minify: false });
  await build.close();
  if (output.length !== 1) throw new Error(`${entry}: one script wanted, not ${output.length}`);
  return output[0].code;
}
