// The AssemblyScript compiler in a process of its own: it takes 300 to 450 MB, and must not stay in the host.
// It gets its sources in one message and answers with one message; under the permission model it can read
// nothing but the compiler's own files, so a source can't pull in a file from elsewhere on the machine.
import { type Diagnostic, main, type Program, version } from "./asc.ts";
import { type Interface, interfaceOf } from "./assemblyscript-types.ts";

/** What the parent sends. */
export interface CompileRequest {
  readonly entry: string;
  readonly files: ReadonlyMap<string, string>;
  readonly maxDiagnostics: number;
  readonly maxChars: number;
}

/** What the child answers; the parent parses it as it would parse a stranger's words. */
export interface CompileReply {
  readonly module: Uint8Array | null;
  readonly version: string;
  readonly used: readonly string[];
  readonly interface: Interface;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

// Fixed, so that source and compiler version decide the bytes. No bindings: the generated ones hand the guest the
// host's globals. No source map and no debug names: both would carry more than the function.
const OPTIONS = ["--outFile", "module.wasm", "-O3", "--exportRuntime", "--runtime", "incremental"];

const WARNING = 2;
const ERROR = 3;

/** `file:line:column: message`, the form that editors and terminals make clickable; lines and columns from 1. */
function format(diagnostic: Diagnostic, { files, maxChars }: CompileRequest): string {
  const message = diagnostic.message.slice(0, maxChars);
  if (diagnostic.range === null) return message;
  const { source, start } = diagnostic.range;
  const path = source.normalizedPath;
  // Files of the compiler's own library are not among ours.
  const before = files.get(path)?.slice(0, start).split("\n");
  if (before === undefined) return `${path}: ${message}`;
  return `${path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: ${message}`;
}

async function compile(request: CompileRequest): Promise<CompileReply> {
  const used = new Set<string>();
  const errors: string[] = [];
  const warnings: string[] = [];
  const output: { module: Uint8Array | null; program: Program | null } = { module: null, program: null };
  const result = await main([request.entry, ...OPTIONS], {
    readFile(name) {
      const text = request.files.get(name);
      if (text === undefined) return null;
      used.add(name);
      return text;
    },
    writeFile(_name, contents) {
      if (typeof contents !== "string") output.module = contents;
    },
    listFiles: () => [],
    transforms: [
      class {
        declare readonly program: Program;
        afterCompile(): void {
          output.program = this.program;
        }
      },
    ],
    reportDiagnostic(diagnostic) {
      const list = diagnostic.category === ERROR ? errors : diagnostic.category === WARNING ? warnings : null;
      if (list !== null && list.length <= request.maxDiagnostics) list.push(format(diagnostic, request));
    },
  });
  if (result.error !== null && errors.length === 0) errors.push(result.error.message.slice(0, request.maxChars));
  const module = errors.length === 0 ? output.module : null;
  if (module === null || output.program === null) return { ...NOTHING, used: [...used], errors, warnings };
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(module)).filter(({ kind }) => kind === "function");
  const found = interfaceOf(output.program, request.entry, new Set(exported.map(({ name }) => name)));
  const others = found.others.slice(0, request.maxDiagnostics).map((sentence) => sentence.slice(0, request.maxChars));
  return { module, version, used: [...used], interface: { ...found, others }, errors, warnings };
}

const NOTHING = { module: null, version, interface: { types: null, others: [] } } as const;

/** The parser passes its crashes on to us; the compiler proper reports them itself and exits, the parent sees that. */
function crashed(error: unknown): CompileReply {
  const reason = error instanceof RangeError ? "an expression or block nests too deeply" : "the compiler crashed";
  return { ...NOTHING, used: [], errors: [reason], warnings: [] };
}

// Listening keeps the process alive until the parent has the reply and ends it; ending here instead would race with
// a large reply that is still on its way. Should the parent go first, the channel closes and so does this process.
process.on("message", async (request: CompileRequest) => {
  process.send?.(await compile(request).catch(crashed));
});
