// A key that acts on a ledger through a node: fills in what every transaction carries (chain, nonce, expiry), signs,
// and keeps the account's transactions in order.
import {
  type AccountId,
  type Body,
  blockTime,
  type Crypto,
  type Digest,
  isoTime,
  keyId,
  LockstepError,
  type Nonce,
  nonce,
  type Signer,
  signTransaction,
  type TransactionBody,
  type TransactionType,
  transactionId,
} from "../../chain/protocol/index.ts";
import type { AppliedTransaction } from "../wire.ts";
import type { Client } from "./client.ts";
import { pause } from "./events.ts";
import { isPassing, mayHaveArrived } from "./http.ts";
import { CLIENT_LIMITS } from "./limits.ts";

/** What the wallet fills in. */
type Filled = "version" | "chain" | "from" | "nonce" | "expires" | "type";
/** What the caller says of a transaction besides its type. */
export type Fields<Type extends TransactionType> = Omit<Body<Type>, Filled>;

/** Signs for one account and hands its transactions in, one after the other. */
export class Wallet {
  readonly #client: Client;
  readonly #signer: Signer;
  readonly #crypto: Crypto;
  /** The account that the wallet acts for. */
  readonly account: AccountId;
  #chain: Digest | null = null;
  /** The next nonce, null when the node has to be asked. */
  #nonce: Nonce | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  /** `account` differs from the signer's own id only after a key rotation. */
  constructor(client: Client, signer: Signer, crypto: Crypto, account: AccountId = keyId(signer.publicKey)) {
    this.#client = client;
    this.#signer = signer;
    this.#crypto = crypto;
    this.account = account;
  }

  /** A wallet for the account that the signer's key speaks for; KEY_INACTIVE when another key has taken its place. */
  static async open(client: Client, signer: Signer, crypto: Crypto): Promise<Wallet> {
    const own = keyId(signer.publicKey);
    const record = await client.key(own);
    if (record !== null && record.until !== null) {
      throw new LockstepError("KEY_INACTIVE", `key ${own} was replaced by another one at ${isoTime(record.until)}`);
    }
    return new Wallet(client, signer, crypto, record?.account ?? own);
  }

  /** The chain that the node serves, asked once: a wallet never signs for another chain afterwards. */
  async chain(): Promise<Digest> {
    this.#chain ??= (await this.#client.status()).chain;
    return this.#chain;
  }

  /** The nonce that the next transaction will carry, for proofs that bind it. */
  async nextNonce(): Promise<Nonce> {
    this.#nonce ??= (await this.#client.account(this.account)).nonce;
    return this.#nonce;
  }

  /**
   * Signs a transaction, hands it in and waits until it is on the ledger's disk. Throws why it was refused. When
   * the nonce was wrong (the key is used elsewhere too) it is tried once more with the right one.
   */
  submit<Type extends TransactionType>(type: Type, fields: Fields<Type>): Promise<AppliedTransaction> {
    const result = this.#turn.then(async () => {
      try {
        return await this.#sign(type, fields);
      } catch (error) {
        if (!(error instanceof LockstepError) || error.code !== "WRONG_NONCE") throw error;
        return await this.#sign(type, fields);
      }
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #sign<Type extends TransactionType>(type: Type, fields: Fields<Type>): Promise<AppliedTransaction> {
    const body = {
      ...fields,
      type,
      version: 1,
      chain: await this.chain(),
      from: this.account,
      nonce: await this.nextNonce(),
      expires: blockTime(BigInt(Date.now()) + CLIENT_LIMITS.transactionLifetimeMs),
    } as unknown as TransactionBody;
    try {
      const applied = await this.#deliver(signTransaction(this.#signer, body), transactionId(this.#crypto, body));
      this.#nonce = nonce(body.nonce + 1n);
      return applied;
    } catch (error) {
      this.#nonce = null;
      throw error;
    }
  }

  /**
   * Hands a transaction in. When its answer got lost the same bytes go again until the node says what became of them:
   * their nonce sees to it that they count once at most.
   */
  async #deliver(bytes: Uint8Array, id: Digest): Promise<AppliedTransaction> {
    const end = performance.now() + CLIENT_LIMITS.deliveryMs;
    for (let lost = false; ; ) {
      try {
        return await this.#client.submit(bytes);
      } catch (error) {
        if (!(error instanceof LockstepError)) throw error;
        if (lost && !isPassing(error)) return await this.#logged(id, error);
        lost ||= mayHaveArrived(error);
        if (!lost || performance.now() > end) throw error;
        await pause(CLIENT_LIMITS.firstRetryMs);
      }
    }
  }

  /** The transaction that was refused because it was applied before; throws the refusal when it was not. */
  async #logged(id: Digest, refusal: LockstepError): Promise<AppliedTransaction> {
    try {
      return await this.#client.transaction(id);
    } catch {
      throw refusal;
    }
  }
}
