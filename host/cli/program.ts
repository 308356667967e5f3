// From arguments to a command: parsing, help, and the one place where errors become sentences and exit statuses.
import { Command, CommanderError } from "commander";
import { LockstepError } from "../../chain/protocol/index.ts";
import { SOFTWARE_VERSION } from "../software.ts";
import { COMMANDS } from "./commands.ts";
import { quiet, withCommon } from "./options.ts";
import { Output } from "./output.ts";
import { Session } from "./session.ts";

const EXITS = `
Exit status:
  0  done; for verify ACCEPT
  1  refused, or the guest did not end well; for verify REJECT
  2  wrong usage or malformed input; for verify MALFORMED
  3  something needed is missing or out of reach; for verify UNVERIFIABLE
  4  a fault of host, engine or storage`;

async function programFor(args: readonly string[], session: Session): Promise<Command> {
  const program = quiet(new Command("lockstep"))
    .description("Run functions in deterministic sandboxes and get receipts that anyone can check.")
    .version(SOFTWARE_VERSION)
    .addHelpText("after", EXITS);
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = withCommon(program.command(name)).summary(summary).description(summary);
    if (args[0] === name || (args[0] === "help" && args[1] === name)) (await load()).define(command, session);
  }
  return program;
}

/** The parser's complaint as one of our sentences. */
function usageError(error: CommanderError, args: readonly string[]): LockstepError {
  const message = error.message.replace(/^error: /, "").replace(/\.$/, "");
  const name = args[0] !== undefined && Object.hasOwn(COMMANDS, args[0]) ? ` ${args[0]}` : "";
  return new LockstepError("USAGE", `${message}; see: lockstep${name} --help`);
}

/** Runs the command line with arguments; returns the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  // A reader that has seen enough, such as `head`, is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 4));
  const output = new Output(args);
  const session = new Session(output);
  try {
    const program = await programFor(args, session);
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args as string[], { from: "user" });
    return session.status;
  } catch (error) {
    if (!(error instanceof CommanderError)) return output.error(error);
    return error.exitCode === 0 ? 0 : output.error(usageError(error, args));
  } finally {
    await session.close();
  }
}
