// Runs a built function in the sandbox of production with everything else at its default, for tests of what a
// function gives.
import { afterAll } from "vitest";
import { callOf, digest, fuel, type Limits, type Sre } from "../../chain/protocol/index.ts";
import type { Built } from "../../host/build/index.ts";
import { sandboxOf } from "../../host/cli/sandbox.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import type { Outcome, Sandbox } from "../../sre/core/index.ts";

const LIMITS: Limits = {
  fuel: fuel(1_000_000_000n),
  memory: 64 * 1024 * 1024,
  stack: 256 * 1024,
  output: 1024 * 1024,
  logs: 64 * 1024,
};

/** A run of one entry of a built module on some input. */
export type Run = (built: Built, entry: string, input: Uint8Array | string) => Promise<Outcome>;

/** Starts sandboxes, each when it is needed, that live as long as the test file. */
export function sandboxForTests(): Run {
  const sandboxes = new Map<string, Sandbox>();
  afterAll(() => Promise.all([...sandboxes.values()].map((sandbox) => sandbox.close())));
  const sandboxFor = (sre: Sre): Sandbox => {
    const sandbox = sandboxes.get(sre) ?? sandboxOf(sre, { workers: 1 });
    sandboxes.set(sre, sandbox);
    return sandbox;
  };
  return ({ module, manifest, carried }, entry, given) => {
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
    return sandboxFor(manifest.sre).run({ call, module, input, context, files, wallMs: 120_000 });
  };
}
