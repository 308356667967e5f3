// What a message asks a person to type has to survive a shell.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellWord } from "../../host/shell-word.ts";

test.each(["/plain/path-1.pem", "with space", "it's", "$HOME;`ls`", 'a"b', "*"])(
  "%s reaches a command as it is",
  (text) => {
    expect(spawnSync("sh", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" }).stdout).toBe(text);
  },
);
