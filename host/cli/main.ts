// The command line's entry. It loads only the command that was asked for, so that every command starts fast.
import { main } from "./program.ts";

for (const stream of [process.stdout, process.stderr]) {
  // A reader that has seen enough, such as `head`, is no error.
  stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 4));
}
process.exitCode = await main(process.argv.slice(2), process);
