// The bundler of JavaScript and TypeScript in a process of its own, which can be killed: it is native code. It is given
// all sources and lent what it asks for of installed packages, looks for no file itself, and runs nothing of the project: no
// plugin, no configuration, no script.
import { rolldown, VERSION } from "rolldown";
import { parseAst } from "rolldown/parseAst";
import type { Lent, Want } from "./child.ts";
import { exportsOf, type Shown } from "./javascript-entries.ts";
import { isInPackage, NoPackage, type PackageFile, resolvePackage } from "./javascript-packages.ts";

/** What the parent sends. */
export interface BundleRequest {
  readonly entry: string;
  readonly files: ReadonlyMap<string, string>;
  readonly maxDiagnostics: number;
  readonly maxChars: number;
}

/** What the child answers; the parent parses it as it would parse a stranger's words. */
export interface BundleReply {
  /** The one module; null when there are errors. */
  readonly module: string | null;
  /** The source map, where the module is not the file itself. */
  readonly map: string | null;
  readonly version: string;
  readonly used: readonly string[];
  readonly exports: readonly Shown[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** The language that the interpreter knows (ECMAScript by year); what is newer is written in its words. */
const TARGET = "es2023";
/** What a specifier may leave out, in the order in which it is tried. */
const GUESSES = ["", ".ts", ".js", ".mts", ".mjs", ".cjs", ".json", "/index.ts", "/index.js"];
/** Syntax that wants another module, besides declarations. */
const WANTS = /\b(?:import|require)\s*\(/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the bundler's messages are coloured for terminals.
const COLOUR = /\x1b\[[0-9;]*m/g;

/** A message of the bundler's, and its place or at least its file. */
interface Message {
  readonly message: string;
  readonly id?: string | undefined;
  readonly loc?: { readonly file?: string | undefined; readonly line: number; readonly column: number } | undefined;
}

/** `file:line:column: message`, the form that editors and terminals make clickable. */
function format({ id, loc, message }: Message, maxChars: number): string {
  const first = message.replaceAll(COLOUR, "").split("\n")[0] ?? "";
  const text = first.replace(/^\[[A-Z_]+\] /, "").slice(0, maxChars);
  if (loc?.file === undefined) return id === undefined ? text : `${id}: ${text}`;
  return `${loc.file}:${loc.line}:${loc.column + 1}: ${text}`;
}

/** Whether a specifier names something by no path. */
const isBare = (specifier: string) => !/^\.\.?(?:\/|$)/.test(specifier);

/** The file that an import means; null when the project has none. */
function find(files: ReadonlyMap<string, string>, specifier: string, from: string): string | null {
  const { pathname } = new URL(specifier, `file:///${from.split("/").map(encodeURIComponent).join("/")}`);
  const path = decodeURIComponent(pathname.slice(1));
  // TypeScript's own spelling: the name that the file would have once its types are gone.
  const typed = path.replace(/\.(m?)js$/, ".$1ts");
  return [...GUESSES.map((guess) => path + guess), typed].find((candidate) => files.has(candidate)) ?? null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A file that needs nothing but itself, and no other language, is its own module, to the byte. */
function alone({ entry, files }: BundleRequest): readonly Shown[] | null {
  const text = files.get(entry);
  if (text === undefined || !/\.m?js$/.test(entry) || WANTS.test(text)) return null;
  const tree = parseAst(text, { lang: "js", sourceType: "module" });
  const wants = tree.body.some((statement) => "source" in statement && statement.source);
  return wants ? null : exportsOf(tree);
}

/** What was asked for of packages; the parent answers by path. */
const asked = new Map<string, { readonly answer: Promise<PackageFile | null>; give(file: PackageFile | null): void }>();

function read(path: string): Promise<PackageFile | null> {
  const before = asked.get(path);
  if (before !== undefined) return before.answer;
  const { promise: answer, resolve: give } = Promise.withResolvers<PackageFile | null>();
  asked.set(path, { answer, give });
  process.send?.({ want: path } satisfies Want);
  return answer;
}

async function bundle(request: BundleRequest): Promise<BundleReply> {
  const { entry, files, maxChars, maxDiagnostics } = request;
  const nothing = { module: null, map: null, version: VERSION, used: [], exports: [], errors: [], warnings: [] };
  const own = alone(request);
  if (own !== null) return { ...nothing, module: files.get(entry) ?? "", used: [entry], exports: own };
  const used = new Set<string>();
  const packages = new Map<string, string>();
  const errors: string[] = [];
  const warnings: string[] = [];
  const build = await rolldown({
    ...{ input: entry, cwd: "/", platform: "neutral", tsconfig: false, transform: { target: TARGET } },
    onLog(level, log) {
      if (level === "warn" && warnings.length <= maxDiagnostics) warnings.push(format(log, maxChars));
    },
    plugins: [
      {
        name: "project",
        async resolveId(specifier, from, { kind }) {
          let why = `there is no file "${specifier}" in the project`;
          // Runtime helpers of the bundler's own begin with a zero.
          if (from === undefined || specifier.startsWith("\0")) return from === undefined ? specifier : null;
          if (!isInPackage(from) && !isBare(specifier)) {
            const own = find(files, specifier, from);
            if (own !== null) return own;
          } else {
            try {
              const file = await resolvePackage(read, specifier, from, kind === "require-call" ? "require" : "import");
              packages.set(file.path, file.text);
              return file.path;
            } catch (error) {
              if (!(error instanceof NoPackage)) throw error;
              why = error.message;
            }
          }
          const text = files.get(from) ?? packages.get(from) ?? "";
          if (errors.length <= maxDiagnostics) errors.push(missing(text, from, specifier, why, maxChars));
          return { id: specifier, external: true };
        },
        load(id) {
          const text = files.get(id) ?? packages.get(id);
          if (text === undefined) return null;
          if (files.has(id)) used.add(id);
          if (!id.endsWith(".json") || isJson(text)) return text;
          if (errors.length <= maxDiagnostics) errors.push(`${id}: it is not JSON`);
          return "null";
        },
      },
    ],
  });
  const { output } = await build.generate({
    ...{ format: "es", minify: false, codeSplitting: false, sourcemap: "hidden" },
    sourcemapPathTransform: (path) => [...used].find((file) => path === file || path.endsWith(`/${file}`)) ?? path,
  });
  await build.close();
  if (errors.length > 0) return { ...nothing, errors };
  const [chunk] = output;
  const shown = new Map(
    exportsOf(parseAst(files.get(entry) ?? "", { lang: "ts", sourceType: "module" })).map((one) => [one.name, one]),
  );
  const exports = chunk.exports.map((name) => shown.get(name) ?? ({ name, is: "unknown" } as const));
  const map = chunk.map === null ? null : chunk.map.toString();
  return { ...nothing, module: chunk.code, map, used: [...used], exports, warnings };
}

/** Says what an import lacks, and where it stands. */
function missing(text: string, from: string, specifier: string, what: string, maxChars: number): string {
  const at = Math.max(text.indexOf(`"${specifier}"`), text.indexOf(`'${specifier}'`), 0);
  const before = text.slice(0, at).split("\n");
  return `${from}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: ${what}`.slice(0, maxChars);
}

/** The errors of a bundler that gave up. */
function refused(error: unknown, { entry, files, maxChars, maxDiagnostics }: BundleRequest): BundleReply {
  const { errors, pos } = error as { errors?: readonly Message[]; pos?: number };
  const messages = errors?.map((one) => format(one, maxChars)) ?? [place(error as Error, pos, entry, files, maxChars)];
  const nothing = { module: null, map: null, version: VERSION, used: [], exports: [], warnings: [] };
  return { ...nothing, errors: messages.slice(0, maxDiagnostics + 1) };
}

/** The parser alone gives an offset and a picture. */
function place(
  { message }: Error,
  pos: number | undefined,
  entry: string,
  files: ReadonlyMap<string, string>,
  maxChars: number,
): string {
  const text =
    message
      .replaceAll(COLOUR, "")
      .split("\n")
      .find((line) => !line.startsWith("Parse failed")) ?? "";
  if (pos === undefined) return text.slice(0, maxChars);
  const before = (files.get(entry) ?? "").slice(0, pos).split("\n");
  return `${entry}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: ${text}`.slice(0, maxChars);
}

// Listening keeps the process alive until the parent has the reply and ends it.
process.on("message", async (request: BundleRequest | Lent) => {
  if ("want" in request) return asked.get(request.want)?.give(request.lent as PackageFile | null);
  process.send?.(await bundle(request).catch((error: unknown) => refused(error, request)));
});
