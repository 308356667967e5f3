// A provider: a key that runs jobs for a node's ledger. It knows the node only through its HTTP API, in the same
// process as much as from another machine, and picks up where it was after a crash of either.

import {
  amount,
  type Crypto,
  chainId,
  type Digest,
  type Genesis,
  type Height,
  keyId,
  LockstepError,
  Lru,
  type ProviderRecord,
  type Signer,
} from "../../chain/protocol/index.ts";
import type { Sandbox } from "../../sre/core/index.ts";
import { Client, followBlocks, isPassing, pause, Wallet } from "../client/index.ts";
import { credits } from "../credits.ts";
import type { BlockEvent } from "../wire.ts";
import { type Workshop, workOn } from "./attempt.ts";
import { Envelopes } from "./envelopes.ts";
import type { Home } from "./home.ts";
import { HOST_LIMITS } from "./limits.ts";

/** What a provider asks for its work, in micro-credits, and what it puts at stake. */
export interface Offer {
  readonly stake: bigint;
  readonly base: bigint;
  readonly perMegafuel: bigint;
}

/** What a provider is started with. */
export interface ProviderOptions {
  /** The node's address. */
  readonly node: string;
  readonly home: Home;
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly sandboxes: readonly Sandbox[];
  readonly offer: Offer;
  /** One line for the operator now and then. */
  readonly tell: (line: string) => void;
}

/** A running provider. */
export interface RunningProvider {
  /** Leaves the draw, finishes the jobs in hand, and stops. The sandboxes stay the caller's. */
  close(): Promise<void>;
}

/** Takes the faucet's gift where there is one and the account needs it. */
async function fund({ client, wallet, genesis, tell }: Workshop, needed: bigint): Promise<void> {
  const account = await client.account(wallet.account);
  if (account.balance >= needed || genesis.faucet === 0n || account.faucet) return;
  await wallet.submit("faucet", {});
  tell(`took ${credits(genesis.faucet)} credits from the development chain's faucet`);
}

/** Whether a registration already says all that this provider offers. */
function isRegistered(record: ProviderRecord | null, offers: ProviderRecord["offers"], offer: Offer): boolean {
  return (
    record !== null &&
    !record.draining &&
    record.base === offer.base &&
    record.perMegafuel === offer.perMegafuel &&
    record.stake >= offer.stake &&
    JSON.stringify(record.offers) === JSON.stringify(offers)
  );
}

/** Registers the provider, or changes its registration to what it offers now. */
async function enrol(shop: Workshop, offer: Offer): Promise<void> {
  const { client, wallet, tell } = shop;
  const offers = [...shop.sandboxes.values()].flatMap(({ sre, profiles }) =>
    profiles.map((profile) => ({ sre, profile })),
  );
  const record = await client.provider(wallet.account).catch((error: unknown) => {
    if (error instanceof LockstepError && error.code === "NOT_FOUND") return null;
    throw error;
  });
  const missing = offer.stake - (record?.stake ?? 0n);
  const stake = amount(missing > 0n ? missing : 0n);
  // Each job takes a reservation fee until its result is in: enough for a hundred at once.
  await fund(shop, stake + 100n * shop.genesis.parameters.reservationFee);
  if (isRegistered(record, offers, offer)) return;
  const prices = { base: amount(offer.base), perMegafuel: amount(offer.perMegafuel) };
  await wallet.submit("register", { stake, offers, ...prices });
  tell(`registered ${wallet.account} with ${credits(offer.stake)} credits at stake`);
}

/** An attempt that was assigned to this provider. */
interface Assigned {
  readonly job: Digest;
  readonly attempt: number;
}

/** Follows the ledger and works on everything that is assigned to this provider. */
class Desk {
  readonly #shop: Workshop;
  /** Attempts in hand, so that the same assignment told twice is worked on once. */
  readonly #hands = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Assigned>();
  /** Whether there were more than may wait, so that the ledger has to be asked again when hands are free. */
  #overflowed = false;
  readonly #loop: Promise<void>;

  constructor(shop: Workshop, from: Height) {
    this.#shop = shop;
    this.#loop = this.#follow(from);
  }

  async #follow(from: Height): Promise<void> {
    const { client, ending, tell } = this.#shop;
    let seen = from;
    while (!ending.aborted) {
      try {
        await this.#catchUp();
        const onBreak = (reason: LockstepError | null) =>
          tell(reason === null ? "the node is back" : `lost the node, trying again: ${reason.message}`);
        for await (const block of followBlocks(client.connection, seen, ending, onBreak)) {
          if (block.gap) await this.#catchUp();
          this.#read(block);
          seen = block.height;
        }
      } catch (error) {
        tell(`following the ledger failed, starting over: ${sentence(error)}`);
        await pause(HOST_LIMITS.providerRetryMs, ending);
      }
    }
  }

  /** Everything that the ledger holds open for this provider, however it came to be missed. */
  async #catchUp(): Promise<void> {
    const { client, wallet } = this.#shop;
    this.#overflowed = false;
    for (let after: string | null = null; ; ) {
      const { jobs, next }: Awaited<ReturnType<Client["openJobs"]>> = await client.openJobs(wallet.account, after);
      for (const { id, record } of jobs) this.#take({ job: id, attempt: record.attempt });
      if (next === null) return;
      if (after !== null && next <= after) throw new LockstepError("MALFORMED", "the node's pages of jobs never end");
      after = next;
    }
  }

  #read({ events }: BlockEvent): void {
    for (const { type, job, attempt, provider } of events) {
      if (type === "assigned" && provider === this.#shop.wallet.account) this.#take({ job, attempt });
    }
  }

  #take(assigned: Assigned): void {
    const name = `${assigned.job}/${assigned.attempt}`;
    if (this.#hands.has(name) || this.#waiting.has(name)) return;
    if (this.#hands.size < HOST_LIMITS.attemptsAtOnce) {
      this.#hands.set(
        name,
        this.#work(assigned).finally(() => this.#free(name)),
      );
    } else if (this.#waiting.size < HOST_LIMITS.attemptsWaiting) this.#waiting.set(name, assigned);
    else this.#overflowed = true;
  }

  /** A hand is free: for the next that waits, or for what the ledger holds beyond those. */
  #free(name: string): void {
    this.#hands.delete(name);
    if (this.#shop.ending.aborted) return;
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next[0]);
      this.#take(next[1]);
    } else if (this.#overflowed) {
      this.#catchUp().catch((error: unknown) => {
        this.#overflowed = true;
        this.#shop.tell(`asking for open jobs failed: ${sentence(error)}`);
      });
    }
  }

  /** Works until the attempt is over, through losses of the node; never rejects. */
  async #work({ attempt, job: id }: Assigned): Promise<void> {
    const { client, ending, tell, wallet } = this.#shop;
    for (;;) {
      try {
        const job = await client.job(id);
        const { record } = job;
        const open = record.status === "assigned" || record.status === "running";
        const ours = open && record.attempt === attempt && record.assignment?.provider === wallet.account;
        return ours ? await workOn(this.#shop, job) : undefined;
      } catch (error) {
        const again = error instanceof LockstepError && isPassing(error) && !ending.aborted;
        tell(`job ${id}: ${sentence(error)}${again ? "; trying again" : ""}`);
        if (!again) return;
        await pause(HOST_LIMITS.providerRetryMs, ending);
      }
    }
  }

  /** Waits for what is in hand, once the signal to end was given. */
  async finish(): Promise<void> {
    this.#waiting.clear();
    await Promise.all([this.#loop, ...this.#hands.values()]);
  }
}

const sentence = (error: unknown): string => (error instanceof LockstepError ? error.message : "an internal error");

/**
 * Starts a provider: funds itself on a development chain, registers, and serves jobs until it is closed.
 * UNREACHABLE when there is no node, FUNDS when the account can't pay its stake.
 */
export async function startProvider(options: ProviderOptions): Promise<RunningProvider> {
  const { crypto, home, offer, signer, tell } = options;
  const client = new Client(options.node, crypto);
  try {
    const genesis: Genesis = await client.genesis();
    const chain = chainId(crypto, genesis);
    const wallet = await Wallet.open(client, signer, crypto);
    if ((await wallet.chain()) !== chain) {
      throw new LockstepError("WRONG_CHAIN", `${client.address} serves another chain than its genesis says`);
    }
    const ending = new AbortController();
    const shop: Workshop = {
      ...{ client, wallet, signer, crypto, genesis, chain, tell, ending: ending.signal },
      sandboxes: new Map(options.sandboxes.map((sandbox) => [sandbox.sre, sandbox])),
      envelopes: new Envelopes(home),
      modules: new Lru(HOST_LIMITS.modulesKept),
    };
    // No attempt outlives its job's deadline; twice that, since clocks differ.
    shop.envelopes.sweep(Date.now() - 2 * Number(genesis.parameters.longestDeadline));
    await enrol(shop, offer);
    const desk = new Desk(shop, (await client.status()).height);
    const close = async () => {
      // Out of the draw first, so that nothing new is assigned to hands that are leaving.
      await wallet.submit("drain", {}).catch((error: unknown) => tell(`could not leave the draw: ${sentence(error)}`));
      ending.abort();
      await desk.finish();
      await client.close();
    };
    tell(`provider ${keyId(signer.publicKey)} serves ${client.address}`);
    return { close };
  } catch (error) {
    await client.close();
    throw error;
  }
}
