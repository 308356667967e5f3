// `build`: source to module and manifest.
import type { Command } from "commander";
import { cidOf } from "../../../chain/protocol/index.ts";
import { carriedFolder, manifestPath } from "../../build/index.ts";
import {
  buildAt,
  carriedOptions,
  type GuessOptions,
  imageLines,
  languageSentence,
  overridesOf,
  withGuessOptions,
} from "../functions.ts";
import { profileSentence } from "../profiles.ts";
import type { Session } from "../session.ts";

interface Options extends GuessOptions {
  readonly output?: string;
}

/** Adds the command. */
export function define(command: Command, session: Session): void {
  withGuessOptions(command)
    .argument("<path>", "a project's folder, a source file, or a module or image to look at")
    .option("-o, --output <file>", "where to write the module; its manifest goes beside it")
    .addHelpText("after", "\nExample:\n  lockstep build guest-examples/assemblyscript-csv -o csv.wasm")
    .action(async (path: string, options: Options) => {
      const { output } = session;
      const built = await buildAt(session, path, { ...overridesOf(options), out: options.output });
      const { manifest } = built;
      const module = cidOf(manifest.module.sha256);
      const lines = [
        `module    ${module} (${manifest.module.size} bytes)`,
        ...imageLines(built),
        `language  ${languageSentence(manifest)}`,
        `abi       ${manifest.abi}`,
        `entries   ${built.signatures.join("\n          ") || manifest.entries.join(", ")}`,
        `profile   ${profileSentence(manifest.profile)}`,
      ];
      const folder = carriedFolder(options.output ?? "FOLDER");
      const carried = carriedOptions(built.carried, folder);
      if (options.output !== undefined) {
        const also = carried === null ? "" : `, ${folder}`;
        lines.push(`files     ${options.output}, ${manifestPath(options.output)}${also}`);
      }
      if (carried !== null) lines.push(`jobs      need ${carried}`);
      output.result(lines.join("\n"), {
        cid: module,
        files: options.output === undefined ? [] : [options.output],
        ...manifest,
      });
    });
}
