// The draw: which k of n candidates get an attempt, weighted by stake, without anybody's choice. Its randomness is the
// state root of the block before, so it is fixed by what everybody has agreed on and can be checked again.
import { type AccountId, type Crypto, canonicalize, type Digest, type Json } from "../protocol/index.ts";

/** Names the use of the hash, so that no other hash of ours can collide with a draw. */
const DRAW_TAG = "lockstep/draw/v1";

/** Somebody who can be drawn; `weight` above 0. */
export interface DrawCandidate {
  readonly id: AccountId;
  readonly weight: bigint;
}

/** What a draw is bound to: chain, job and attempt, and the state root of the block before. */
export interface DrawSeed {
  readonly chain: Digest;
  readonly job: Digest;
  readonly attempt: number;
  readonly root: Digest;
}

/** A 256-bit number of this draw; reduced modulo a total below 2^63 its bias is below 2^-193. */
function number(crypto: Crypto, seed: DrawSeed, index: number): bigint {
  const { attempt, chain, job, root } = seed;
  const preimage: Json = { attempt, chain, index, job, root, tag: DRAW_TAG };
  let value = 0n;
  for (const byte of crypto.sha256(canonicalize(preimage))) value = (value << 8n) | BigInt(byte);
  return value;
}

/**
 * Draws `k` of the candidates, fewer when there are fewer, one after another and each at most once, each with the
 * chance that its weight has among those left. The order of `candidates` matters: give them sorted by id.
 */
export function draw(crypto: Crypto, seed: DrawSeed, candidates: readonly DrawCandidate[], k: number): AccountId[] {
  const left = [...candidates];
  let total = 0n;
  for (const { weight } of left) total += weight;
  const drawn: AccountId[] = [];
  while (drawn.length < k && left.length > 0) {
    let point = number(crypto, seed, drawn.length) % total;
    let at = 0;
    while (point >= left[at]!.weight) point -= left[at++]!.weight;
    const [winner] = left.splice(at, 1);
    total -= winner!.weight;
    drawn.push(winner!.id);
  }
  return drawn;
}
