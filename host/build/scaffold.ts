// Writes a new function project: a small example of the language, with a README of its own. The example is built and
// run by the tests, so the template can't rot.
import { copyFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { LockstepError } from "../../chain/protocol/index.ts";
import { makeFolders } from "../folders.ts";
import { shellWord } from "../shell-word.ts";
import { fileError } from "./file-error.ts";
import type { Language, Template } from "./language.ts";
import { LANGUAGES, languageOf } from "./languages.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../guest-examples");

/** What `scaffold` wrote. */
export interface Scaffolded {
  /** Absolute path of the project's folder. */
  readonly folder: string;
  /** Paths of the files, relative to the folder. */
  readonly files: readonly string[];
  /** The one among them to run the function on. */
  readonly input: string;
}

/** Options of `scaffold`. */
export interface ScaffoldOptions {
  /** The README's title, by default the folder's own name. */
  readonly name?: string;
  /** By its name in the table, by default the table's first. */
  readonly language?: string | undefined;
  /** Whether it is to be a component of a world in WIT. */
  readonly component?: boolean | undefined;
}

/**
 * Makes a project in `folder` that builds and runs at once. USAGE when there is no such language or no example of a
 * component in it, when the folder exists and isn't empty, or when something else has its name.
 */
export function scaffold(folder: string, options: ScaffoldOptions = {}): Scaffolded {
  const language = options.language === undefined ? LANGUAGES[0]! : languageOf(options.language);
  const template = options.component ? componentIn(language) : language.template;
  const { example, files } = template;
  const target = resolve(folder);
  refuseOccupied(folder, target);
  try {
    for (const file of files) {
      makeFolders(dirname(join(target, file)));
      copyFileSync(join(EXAMPLES, example, file), join(target, file));
    }
    writeFileSync(join(target, "README.md"), readme(options.name ?? basename(target), folder, language, template));
  } catch (error) {
    throw fileError(error, "write", folder);
  }
  return { folder: target, files: [...files, "README.md"], input: inputOf(template) };
}

function componentIn({ component, title }: Language): Template {
  if (component !== undefined) return component;
  const others = LANGUAGES.filter((language) => language.component !== undefined).map(({ name }) => name);
  throw new LockstepError("USAGE", `there is no example of a component in ${title}; choose ${others.join(" or ")}`);
}

const inputOf = ({ files }: Template): string => files.find((file) => file.startsWith("input."))!;

function refuseOccupied(folder: string, target: string): void {
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw new LockstepError("USAGE", `${folder} is a file; choose a new or empty folder`);
  if (readdirSync(target).length > 0) {
    throw new LockstepError("USAGE", `${folder} is not empty; choose a new or empty folder`);
  }
}

function readme(
  name: string,
  folder: string,
  { component, output = ".wasm", title }: Language,
  template: Template,
): string {
  const path = shellWord(folder);
  const module = `${path}/function${template === component ? ".wasm" : output}`;
  const input = inputOf(template);
  return `# ${name}

A function for Lockstep in ${title}: ${template.about}.

    npm run -s lockstep -- build ${path} -o ${module}
    npm run -s lockstep -- run ${path} --input ${path}/${input}
    npm run -s lockstep -- run ${module} --input ${path}/${input} --receipt ${path}/receipt.json

The first compiles it to one module and says what came out. The second compiles it and runs it in a sandbox on
\`${input}\`. The third runs the compiled module and keeps a local receipt of what went in and what came out.
`;
}
