// Every language that can be built, one row each. A new one is a row here, an adapter beside it and an example.
import { LockstepError } from "../../chain/protocol/index.ts";
import { assemblyScript } from "./assemblyscript.ts";
import { C_LANGUAGE, CPP_LANGUAGE } from "./clang.ts";
import { CONTAINER } from "./container.ts";
import { GO } from "./go.ts";
import { JAVASCRIPT_LANGUAGE, TYPESCRIPT_LANGUAGE } from "./javascript.ts";
import type { Language } from "./language.ts";
import { PYTHON } from "./python.ts";
import { RUST } from "./rust.ts";
import { WAT } from "./wat.ts";
import { WGSL } from "./wgsl.ts";
import { ZIG } from "./zig.ts";

/** All languages; where several could mean the same ending, the first is meant. */
export const LANGUAGES: readonly Language[] = [
  assemblyScript(),
  JAVASCRIPT_LANGUAGE,
  TYPESCRIPT_LANGUAGE,
  ...[C_LANGUAGE, CPP_LANGUAGE, RUST, GO, ZIG, PYTHON, WAT, WGSL, CONTAINER],
];

/** Their names, for project files, `--lang` and help. */
export const LANGUAGE_NAMES: readonly string[] = LANGUAGES.map(({ name }) => name);

/** The language of that name; USAGE naming all when there is none. */
export function languageOf(name: string): Language {
  const found = LANGUAGES.find((language) => language.name === name);
  if (found !== undefined) return found;
  throw new LockstepError(
    "USAGE",
    `there is no language "${name}"; those that can be built are ${LANGUAGE_NAMES.join(", ")}`,
  );
}
