// Starting a provider from the command line, alone or beside a node.
import type { Command } from "commander";
import { type Grade, type KeyId, keyId } from "../../chain/protocol/index.ts";
import { credits } from "../credits.ts";
import { DEFAULT_PRICES } from "../defaults.ts";
import { openKey } from "../node/data.ts";
import { startProvider } from "../node/index.ts";
import { type EngineOptions, withEngine } from "./engine.ts";
import { servedKernels } from "./kernels.ts";
import { isolationOption, withDefault } from "./options.ts";
import { containerSandbox, PROCESS_SRES, sandboxOf } from "./sandbox.ts";
import type { Session } from "./session.ts";
import { creditsOption } from "./values.ts";

/** What a provider asks for its work, as options. */
export interface OfferOptions extends EngineOptions {
  readonly providerKey: string;
  readonly stake: bigint;
  readonly base: bigint;
  readonly perMegafuel: bigint;
  readonly isolation?: Grade;
  readonly kernels?: true;
}

/** Adds the options of an offer; prices and stake are in credits. */
export function offerOptions(command: Command): Command {
  return withEngine(command, "serve containers too, by this engine")
    .option("--provider-key <name>", "key that the provider signs with, made when it is not there", "provider")
    .addOption(withDefault("--stake <credits>", "stake of the provider", creditsOption, "500"))
    .addOption(withDefault("--base <credits>", "price of each job", creditsOption, credits(DEFAULT_PRICES.base)))
    .addOption(
      withDefault(
        "--per-megafuel <credits>",
        "price of each million fuel units",
        creditsOption,
        credits(DEFAULT_PRICES.perMegafuel),
      ),
    )
    .option("--kernels", "serve kernels too, on this machine's device")
    .addOption(isolationOption("refuse to serve where this machine isolates guests by less"));
}

/**
 * Starts a provider with a sandbox of each kind, which leaves the draw when the command ends. ISOLATION: too few walls;
 * UNREACHABLE, FORBIDDEN, NOT_FOUND and others where containers are wanted and can't be had; UNSUPPORTED where kernels are.
 */
export async function serve(
  session: Session,
  node: string,
  { docker, kernels, providerKey, stake, base, perMegafuel, isolation = "none" }: OfferOptions,
  tell: (line: string) => void,
): Promise<KeyId> {
  const { home, crypto } = session;
  const { signer } = openKey(home, providerKey);
  const processes = PROCESS_SRES.map((sre) => sandboxOf(sre, { isolation, cache: home.modules }));
  const containers = docker === undefined ? [] : [containerSandbox(session, { docker }, `provider ${providerKey}`)];
  const devices = kernels === undefined ? [] : [await servedKernels(isolation, tell)];
  const sandboxes = [...processes, ...containers, ...devices];
  for (const sandbox of sandboxes) session.atEnd(() => sandbox.close());
  // Before anything is promised: a provider that can't run guests as its operator wants must not join the draw. The walls
  // are the same around all.
  if (isolation !== "none") await processes[0]!.warm();
  for (const sandbox of containers) {
    const { name, version, runtime } = await sandbox.warm();
    tell(`containers run by ${name} ${version} with ${runtime}; every attack on their walls failed`);
  }
  const offer = { stake, base, perMegafuel };
  const provider = await startProvider({ node, home, crypto, signer, sandboxes, offer, tell });
  session.atEnd(() => provider.close());
  return keyId(signer.publicKey);
}
