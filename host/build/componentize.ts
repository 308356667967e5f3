// Components of JavaScript and Python, made by toolchains that are no part of the installation: an interpreter with the
// program inside, initialised and then kept as it is. What the interpreter drew for its hashes is kept, too, so that no
// two components are alike.
import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { z } from "zod";
import { findCommand } from "../programs.ts";
import { ask } from "./child.ts";
import type { ComponentizeRequest } from "./componentize-child.ts";
import type { Compiled, SourceTree, Tool } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { findPackage, missing, packageTool, refused, runCommand, versionOf, warningsIn, withCopy } from "./tools.ts";
import { COMPONENT_ABI, witOf } from "./wasm-tools.ts";

const PACKAGE = "componentize-qjs";
const COMMAND = "componentize-py";
const OUTPUT = "lockstep-output.wasm";
const VARIES = "the interpreter inside is kept with what it drew when it was initialised";

const replySchema = z.strictObject({
  component: z.instanceof(Uint8Array).nullable(),
  message: z.string().max(BUILD_LIMITS.messageChars),
});

/** What makes components of JavaScript. */
export const JAVASCRIPT_COMPONENTS: Tool = packageTool(PACKAGE);
/** What makes components of Python. */
export const PYTHON_COMPONENTS: Tool = {
  name: COMMAND,
  ways: [`pip install ${COMMAND}`],
  version: () => versionOf(findCommand(COMMAND), ["--version"], /(\d+(?:\.\d+)+)/),
};

/** What is common to both. */
const MADE = { abi: COMPONENT_ABI, entries: null, varies: VARIES } as const;

/** One module of JavaScript as a component of the project's world. */
export async function javascriptComponent(source: string, tree: SourceTree): Promise<Compiled> {
  const files = witOf(tree);
  const found = findPackage(PACKAGE);
  if (found === null) throw missing("a toolchain for components of JavaScript", [JAVASCRIPT_COMPONENTS]);
  const { folder, version } = found;
  return withCopy({ ...tree, files }, async (copy) => {
    const request: ComponentizeRequest = {
      script: join(folder, "index.js"),
      source,
      wit: join(copy, "wit"),
      world: tree.world ?? null,
    };
    const readable = [folder, join(dirname(folder), "@andreiltd"), copy];
    const compiler = { title: PACKAGE, script: "componentize-child", readable, addons: true, reply: replySchema };
    const { component, message } = await ask(compiler, request, BUILD_LIMITS.toolchainMs);
    if (component === null) throw refused(PACKAGE, message, copy);
    return {
      ...MADE,
      module: new Uint8Array(component),
      toolchain: { name: PACKAGE, version },
      used: [],
      internal: ["init"],
      warnings: [],
    };
  });
}

/** A Python module with its class `WitWorld` as a component of the project's world. */
export async function pythonComponent(tree: SourceTree): Promise<Compiled> {
  witOf(tree);
  const [path, version] = [findCommand(COMMAND), await PYTHON_COMPONENTS.version()];
  if (path === null || version === null) throw missing("a toolchain for components of Python", [PYTHON_COMPONENTS]);
  return withCopy(tree, async (folder) => {
    const command = { title: COMMAND, path, folder };
    const world = ["--wit-path", "wit", ...(tree.world === undefined ? [] : ["--world", tree.world])];
    const { dir, name } = posix.parse(tree.entry);
    // What it can't have of WASI traps when it is called.
    const plain = ["componentize", "--stub-wasi", "--python-path", dir === "" ? "." : dir, "--output", OUTPUT, name];
    const { stderr } = await runCommand({ ...command, args: ["--quiet", ...world, ...plain] });
    return {
      ...MADE,
      module: new Uint8Array(readFileSync(join(folder, OUTPUT))),
      toolchain: { name: COMMAND, version },
      used: [...tree.files.keys()],
      internal: ["exports#init"],
      warnings: warningsIn(stderr, folder),
    };
  });
}
