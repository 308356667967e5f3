// What the client grants a node: a node may be hostile, slow or gone, and none of these may hang or flood the client.

/** How long a client waits for what, in ms. */
export interface Patience {
  readonly connectMs: number;
  readonly silenceMs: number;
  readonly answerMs: number;
  readonly streamSilenceMs: number;
}

/** Limits of the client. */
export const CLIENT_LIMITS = {
  /** Until the connection stands. */
  connectMs: 5_000,
  /** Until the answer's headers, and between two parts of its body: a block's commit takes milliseconds. */
  silenceMs: 30_000,
  /** Until the whole answer is here: the largest blob over a slow line of about 1 MB/s, and as much again. */
  answerMs: 120_000,
  /** Silence of an event stream, whose server sends a comment every 15 seconds. */
  streamSilenceMs: 45_000,
  /** Pauses before the event stream is opened again, doubling from the first to the last. */
  firstRetryMs: 100,
  lastRetryMs: 5_000,
  /** How long a transaction is sent again and again when its answer got lost; a node restarts in less. */
  deliveryMs: 15_000,
  /** Deployments that a client remembers, about 1 KiB each. */
  deploymentsKept: 1_024,
  /** How long after the newest block the transactions that we sign may still be applied. */
  transactionLifetimeMs: 60_000n,
} as const;
