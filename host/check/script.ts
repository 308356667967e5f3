// The script that engines run, put together of this room's own files when it is first asked for.
import { fileURLToPath } from "node:url";
import { bundle } from "../engines/index.ts";

let made: Promise<string> | null = null;

/** The script of `inside.ts`. */
export function insideScript(): Promise<string> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  made ??= bundle(fileURLToPath(new URL(`./inside.${extension}`, import.meta.url)));
  return made;
}
