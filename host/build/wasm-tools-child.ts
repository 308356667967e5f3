// The tools for WebAssembly that come with the transpiler, in a process of their own: text to a binary, and a core module
// with the world that it is made for to a component. They are WebAssembly themselves and find a file system that holds the
// world's files and nothing else: the shim of their operating system is the one for browsers, which has no machine under it.
import { registerHooks } from "node:module";

/** What the parent sends. */
export type ToolsRequest =
  | { readonly do: "parse"; readonly text: string }
  | {
      readonly do: "component";
      readonly core: Uint8Array;
      /** The files of the world's package and of those that it uses, below `wit/`. */
      readonly wit: ReadonlyMap<string, Uint8Array>;
      /** Null where there is only one. */
      readonly world: string | null;
    };

/** What the child answers; the parent parses it as it would parse a stranger's words. */
export interface ToolsReply {
  /** Null where the tool refuses. */
  readonly binary: Uint8Array | null;
  /** Why it refuses, in its own words. */
  readonly message: string;
}

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const shim = specifier.startsWith("@bytecodealliance/preview2-shim/");
    return shim ? { ...found, url: found.url.replace("/dist/nodejs/", "/dist/browser/") } : found;
  },
});
const tools = await import("@bytecodealliance/jco-transpile/wasm-tools");

/** Files in folders, as the shim takes them. */
interface Folder {
  readonly dir: Record<string, Folder | { readonly source: Uint8Array }>;
}

/** Lends files to the tools, below `/`. */
async function lend(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  // Without prototypes: a folder may have any name.
  const folder = (): Folder => ({ dir: Object.create(null) as Folder["dir"] });
  const root = folder();
  for (const [path, source] of files) {
    const folders = path.split("/");
    const name = folders.pop() ?? "";
    let at = root;
    for (const part of folders) {
      at.dir[part] ??= folder();
      at = at.dir[part] as Folder;
    }
    at.dir[name] = { source };
  }
  // Not a literal, so that the type checker takes nothing of Node's shim for it.
  const specifier: string = "@bytecodealliance/preview2-shim/filesystem";
  const { _setFileData } = (await import(specifier)) as { _setFileData(data: Folder): void };
  _setFileData(root);
}

async function work(request: ToolsRequest): Promise<Uint8Array> {
  if (request.do === "parse") return tools.parse(request.text);
  const { core, wit, world } = request;
  const common = { binary: core, ...(world === null ? {} : { world }) };
  const [only, ...others] = wit.values();
  // Of a text the tool says what is wrong with it; of a folder it only says that something is.
  if (only !== undefined && others.length === 0) {
    return tools.componentNew(await tools.componentEmbed({ ...common, witSource: new TextDecoder().decode(only) }), []);
  }
  await lend(wit);
  return tools.componentNew(await tools.componentEmbed({ ...common, witPath: "/wit" }), []);
}

/** The tools throw the text of their error beside the error. */
const messageOf = (error: unknown): string => {
  const { message, payload } = error as { readonly message?: unknown; readonly payload?: unknown };
  return typeof payload === "string" ? payload : String(message ?? error);
};

// Listening keeps the process alive until the parent has the reply and ends it.
process.on("message", async (request: ToolsRequest) => {
  const reply: ToolsReply = await work(request).then(
    (binary) => ({ binary, message: "" }),
    (error: unknown) => ({ binary: null, message: messageOf(error) }),
  );
  process.send?.(reply);
});
