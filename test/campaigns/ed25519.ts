// The signature rule under generated edge cases: signatures and keys moved by torsion, scalars beyond the order,
// flipped bits, small-order points. Definition, portable and Node cryptography must give one answer to each.
// `npm test` runs a small share of it, `npm run soak` the whole.
import { hash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { admitKey, concat, portableCrypto, verifyByDefinition } from "../../chain/protocol/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import type { Campaign } from "../support/campaign.ts";

const { Point } = ed25519;
type EdwardsPoint = typeof Point.BASE;
const L = Point.Fn.ORDER;

/** One question to every verifier. `accept` is set where the construction itself says what the answer must be. */
export interface SignatureCase {
  readonly kind: string;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly accept?: boolean;
}

/** How many cases of each kind the rule accepted. */
export type KindCounts = Record<string, { accepted: number; cases: number }>;

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}

function toLittleEndian(number: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(number.toString(16).padStart(64, "0"), "hex").reverse());
}

function torsionPoints(): readonly EdwardsPoint[] {
  // A point of order 8: its multiples are all of them.
  const generator = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", true);
  const points = [Point.ZERO];
  for (let at = 1; at < 8; at++) points.push(points[at - 1]!.add(generator));
  return points;
}

/** The eight points of the torsion subgroup; the first is the identity. */
export const TORSION = torsionPoints();

/** Deterministic bytes from a seed: SHA-512 in counter mode. */
function byteSource(seed: string): (size: number) => Uint8Array {
  let counter = 0;
  return (size) => {
    const parts: Uint8Array[] = [];
    for (let have = 0; have < size; have += 64) parts.push(hash("sha512", `${seed} ${counter++}`, "buffer"));
    return concat(...parts).slice(0, size);
  };
}

/** A signature with this R by the owner of scalar `a`: S = r + k·a, whatever the point R really is. */
function forge(r: bigint, a: bigint, rBytes: Uint8Array, publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const k = fromLittleEndian(sha512(concat(rBytes, publicKey, message))) % L;
  return concat(rBytes, toLittleEndian((r + k * a) % L));
}

/** One round of every kind for a fresh key and message. `round` picks the flipped bit and the torsion point. */
function* casesOfRound(random: (size: number) => Uint8Array, round: number): Generator<SignatureCase> {
  const secret = random(32);
  const publicKey = ed25519.getPublicKey(secret);
  const a = ed25519.utils.getExtendedPublicKey(secret).scalar;
  const message = random(1 + (round % 90));
  const honest = ed25519.sign(message, secret);
  const base = { publicKey, message };
  yield { kind: "honest", ...base, signature: honest, accept: true };

  const flipped = honest.slice();
  flipped[round % 64]! ^= 1 << (round % 8);
  yield { kind: "flipped bit", ...base, signature: flipped, accept: false };
  const s = fromLittleEndian(honest.subarray(32));
  const withS = (value: bigint) => concat(honest.subarray(0, 32), toLittleEndian(value));
  yield { kind: "S+L", ...base, signature: withS(s + L), accept: false };
  yield { kind: "S+2^255", ...base, signature: withS(s + 2n ** 255n), accept: false };
  const negated = honest.slice();
  negated[31]! ^= 0x80;
  yield { kind: "sign of R", ...base, signature: negated, accept: false };

  const r = fromLittleEndian(random(32)) % L;
  const rB = Point.BASE.multiply(r);
  for (const order of [0, 1, 4, 7]) {
    const rBytes = rB.add(TORSION[order]!).toBytes();
    const signature = forge(r, a, rBytes, publicKey, message);
    yield { kind: `R+T${order}`, ...base, signature, accept: order === 0 };
  }
  for (const order of [0, 2, 5]) {
    const rBytes = TORSION[order]!.toBytes();
    yield { kind: `R=T${order}`, ...base, signature: forge(0n, a, rBytes, publicKey, message), accept: false };
  }
  for (const order of [1, 4]) {
    const moved = Point.fromBytes(publicKey).add(TORSION[order]!).toBytes();
    const signature = forge(r, a, rB.toBytes(), moved, message);
    yield { kind: `A+T${order}`, publicKey: moved, message, signature, accept: false };
  }
  const small = TORSION[round % 8]!.toBytes();
  const signature = concat(rB.toBytes(), toLittleEndian(r));
  yield { kind: "A=T", publicKey: small, message, signature, accept: false };
  yield { kind: "random A", publicKey: random(32), message, signature: honest, accept: false };
}

/** The first `count` cases of a seed. */
function* signatureCases(seed: number, count: number): Generator<SignatureCase> {
  const random = byteSource(`ed25519 campaign ${seed}`);
  let made = 0;
  for (let round = 0; made < count; round++) {
    for (const one of casesOfRound(random, round)) if (made++ < count) yield one;
  }
}

/** The answers of all verifiers on one case, admission included; they must be equal. */
export function answersOf(one: SignatureCase): { definition: boolean; portable: boolean; node: boolean } {
  const admitted = admitKey(one.publicKey);
  const ask = (verify: typeof verifyByDefinition) => admitted && verify(one.publicKey, one.message, one.signature);
  return { definition: ask(verifyByDefinition), portable: ask(portableCrypto.verify), node: ask(nodeCrypto.verify) };
}

/** What is tried. */
export const name = "the signature rule on generated edge cases: definition, portable and Node cryptography";
/** Cases of the whole campaign, about ten minutes. */
export const whole = 100_000;

/** Compares all verifiers on `count` cases; throws at the first on which they differ. Counts by kind for tests. */
export function run(plan: Parameters<Campaign["run"]>[0]): KindCounts {
  const kinds: KindCounts = {};
  let answers = "";
  for (const one of signatureCases(plan.seed, plan.count)) {
    const verdicts = answersOf(one);
    const accepted = one.accept ?? verdicts.definition;
    if (Object.values(verdicts).some((verdict) => verdict !== accepted)) {
      const found = JSON.stringify({ accepted, ...verdicts });
      throw new Error(`case ${answers.length} of seed ${plan.seed} (${one.kind}): ${found}`);
    }
    const row = kinds[one.kind] ?? { accepted: 0, cases: 0 };
    kinds[one.kind] = row;
    row.cases += 1;
    row.accepted += accepted ? 1 : 0;
    answers += accepted ? "1" : "0";
  }
  for (const [kind, { accepted, cases }] of Object.entries(kinds))
    plan.log(`${kind}: ${accepted} of ${cases} accepted`);
  plan.log(`${answers.length} cases agreed, digest of the answers ${hash("sha256", answers).slice(0, 16)}`);
  return kinds;
}
