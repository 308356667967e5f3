// A key that acts on a ledger through a node: fills in what every transaction carries (chain, nonce, expiry), signs,
// and keeps the account's transactions in order.
import {
  type AccountId,
  type Body,
  blockTime,
  type Crypto,
  type Digest,
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
    const bytes = signTransaction(this.#signer, body);
    try {
      const applied = await this.#client.submit(bytes);
      this.#nonce = nonce(body.nonce + 1n);
      return applied;
    } catch (error) {
      this.#nonce = null;
      // An answer that got lost on the way, and the transaction arrived all the same: then it is in the log.
      const lost = error instanceof LockstepError && (error.code === "UNREACHABLE" || error.code === "TIMEOUT");
      if (lost)
        return await this.#client.transaction(transactionId(this.#crypto, body)).catch(() => Promise.reject(error));
      throw error;
    }
  }
}
