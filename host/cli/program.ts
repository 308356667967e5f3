// From arguments to a command: parsing, help, and the one place where errors become sentences and exit statuses.
import { Command, CommanderError } from "commander";
import { LockstepError } from "../../chain/protocol/index.ts";
import { SOFTWARE_VERSION } from "../software.ts";
import { COMMANDS } from "./commands.ts";
import { withCommon } from "./options.ts";
import { Output } from "./output.ts";
import { Session, type Surroundings } from "./session.ts";

const EXITS = `
In a checkout, "lockstep" is: npm run -s lockstep --

Exit status:
  0  done; for verify ACCEPT
  1  refused, or the guest did not end well; for verify REJECT
  2  wrong usage or malformed input; for verify MALFORMED
  3  something needed is missing or out of reach; for verify UNVERIFIABLE
  4  a fault of host, engine or storage`;

/** A command in a list of commands: its name and arguments, without the options that all have. */
function termOf(command: Command): string {
  const named = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  return [command.name(), ...named].join(" ");
}

async function programFor(args: readonly string[], session: Session): Promise<Command> {
  const program = new Command("lockstep")
    // Help goes to stdout, complaints of the parser become ours; subcommands inherit both.
    .exitOverride()
    .configureOutput({ writeOut: (text) => session.output.stdout.write(text), writeErr: () => undefined })
    .description("Run functions in deterministic sandboxes and get receipts that anyone can check.")
    .configureHelp({ subcommandTerm: termOf })
    .version(SOFTWARE_VERSION)
    .addHelpText("after", EXITS);
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = withCommon(program.command(name)).summary(summary).description(summary);
    if (args[0] === name || (args[0] === "help" && args[1] === name)) (await load()).define(command, session);
  }
  return program;
}

const BAD_OPTION = /^option '.*?(?<name>--[a-z-]+)[^']*' argument '(?<given>.*)' is invalid\. (?<rule>.*)$/s;
const BAD_ARGUMENT = /^command-argument value '(?<given>.*)' is invalid for argument '(?<name>.*)'\. (?<rule>.*)$/s;

/** The parser's two sentences about a value that will not do as one, which names it and says what would do. */
function inOneSentence(message: string): string {
  const text = message.replace(/^error: /, "").replace(/\n\(Did you mean (.*)\?\)$/, ", did you mean $1?");
  const parts = (BAD_OPTION.exec(text) ?? BAD_ARGUMENT.exec(text))?.groups;
  if (parts === undefined) return text;
  const { name, given, rule = "" } = parts;
  return `'${given}' will not do for '${name}': ${rule.charAt(0).toLowerCase()}${rule.slice(1)}`;
}

/** The words at the front that name a command and its subcommand. */
function namesOf(program: Command, [first, ...rest]: readonly string[]): string[] {
  const command = program.commands.find((candidate) => candidate.name() === first);
  return command === undefined ? [] : [command.name(), ...namesOf(command, rest)];
}

/** The parser's complaint as one of our sentences. */
function usageError({ code, message }: CommanderError, program: Command, args: readonly string[]): LockstepError {
  const words = args.filter((word) => !word.startsWith("-"));
  const name = ["", ...namesOf(program, words)].join(" ");
  // The parser answers a command that needs a subcommand with its help and no sentence.
  const what = code === "commander.help" ? `say what to do with${name}` : inOneSentence(message);
  return new LockstepError("USAGE", `${what.replace(/[.?]$/, "")}; see: lockstep${name} --help`);
}

/** Parses and acts; throws what went wrong, returns the exit status. */
async function act(args: readonly string[], session: Session): Promise<number> {
  const program = await programFor(args, session);
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args as string[], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error, program, args);
  }
  return session.status;
}

/** Runs the command line with arguments; returns the exit status. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const output = new Output(args, surroundings);
  const session = new Session(output, surroundings);
  let status: number;
  try {
    status = await act(args, session);
  } catch (error) {
    status = session.interrupted ? session.status : output.error(error);
  }
  try {
    await session.close();
    return status;
  } catch (error) {
    return output.error(error);
  }
}
