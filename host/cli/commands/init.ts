// `init`: a new function project that builds and runs at once.
import { type Command, Option } from "commander";
import { LANGUAGE_NAMES, scaffold } from "../../build/index.ts";
import type { Session } from "../session.ts";

/** Adds the command. */
export function define(command: Command, session: Session): void {
  command
    .argument("<folder>", "a new or empty folder")
    .addOption(
      new Option("--lang <name>", "language to write it in").choices(LANGUAGE_NAMES).default(LANGUAGE_NAMES[0]),
    )
    .option("--component", "a component, with its types in WIT")
    .addHelpText("after", "\nExample:\n  lockstep init my-function")
    .action((folder: string, { component, lang }: { readonly lang: string; readonly component?: boolean }) => {
      const { folder: path, files, input } = scaffold(folder, { language: lang, component });
      const text = `made ${path} with ${files.join(", ")}\nnext      npm run -s lockstep -- run ${folder} --input ${folder}/${input}`;
      session.output.result(text, { folder: path, files: [...files] });
    });
}
