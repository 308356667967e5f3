// The tools for WebAssembly that come with the transpiler: text to a binary, and a core module to a component of the world
// that its project describes in WIT, whatever language the module was written in.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import { ask } from "./child.ts";
import type { SourceTree, Toolchain } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { refused } from "./tools.ts";
import type { ToolsRequest } from "./wasm-tools-child.ts";

const PACKAGE = "@bytecodealliance/jco-transpile";
/** The ABI of components. */
export const COMPONENT_ABI = "component/1";
const WIT = /^wit\/.*\.wit$/;

const replySchema = z.strictObject({
  binary: z.instanceof(Uint8Array).nullable(),
  message: z.string(),
});

/** Whether a file of a project describes its world. */
export const isWit = (path: string): boolean => WIT.test(path);

/** A project's files that describe its world; BUILD_FAILED without any. */
export function witOf({ files }: SourceTree): ReadonlyMap<string, Uint8Array> {
  const wit = new Map([...files].filter(([path]) => isWit(path)));
  if (wit.size > 0) return wit;
  throw new LockstepError(
    "BUILD_FAILED",
    "a component needs the world that it is made for; describe it in a file wit/world.wit of the project",
  );
}

/** Whether bytes begin as a component does, and not as a core module. */
export const isComponent = (bytes: Uint8Array): boolean => bytes[4] !== 1 && bytes[6] === 1;

/** Which tools these are. */
export function wasmTools(): Toolchain {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as { version: string };
  return { name: PACKAGE, version };
}

/** The binary of a module or component in text; BUILD_FAILED with the place where it is wrong. */
export async function binaryOf(path: string, text: string): Promise<Uint8Array> {
  const { binary, message } = await tools({ do: "parse", text });
  if (binary !== null) return binary;
  throw refused("the parser", `${path}:${placed(message)}`);
}

/** A core module as a component of the project's world. BUILD_FAILED: the world is wrong, or the module does not fit it. */
export async function componentOf(core: Uint8Array, tree: SourceTree): Promise<Uint8Array> {
  const { binary, message } = await tools({ do: "component", core, wit: witOf(tree), world: tree.world ?? null });
  if (binary !== null) return binary;
  const hint = message.includes("wasi_snapshot_preview1")
    ? "\n(the code calls for standard streams, files or a clock, which are not in the world: WASI preview 1 has no place in a component)"
    : "";
  throw new LockstepError("BUILD_FAILED", `the module does not fit its world:\n${message}${hint}`);
}

async function tools(request: ToolsRequest): Promise<z.output<typeof replySchema>> {
  const own = packageFolder();
  const compiler = {
    title: "the tool for WebAssembly",
    script: "wasm-tools-child",
    readable: [own, join(dirname(own), "preview2-shim")],
    reply: replySchema,
  };
  return ask(compiler, request, BUILD_LIMITS.compileMs);
}

function packageFolder(): string {
  return dirname(dirname(fileURLToPath(import.meta.resolve(`${PACKAGE}/wasm-tools`))));
}

/** `LINE:COLUMN: MESSAGE` of what the parser says, which is its own form of an error. */
function placed(message: string): string {
  const place = /\bline: (\d+), col: (\d+)/.exec(message);
  const said = /\bkind: (?:Custom\("((?:[^"\\]|\\.)*)"\)|Lex\((.*?)\)) \}/.exec(message);
  const words = said?.[1]?.replaceAll(/\\(.)/g, "$1") ?? said?.[2] ?? message;
  return place === null ? ` ${words}` : `${Number(place[1]) + 1}:${Number(place[2]) + 1}: ${words}`;
}
