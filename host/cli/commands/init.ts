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
    .addHelpText("after", "\nExample:\n  lockstep init my-function")
    .action((folder: string, options: { readonly lang: string }) => {
      const { folder: path, files } = scaffold(folder, { language: options.lang });
      const text = `made ${path} with ${files.join(", ")}\nnext      npm run -s lockstep -- run ${folder} --input ${folder}/input.txt`;
      session.output.result(text, { folder: path, files: [...files] });
    });
}
