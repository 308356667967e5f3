// What every command and subcommand has in common.
import type { Command } from "commander";

/** Help goes to stdout, complaints of the parser become ours. */
export function quiet(command: Command): Command {
  return command.exitOverride().configureOutput({ writeErr: () => undefined });
}

/** Adds the options that every command has. */
export function withCommon(command: Command): Command {
  return quiet(command)
    .option("--json", "print one JSON document on stdout")
    .option("--debug", "show stack traces of errors");
}
