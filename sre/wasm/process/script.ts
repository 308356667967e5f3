// Scripts that run between the walls of this machine by themselves, in this Node or in the shell of another engine: what
// they print is all that comes back, and whoever reads it reads a hostile's words.
import { once } from "node:events";
import { launch, proveWalls, scriptStart, shellStart } from "./walls/index.ts";

/** What runs a script: this Node with flags of its engine, or another engine's command. */
export type Shell =
  | { readonly flags: readonly string[] }
  | {
      /** An absolute path, and arguments. */
      readonly command: readonly [string, ...string[]];
    };

/** Bytes that are read of what a script prints, on both streams. */
const PRINTED_BYTES = 64 * 1024 * 1024;

/** Gives a script to a shell on its standard input; what it printed by its end, which is forced after `ms` milliseconds. */
export async function runScript(shell: Shell, script: string, ms: number): Promise<string> {
  const { walls } = await proveWalls();
  const start = "flags" in shell ? scriptStart(walls, shell.flags) : shellStart(walls, shell.command);
  const child = launch(start, "pipe");
  const parts: Uint8Array[] = [];
  let size = 0;
  let forced = "";
  const force = (why: string) => {
    forced = `, after ${why}`;
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => force(`${ms} ms`), ms);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (part: Uint8Array) => {
      size += part.length;
      if (size <= PRINTED_BYTES) parts.push(part);
      else force(`${PRINTED_BYTES} bytes of output`);
    });
  }
  // A shell that ends early says so by its end.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(script);
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    return `${Buffer.concat(parts).toString()}\nended with ${signal ?? `status ${code}`}${forced}`;
  } finally {
    clearTimeout(timer);
  }
}
