// A built function's run as sandboxes take it, with everything that nobody names at its default.
import { callOf, digest, fuel, type Limits } from "../../chain/protocol/index.ts";
import type { Built } from "../../host/build/index.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import type { Task } from "../../sre/core/index.ts";

const LIMITS: Limits = {
  fuel: fuel(1_000_000_000n),
  memory: 64 * 1024 * 1024,
  stack: 256 * 1024,
  output: 1024 * 1024,
  logs: 64 * 1024,
};

/** One entry of a built module on some input. */
export function taskOf({ module, manifest, carried, parts }: Built, entry: string, given: Uint8Array | string): Task {
  const input = typeof given === "string" ? new Uint8Array(Buffer.from(given)) : new Uint8Array(given);
  const refOf = (bytes: Uint8Array) => ({
    sha256: digest(Buffer.from(nodeCrypto.sha256(bytes)).toString("hex")),
    size: bytes.length,
  });
  const refs = Object.fromEntries([...carried.files].map(([path, bytes]) => [path, refOf(bytes)]));
  const files = new Map([...carried.files.values()].map((bytes) => [refOf(bytes).sha256, bytes]));
  const code = { sre: manifest.sre, abi: manifest.abi, entry, profile: manifest.profile } as const;
  const { call, context } = callOf(
    nodeCrypto,
    { ...code, module: { sha256: manifest.module.sha256 } },
    {
      input: refOf(input),
      limits: LIMITS,
      context: { args: [...carried.args], env: { ...carried.env }, files: refs },
    },
  );
  const all = async function* () {
    yield* parts;
  };
  return { call, module, input, context, files, parts: all, wallMs: 120_000 };
}
