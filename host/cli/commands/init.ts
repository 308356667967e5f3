// `init`: a new function project that builds and runs at once.
import type { Command } from "commander";
import { scaffold } from "../../build/index.ts";
import type { Session } from "../session.ts";

/** Adds the command. */
export function define(command: Command, session: Session): void {
  command
    .argument("<folder>", "a new or empty folder")
    .addHelpText("after", "\nExample:\n  lockstep init my-function")
    .action((folder: string) => {
      const { folder: path, files } = scaffold(folder);
      const text = `made ${path} with ${files.join(", ")}\nnext      npm run -s lockstep -- run ${folder} --input ${folder}/input.txt`;
      session.output.result(text, { folder: path, files: [...files] });
    });
}
