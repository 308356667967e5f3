// What every command and subcommand has in common.
import { type Command, Option } from "commander";
import { GRADES } from "../../chain/protocol/index.ts";

/** Adds the options that every command has. */
export function withCommon(command: Command): Command {
  return command.option("--json", "print one JSON document on stdout").option("--debug", "show stack traces of errors");
}

/** An option with a parser and a default, which is given as a person would type it: help shows it so. */
export function withDefault<T>(flags: string, description: string, parse: (text: string) => T, text: string): Option {
  return new Option(flags, description).argParser(parse).default(parse(text), text);
}

/** `--isolation`, the least grade that will do. */
export function isolationOption(description: string): Option {
  return new Option("--isolation <grade>", description).choices(GRADES);
}
