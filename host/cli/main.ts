// The command line's entry. It loads only the command that was asked for, so that every command starts fast.
import { main } from "./program.ts";

process.exitCode = await main(process.argv.slice(2));
