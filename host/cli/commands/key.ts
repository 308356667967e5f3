// `key`: the keys of this data directory, and those that it trusts.
import type { Command } from "commander";
import { keyId } from "../../../chain/protocol/index.ts";
import { createKey, keyPath, listKeys, readKey } from "../../node/index.ts";
import { withCommon } from "../options.ts";
import type { Session } from "../session.ts";

/** Adds the command. */
export function define(command: Command, session: Session): void {
  const { home } = session;
  command.addHelpText("after", "\nExample:\n  lockstep key new alice");
  withCommon(
    command.command("new").argument("<name>", "lowercase letters, digits and dashes").description("make a key"),
  )
    .addHelpText("after", "\nExample:\n  lockstep key new alice")
    .action((name: string) => {
      const id = keyId(createKey(home, name).publicKey);
      session.output.result(`${name}  ${id}  ${keyPath(home, name)}`, { name, id, path: keyPath(home, name) });
    });
  withCommon(command.command("list").description("list all keys"))
    .addHelpText("after", "\nExample:\n  lockstep key list")
    .action(() => {
      const keys = listKeys(home);
      const lines = keys.map(({ name, id, path }) => `${name.padEnd(10)}${id}  ${path}`);
      session.output.result(lines.join("\n"), { keys });
    });
  withCommon(command.command("show").argument("<name>", "name of a key").description("show a key's id"))
    .addHelpText("after", "\nExample:\n  lockstep key show default")
    .action((name: string) => {
      const path = keyPath(home, name);
      const id = keyId(readKey(path).publicKey);
      session.output.result(id, { name, id, path });
    });
}
