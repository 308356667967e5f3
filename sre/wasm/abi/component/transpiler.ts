// The transpiler: `@bytecodealliance/jco-transpile`, a component itself, which turns a component into core modules and a
// text of JavaScript that links them, lifts and lowers their values: the glue. Its files are handed in by the host and
// brought to life here, with an operating system of nothing around them, so that the same bytes in give the same out.
import type { GenerateOptions, Transpiled } from "@bytecodealliance/jco-transpile/component";
import type { Means } from "../means.ts";

/** The pinned version of the transpiler, its files by their SHA-256, and all that it is told. Part of every profile. */
export const TRANSPILER = {
  version: "0.15.0",
  files: {
    "js-component-bindgen-component.js": "183231d04c7d78344f626c31565829e048a3efd960a210554694fb821f5c92c5",
    "js-component-bindgen-component.core.wasm": "aa0681475ab02fa5a9ad05aa1ce5e700f9f8da0a9986b973c968545ad4816fa2",
    "js-component-bindgen-component.core2.wasm": "280fbf3d86c902fbf15419b9f95cf92b50778514d50bc0c06c11d3ae012296f6",
  },
  options: {
    name: "component",
    map: [],
    instantiation: { tag: "sync" },
    // Modules stay files, since each is rewritten; the glue asks nothing of Node and wraps errors that functions answer.
    base64Cutoff: 0,
    noNodejsCompat: true,
    noTypescript: true,
    noComponentErrorWrapping: false,
    // Adapters between memories are modules with two of them, not code that calls the host for each byte.
    multiMemory: true,
  },
} as const;

/** The names of the transpiler's files, the script first. */
export const TRANSPILER_FILES = Object.keys(TRANSPILER.files) as (keyof (typeof TRANSPILER)["files"])[];
/** Characters of what it says against a component. */
const MESSAGE_CHARS = 500;

type Generate = (component: Uint8Array, options: GenerateOptions) => Transpiled;

/** Transpilers that are alive and whole. */
const alive = new WeakMap<Means, Generate>();

/** Turns a component into core modules and glue; or says what is wrong with it. */
export function transpile(component: Uint8Array, means: Means): Transpiled | string {
  const generate = alive.get(means) ?? bring(means);
  alive.set(means, generate);
  try {
    return generate(component, { ...TRANSPILER.options, map: [] });
  } catch (error) {
    const said = (error as { readonly payload?: unknown }).payload;
    if (typeof said === "string") return said.slice(0, MESSAGE_CHARS);
    // It trapped, and can't be entered again. The next component gets another.
    alive.delete(means);
    return "the transpiler can't make anything of it";
  }
}

/** Brings the transpiler to life. */
function bring({ evaluate, transpiler }: Means): Generate {
  const [script, ...modules] = transpiler;
  const wasm = new Map(modules.map((bytes, index) => [`./${TRANSPILER_FILES[index + 1]}`, bytes]));
  const own = {
    wasi: NOTHING,
    URL: class {
      readonly path: string;
      constructor(path: string) {
        this.path = path;
      }
    },
    fetchCompile: ({ path }: { readonly path: string }) => new WebAssembly.Module(wasm.get(path)!),
    WebAssembly: {
      Global: WebAssembly.Global,
      RuntimeError: WebAssembly.RuntimeError,
      compile: (bytes: Uint8Array) => new WebAssembly.Module(new Uint8Array(bytes)),
      instantiate: (module: WebAssembly.Module, imports: WebAssembly.Imports) =>
        new WebAssembly.Instance(module, imports),
    },
  };
  return evaluate(scriptOf(new TextDecoder().decode(script)))(own) as Generate;
}

/**
 * The script's text as the body of a function of `own`: what it imports and loads it takes from there, in one go, and
 * what it exports it returns.
 */
function scriptOf(text: string): string {
  let changed = text;
  const change = (from: string | RegExp, to: string) => {
    const before = changed;
    changed = changed.replace(from, to);
    if (changed === before) throw new Error(`the transpiler's script has no ${from}`);
  };
  change(
    '"use components";',
    '"use strict"; const { URL, WebAssembly, fetchCompile, wasi } = own; const process = undefined;',
  );
  for (const group of ["cli", "filesystem", "io", "random"]) {
    const names = changed.match(new RegExp(`^import \\{([^}]*)\\} from '[^']*/${group}';`, "m"));
    if (names === null) throw new Error(`the transpiler's script imports nothing of ${group}`);
    change(names[0], `const {${names[1]!.replaceAll(" as ", ": ")}} = wasi;`);
  }
  change("async function fetchCompile (url) {", "async function fetchByItself (url) {");
  change(/await import\('node:fs\/promises'\)/, "null");
  changed = changed.replaceAll("import.meta.url", '""');
  change("export const $init = ", "const $init = ");
  const end = changed.indexOf("export { generate,");
  if (end < 0) throw new Error("the transpiler's script does not export what it did");
  return `${changed.slice(0, end)}return generate;`;
}

const nobody = () => [];
const nothing = () => undefined;
class Silence {
  checkWrite(): bigint {
    return 65_536n;
  }
  write(): void {}
  blockingWriteAndFlush(): void {}
  blockingFlush(): void {}
}
class Nothing {}

/** WASI for it: no arguments, environment or files, streams that take all and give nothing, and a randomness of zeros. */
const NOTHING = {
  environment: { getEnvironment: nobody },
  exit: {
    exit() {
      throw new Error("the transpiler ended itself");
    },
  },
  stderr: { getStderr: () => new Silence() },
  stdin: { getStdin: () => new Nothing() },
  stdout: { getStdout: () => new Silence() },
  terminalInput: { TerminalInput: Nothing },
  terminalOutput: { TerminalOutput: Nothing },
  terminalStderr: { getTerminalStderr: nothing },
  terminalStdin: { getTerminalStdin: nothing },
  terminalStdout: { getTerminalStdout: nothing },
  preopens: { getDirectories: nobody },
  types: { Descriptor: Nothing, DirectoryEntryStream: Nothing, filesystemErrorCode: nothing },
  error: { Error: Nothing },
  streams: { InputStream: Nothing, OutputStream: Silence },
  random: { getRandomBytes: (count: bigint) => new Uint8Array(Number(count)) },
};
