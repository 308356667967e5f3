// Receipts under random damage: bits flipped, bytes dropped, doubled and swapped with those of another genuine receipt.
// Whatever comes of it is never accepted unless it is one of the genuine files. The tests flip every single bit
// besides; this goes where single flips don't reach.
import { verifyReceipt } from "../../chain/light/index.ts";
import { Admission } from "../../chain/protocol/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { basicPlan, makeLocalReceipt, makeReceipts, trustedKeys, trustOf } from "../support/receipts.ts";

export const name = "receipts under random damage";
export const whole = 200_000;

/** mulberry32: small, seeded, the same everywhere. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Draw = (below: number) => number;

function damaged(bytes: Uint8Array, other: Uint8Array, draw: Draw): Uint8Array {
  const at = draw(bytes.length);
  const size = 1 + draw(60);
  switch (draw(6)) {
    case 0:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + size)]);
    case 1:
      return Uint8Array.from([...bytes.subarray(0, at + size), ...bytes.subarray(at)]);
    case 2:
      return Uint8Array.from([
        ...bytes.subarray(0, at),
        ...other.subarray(at, at + size),
        ...bytes.subarray(at + size),
      ]);
    case 3:
      return Uint8Array.from([...bytes.subarray(0, at), ...other.subarray(at)]);
    default: {
      const flipped = bytes.slice();
      for (let left = 1 + draw(4); left > 0; left--) flipped[draw(bytes.length)]! ^= 1 << draw(8);
      return flipped;
    }
  }
}

/** Runs `count` damaged receipts from the seed; throws at the first that is accepted. */
export function run({ seed, count, log }: { seed: number; count: number; log: (line: string) => void }): void {
  const draw = random(seed);
  const genuine = [...makeReceipts([basicPlan(), basicPlan({}, "b")]).map(({ bytes }) => bytes), makeLocalReceipt()];
  const originals = new Set(genuine.map((bytes) => Buffer.from(bytes).toString("latin1")));
  const trust = trustOf(trustedKeys().map((key) => (key.role === "log" ? { ...key, vouches: true } : key)));
  const admission = new Admission();
  const verdicts: Record<string, number> = {};
  for (let done = 0; done < count; done++) {
    const bytes = damaged(genuine[draw(3)]!, genuine[draw(3)]!, draw);
    if (originals.has(Buffer.from(bytes).toString("latin1"))) continue;
    const { verdict } = verifyReceipt(nodeCrypto, admission, bytes, { trust });
    if (verdict === "ACCEPT") throw new Error(`seed ${seed}, case ${done}: a damaged receipt was accepted`);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  }
  log(`seed ${seed}: ${count} damaged receipts, none accepted: ${JSON.stringify(verdicts)}`);
}
