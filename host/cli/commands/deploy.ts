// `deploy`: makes a function callable on a ledger, under a name if wanted.
import type { Command } from "commander";
import { type Amount, cidOf, type Digest, type Fuel, LockstepError } from "../../../chain/protocol/index.ts";
import { type Client, deploy } from "../../client/index.ts";
import { DEFAULT_LIMITS } from "../../defaults.ts";
import { shellWord } from "../../shell-word.ts";
import { DEFAULT_KEY, mustBeThere, walletFor } from "../accounts.ts";
import {
  callableNamed,
  carriedOptions,
  type FunctionOptions,
  imageLines,
  languageSentence,
  termsOf,
  withFunction,
} from "../functions.ts";
import { withDefault } from "../options.ts";
import type { Session } from "../session.ts";
import { creditsOption, nameOption, wholeOption } from "../values.ts";

interface Options extends FunctionOptions {
  readonly name?: string;
  readonly fuel: bigint;
  readonly price: bigint;
  readonly key: string;
  readonly url?: string;
}

/** Adds the command. */
export function define(command: Command, session: Session): void {
  withFunction(command, "the engine that --image is about")
    .option("--name <name>", "name to point to it: 3 to 63 of a-z, 0-9 and inner dashes", nameOption)
    .addOption(withDefault("--fuel <units>", "most fuel of a job", wholeOption, String(DEFAULT_LIMITS.fuel)))
    .addOption(withDefault("--price <credits>", "your share of every job", creditsOption, "0"))
    .option(
      "--key <name>",
      "key that owns it, funded by a faucet; the default one is made when it is not there",
      DEFAULT_KEY,
    )
    .option("--url <address>", "the node, by default LOCKSTEP_URL or this machine's")
    .addHelpText("after", "\nExample:\n  lockstep deploy guest-examples/assemblyscript-csv --name csv")
    .action(async (path: string | undefined, options: Options) => {
      const { output } = session;
      mustBeThere(session, options.key);
      const client = await session.client(options.url);
      const callable = await callableNamed(session, path, options);
      const wallet = await walletFor(session, client, options.key);
      const terms = {
        ...termsOf(callable),
        limits: { ...DEFAULT_LIMITS, fuel: options.fuel as Fuel },
        price: options.price as Amount,
      };
      const { id, existed } = await deploy(client, wallet, session.crypto, callable.module, terms, callable.parts);
      const before = options.name === undefined ? null : await deploymentUnder(client, options.name);
      if (options.name !== undefined) await wallet.submit("name", { name: options.name, deployment: id });
      const moved = before === null || before === id ? "" : ` (moved from ${before})`;
      const module = cidOf(callable.manifest.module.sha256);
      const { abi, language, profile } = callable.manifest;
      const lines = [
        `deployed  ${id}${existed ? " (was there already)" : ""}`,
        ...(options.name === undefined ? [] : [`name      ${options.name}${moved}`]),
        `module    ${module}`,
        ...imageLines(callable),
        `language  ${languageSentence(callable.manifest)}`,
        `entry     ${callable.entry}, abi ${abi}, profile ${profile}`,
      ];
      if (carriedOptions(callable.carried, "") !== null) {
        lines.push(
          `jobs      bring the program: lockstep submit ${shellWord(pathOf(path ?? "PATH"))} orders one with all of it`,
        );
      }
      const document = {
        deployment: id,
        existed,
        name: options.name ?? null,
        before,
        module,
        language,
        entry: callable.entry,
        abi,
        profile,
        layers: callable.image === null ? [] : [...callable.image.layers],
      };
      output.result(lines.join("\n"), document);
    });
}

/** A path as `submit` takes it for one. */
const pathOf = (path: string): string => (/[./\\]/.test(path) ? path : `./${path}`);

/** The deployment that a name points to; null when nobody has it. */
async function deploymentUnder(client: Client, name: string): Promise<Digest | null> {
  try {
    return (await client.name(name)).deployment;
  } catch (error) {
    if (error instanceof LockstepError && error.code === "NOT_FOUND") return null;
    throw error;
  }
}
