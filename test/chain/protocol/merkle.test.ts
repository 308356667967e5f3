// The tree against its definitions in RFC 9162, written out by brute force, for every size up to 70 and every index.
import { describe, expect, test } from "vitest";
import {
  consistencyProof,
  Frontier,
  hexEncode,
  inclusionProof,
  leafHash,
  type NodeSource,
  nodeHash,
  rootOfInclusion,
  utf8Encode,
  verifyConsistency,
  verifyInclusion,
} from "../../../chain/protocol/index.ts";
import { nodeCrypto as crypto } from "../../../host/crypto.ts";
import { codeOf } from "../../support/errors.ts";

const SIZES = 70;

// Section 2.1.1, 2.1.3.1 and 2.1.4.1, as the RFC has them.
function splitOf(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}

function mth(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return crypto.sha256(new Uint8Array(0));
  if (leaves.length === 1) return leaves[0]!;
  const k = splitOf(leaves.length);
  return nodeHash(crypto, mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

function path(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const k = splitOf(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}

function subproof(m: number, leaves: readonly Uint8Array[], complete: boolean): Uint8Array[] {
  if (m === leaves.length) return complete ? [] : [mth(leaves)];
  const k = splitOf(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), complete), mth(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), mth(leaves.slice(0, k))];
}

const hex = (hashes: readonly Uint8Array[]) => hashes.map(hexEncode);

/** A log of some leaves, its nodes kept as a store would keep them. */
function makeLog(count: number) {
  const nodes = new Map<string, Uint8Array>();
  const leaves: Uint8Array[] = [];
  const roots = [new Frontier(crypto).root()];
  const frontier = new Frontier(crypto);
  for (let index = 0; index < count; index++) {
    const leaf = leafHash(crypto, utf8Encode(`leaf ${index}`));
    leaves.push(leaf);
    frontier.append(leaf, (level, at, hash) => {
      expect(nodes.has(`${level}/${at}`)).toBe(false);
      nodes.set(`${level}/${at}`, hash);
    });
    roots.push(frontier.root());
  }
  const nodeAt: NodeSource = (level, index) => {
    const hash = nodes.get(`${level}/${index}`);
    if (hash === undefined) throw new Error(`subtree ${level}/${index} is not complete`);
    return hash;
  };
  return { leaves, roots, nodeAt, frontier };
}

const log = makeLog(SIZES);

describe("roots", () => {
  test("of the RFC 6962 reference tree", () => {
    // The test vectors of the certificate transparency log's own code.
    const inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const expected = [
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    const frontier = new Frontier(crypto);
    expect(hexEncode(frontier.root())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (const [at, input] of inputs.entries()) {
      frontier.append(leafHash(crypto, new Uint8Array(Buffer.from(input, "hex"))));
      expect(hexEncode(frontier.root())).toBe(expected[at]);
    }
  });

  test(`equal the definition at every size to ${SIZES}`, () => {
    for (let size = 0; size <= SIZES; size++) {
      expect(hexEncode(log.roots[size]!)).toBe(hexEncode(mth(log.leaves.slice(0, size))));
    }
  });

  test("a leaf that looks like an inner node is another leaf", () => {
    const [left, right] = [log.leaves[0]!, log.leaves[1]!];
    const imitation = new Uint8Array([...left, ...right]);
    expect(hexEncode(leafHash(crypto, imitation))).not.toBe(hexEncode(nodeHash(crypto, left, right)));
  });
});

describe("frontier", () => {
  test("comes back from its bytes at every size and grows on as if never stopped", () => {
    for (let size = 0; size < SIZES; size++) {
      const frontier = new Frontier(crypto);
      for (const leaf of log.leaves.slice(0, size)) frontier.append(leaf);
      const bytes = frontier.serialize();
      const again = Frontier.parse(crypto, bytes);
      expect(hexEncode(again.serialize())).toBe(hexEncode(bytes));
      expect(again.size).toBe(size);
      for (const leaf of log.leaves.slice(size)) again.append(leaf);
      expect(hexEncode(again.root())).toBe(hexEncode(log.roots[SIZES]!));
    }
  });

  test("an empty one is eight zero bytes", () => {
    expect(hexEncode(new Frontier(crypto).serialize())).toBe("0000000000000000");
  });

  test("is not changed by writing into the bytes it came from", () => {
    const bytes = log.frontier.serialize();
    const parsed = Frontier.parse(crypto, bytes);
    bytes.fill(0);
    expect(hexEncode(parsed.root())).toBe(hexEncode(log.roots[SIZES]!));
  });

  const bytes = log.frontier.serialize();
  const sizeBytes = (first: number, second = 0) => Uint8Array.of(first, second, 0, 0, 0, 0, 0, 0);
  test.each([
    ["nothing", new Uint8Array(0)],
    ["a size cut off", new Uint8Array(7)],
    ["a hash too few", bytes.slice(0, -32)],
    ["a hash too many", new Uint8Array([...bytes, ...new Uint8Array(32)])],
    ["a byte too many", new Uint8Array([...bytes, 0])],
    ["a size of 2^53", new Uint8Array([...sizeBytes(0, 32), ...new Uint8Array(32)])],
    ["a size of 2^63", new Uint8Array([...sizeBytes(128), ...new Uint8Array(32)])],
  ])("refuses %s", (_, input) => {
    expect(codeOf(() => Frontier.parse(crypto, input))).toBe("MALFORMED");
  });
});

describe("inclusion", () => {
  test(`proofs equal the definition and verify, for every index and size to ${SIZES}`, () => {
    for (let size = 1; size <= SIZES; size++) {
      const leaves = log.leaves.slice(0, size);
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(crypto, index, size, log.nodeAt);
        expect(hex(proof)).toEqual(hex(path(index, leaves)));
        expect(verifyInclusion(crypto, leaves[index]!, index, size, proof, log.roots[size]!)).toBe(true);
      }
    }
  });

  test("nothing but the right leaf at the right index of the right tree verifies", () => {
    for (const size of [1, 2, 3, 7, 8, 13, 33]) {
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(crypto, index, size, log.nodeAt);
        const leaf = log.leaves[index]!;
        const root = log.roots[size]!;
        for (let other = 0; other < SIZES; other++) {
          if (other === index) continue;
          expect(verifyInclusion(crypto, leaf, other, size, proof, root)).toBe(false);
          expect(verifyInclusion(crypto, log.leaves[other]!, index, size, proof, root)).toBe(false);
        }
        expect(verifyInclusion(crypto, leaf, index, size, proof, log.roots[size - 1]!)).toBe(false);
        expect(verifyInclusion(crypto, leaf, index, size, [...proof, leaf], root)).toBe(false);
        expect(verifyInclusion(crypto, leaf, index, size, [...proof, root], root)).toBe(false);
        if (proof.length > 0) expect(verifyInclusion(crypto, leaf, index, size, proof.slice(1), root)).toBe(false);
        for (let at = 0; at < proof.length; at++) {
          const bent = proof.map((hash, place) =>
            place === at ? hash.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) : hash,
          );
          expect(verifyInclusion(crypto, leaf, index, size, bent, root)).toBe(false);
        }
      }
    }
  });

  test("hostile numbers and lengths are simply false", () => {
    const [leaf, root] = [log.leaves[0]!, log.roots[1]!];
    for (const number of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 60]) {
      expect(verifyInclusion(crypto, leaf, number, 1, [], root)).toBe(false);
      expect(verifyInclusion(crypto, leaf, 0, number, [], root)).toBe(false);
    }
    expect(verifyInclusion(crypto, leaf, 0, 0, [], root)).toBe(false);
    expect(verifyInclusion(crypto, leaf.slice(1), 0, 1, [], root)).toBe(false);
    expect(rootOfInclusion(crypto, leaf, 0, 2, [new Uint8Array(31)])).toBeNull();
    expect(rootOfInclusion(crypto, leaf, 0, 2, [new Uint8Array(64)])).toBeNull();
    expect(rootOfInclusion(crypto, leaf, 0, 2, Array(100_000).fill(leaf))).toBeNull();
  });

  test("indexes above 32 bits are exact", () => {
    // Three leaves to the right of a subtree of 2^40, whose hash is made up.
    const size = 2 ** 40 + 3;
    const madeUp = (level: number, index: number) => leafHash(crypto, utf8Encode(`${level}/${index}`));
    const pair = nodeHash(crypto, madeUp(0, 2 ** 40), madeUp(0, 2 ** 40 + 1));
    const nodeAt: NodeSource = (level, index) => (level === 1 && index === 2 ** 39 ? pair : madeUp(level, index));
    for (const index of [2 ** 40 + 2, 2 ** 40 + 1]) {
      const proof = inclusionProof(crypto, index, size, nodeAt);
      const left = nodeAt(40, 0);
      const root = nodeHash(crypto, left, nodeHash(crypto, pair, nodeAt(0, 2 ** 40 + 2)));
      expect(verifyInclusion(crypto, nodeAt(0, index), index, size, proof, root)).toBe(true);
      expect(verifyInclusion(crypto, nodeAt(0, index), index - 2 ** 32, size, proof, root)).toBe(false);
    }
  });

  test("there is no proof outside the tree", () => {
    for (const [index, size] of [
      [0, 0],
      [5, 5],
      [-1, 5],
      [0.5, 5],
      [0, 2 ** 53],
    ] as const) {
      expect(codeOf(() => inclusionProof(crypto, index, size, log.nodeAt))).toBe("OUT_OF_RANGE");
    }
  });
});

describe("consistency", () => {
  const head = (size: number) => ({ size, root: log.roots[size]! });

  test(`proofs equal the definition and verify, for all pairs of sizes to ${SIZES}`, () => {
    for (let second = 0; second <= SIZES; second++) {
      for (let first = 0; first <= second; first++) {
        const proof = consistencyProof(crypto, first, second, log.nodeAt);
        if (first > 0) expect(hex(proof)).toEqual(hex(subproof(first, log.leaves.slice(0, second), true)));
        expect(verifyConsistency(crypto, head(first), head(second), proof)).toBe(true);
      }
    }
  });

  test("a tree with another history does not verify", () => {
    const forged = new Frontier(crypto);
    for (let at = 0; at < 20; at++) forged.append(at === 3 ? log.leaves[60]! : log.leaves[at]!);
    for (let first = 1; first <= 20; first++) {
      const proof = consistencyProof(crypto, first, 20, log.nodeAt);
      const bent = { size: 20, root: forged.root() };
      expect(verifyConsistency(crypto, head(first), bent, proof)).toBe(false);
      expect(verifyConsistency(crypto, { size: first, root: log.roots[first - 1]! }, head(20), proof)).toBe(false);
      expect(verifyConsistency(crypto, head(first), head(20), [...proof, log.roots[1]!])).toBe(false);
      if (proof.length > 0) expect(verifyConsistency(crypto, head(first), head(20), proof.slice(0, -1))).toBe(false);
      for (let other = 1; other <= 20; other++) {
        if (other === first || proof.length === 0) continue;
        expect(verifyConsistency(crypto, { size: other, root: log.roots[first]! }, head(20), proof)).toBe(false);
      }
    }
  });

  test("hostile input is simply false", () => {
    expect(verifyConsistency(crypto, head(5), head(4), [])).toBe(false);
    expect(verifyConsistency(crypto, head(3), head(4), [])).toBe(false);
    expect(verifyConsistency(crypto, { size: -1, root: log.roots[0]! }, head(4), [])).toBe(false);
    expect(verifyConsistency(crypto, { size: 0, root: log.roots[1]! }, head(4), [])).toBe(false);
    expect(verifyConsistency(crypto, head(0), head(4), [log.roots[1]!])).toBe(false);
    expect(verifyConsistency(crypto, head(4), { size: 4, root: log.roots[5]! }, [])).toBe(false);
    expect(verifyConsistency(crypto, head(4), head(4), [log.roots[5]!])).toBe(false);
    expect(
      verifyConsistency(crypto, { size: 1, root: new Uint8Array(0) }, { size: 1, root: new Uint8Array(0) }, []),
    ).toBe(false);
    expect(codeOf(() => consistencyProof(crypto, 5, 4, log.nodeAt))).toBe("OUT_OF_RANGE");
  });
});
