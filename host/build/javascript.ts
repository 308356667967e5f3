// JavaScript and TypeScript: the sources become one module. A single JavaScript file that imports nothing is taken as it
// is; everything else goes through the bundler in its child process, which takes types out and puts files together. With a
// world in WIT the module becomes a component, by a toolchain that is no part of the installation.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import { JAVASCRIPT_ABI } from "../../sre/quickjs/index.ts";
import { ask } from "./child.ts";
import { JAVASCRIPT_COMPONENTS, javascriptComponent } from "./componentize.ts";
import type { BundleRequest } from "./javascript-child.ts";
import { entriesOf } from "./javascript-entries.ts";
import type { PackageFile } from "./javascript-packages.ts";
import { type Compiled, type Language, type SourceTree, textOf } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { findPackage } from "./tools.ts";
import { COMPONENT_ABI } from "./wasm-tools.ts";

// One more message than is passed on, so that "and more" can be told from "that's all".
const messages = z.array(z.string().max(2 * BUILD_LIMITS.diagnosticChars)).max(BUILD_LIMITS.diagnostics + 2);

const replySchema = z.strictObject({
  module: z.string().max(BUILD_LIMITS.moduleBytes).nullable(),
  map: z.string().max(BUILD_LIMITS.moduleBytes).nullable(),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  used: z.array(z.string()).max(BUILD_LIMITS.files),
  exports: z
    .array(z.strictObject({ name: z.string(), is: z.enum(["bytes", "json", "class", "value", "unknown"]) }))
    .max(BUILD_LIMITS.entries),
  errors: messages,
  warnings: messages,
});

const isSource = (path: string) => /\.(?:[mc]?[jt]s|json)$/.test(path) && !path.endsWith(".d.ts");

/** The bundler, and what makes components of what comes out of it. */
const TOOLS = {
  tools: [{ name: "rolldown", ways: [], version: async () => findPackage("rolldown")?.version ?? null }],
  componentTools: [JAVASCRIPT_COMPONENTS],
};

/** JavaScript, one file or several. */
export const JAVASCRIPT_LANGUAGE: Language = {
  name: "javascript",
  title: "JavaScript",
  endings: [".js", ".mjs"],
  starts: ["index.js", "src/index.js", "index.mjs", "src/index.mjs"],
  ...TOOLS,
  abis: [JAVASCRIPT_ABI, COMPONENT_ABI],
  isSource,
  compile,
  output: ".js",
  template: {
    example: "javascript-hello",
    files: ["lockstep.json", "index.js", "input.txt"],
    about: "`greet` in `index.js` takes a text and returns one",
  },
  component: {
    example: "javascript-basket",
    files: ["lockstep.json", "index.js", "wit/world.wit", "input.json"],
    about: "`price` in `index.js` takes what is in a basket and gives the bill, by the types in `wit/world.wit`",
  },
};

/** TypeScript, whose types are taken out and not checked. */
export const TYPESCRIPT_LANGUAGE: Language = {
  name: "typescript",
  title: "TypeScript",
  endings: [".mts", ".ts"],
  signs: {
    beside: ["tsconfig.json", "package.json"],
    words:
      /[:<|]\s*(?:number|any|unknown|undefined|Promise|Record|Partial|readonly)\b|\basync\b|\bawait\b|^\s*(?:export\s+)?type\s+\w+.*=|\bas const\b|\bexport default\b/m,
  },
  starts: ["index.ts", "src/index.ts", "src/main.ts"],
  ...TOOLS,
  abis: [JAVASCRIPT_ABI, COMPONENT_ABI],
  isSource,
  compile,
  output: ".js",
  template: {
    example: "typescript-hello",
    files: ["lockstep.json", "src/index.ts", "src/greeting.ts", "input.txt"],
    about: "`greet` in `src/index.ts` takes texts and returns one",
  },
};

async function compile(tree: SourceTree, abi: string = JAVASCRIPT_ABI): Promise<Compiled> {
  const bundle = await bundleOf(tree);
  if (abi === COMPONENT_ABI) {
    const { used, installed, warnings } = bundle;
    return { ...(await javascriptComponent(bundle.module, tree)), used, installed, warnings };
  }
  return functionOf(tree.entry, bundle);
}

type Bundle = z.output<typeof replySchema> & Required<Pick<Compiled, "installed">> & { readonly module: string };

/** All that the entry imports, as one module. */
async function bundleOf({ entry, files, installed }: SourceTree): Promise<Bundle> {
  const own = [...files].filter(([path]) => path === entry || isSource(path));
  const lent = new Map<string, Uint8Array>();
  const lend = (path: string): PackageFile | null => {
    const file = installed?.read(path) ?? null;
    if (file === null) return null;
    lent.set(file.path, file.bytes);
    return { path: file.path, text: textOf(file.path, file.bytes) };
  };
  const request: BundleRequest = {
    entry,
    files: new Map(own.map(([path, bytes]) => [path, textOf(path, bytes)])),
    maxDiagnostics: BUILD_LIMITS.diagnostics,
    maxChars: BUILD_LIMITS.diagnosticChars,
  };
  const bundler = {
    title: "the bundler of JavaScript",
    script: "javascript-child",
    readable: packageRoots(),
    addons: true,
    reply: replySchema,
    lend,
  };
  const reply = await ask(bundler, request, BUILD_LIMITS.compileMs);
  if (reply.module === null) {
    const shown = reply.errors.slice(0, BUILD_LIMITS.diagnostics);
    if (reply.errors.length > shown.length) shown.push("and more");
    throw new LockstepError("BUILD_FAILED", `the bundler refused the source:\n${shown.join("\n")}`, {
      errors: reply.errors.length,
    });
  }
  return { ...reply, module: reply.module, used: [...reply.used, ...lent.keys()], installed: lent };
}

function functionOf(entry: string, reply: Bundle): Compiled {
  const { entries, others } = entriesOf(reply.exports);
  const uncallable = others.map((sentence) => `${entry}: ${sentence}`);
  if (entries.length === 0) {
    const wanted = "write export default function (input) { … }, or export function NAME(…)";
    throw new LockstepError(
      "BUILD_FAILED",
      [`${entry} exports no function that can be called; ${wanted}`, ...uncallable].join("\n"),
    );
  }
  return {
    module: new TextEncoder().encode(reply.module),
    abi: JAVASCRIPT_ABI,
    toolchain: { name: "rolldown", version: reply.version },
    used: reply.used,
    installed: reply.installed,
    entries,
    warnings: [...reply.warnings, ...uncallable].slice(0, BUILD_LIMITS.diagnostics),
    places: { file: entry, map: reply.map },
  };
}

/** Folders of the packages that the bundler consists of: its own, what is native beside it, what it imports. */
function packageRoots(): string[] {
  const bundler = dirname(dirname(fileURLToPath(import.meta.resolve("rolldown"))));
  const siblings = dirname(bundler);
  return [bundler, join(siblings, "@rolldown"), join(siblings, "@oxc-project")];
}
