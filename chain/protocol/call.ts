// From an order to its call: what exactly has to be computed. Everybody derives it alike, the ledger to bind a
// receipt to its job, the provider to run it, a verifier to run it again.
import { type CallBeforeContext, type Context, type ContextRequest, context } from "./context.ts";
import type { Crypto } from "./crypto.ts";
import { encodeDocument } from "./document.ts";
import { type BlobRef, type Call, call, type Limits, limits } from "./equation.ts";
import { digestOf, type Json } from "./jcs.ts";
import { type Deployment, deployment } from "./transaction.ts";
import type { AccountId, Digest } from "./units.ts";

/** The seed of a call that names none: equal calls have equal seeds, and nobody needs to choose one. */
function defaultSeed(crypto: Crypto, before: CallBeforeContext): Digest {
  return digestOf(crypto, {
    entry: before.entry,
    input: before.input,
    limits: encodeDocument(limits, before.limits),
    module: before.module,
    tag: "lockstep/seed/v1",
  });
}

/** Fills in every default of a context: no arguments, capabilities, environment or files; clock 0; derived seed. */
export function resolveContext(crypto: Crypto, request: ContextRequest, before: CallBeforeContext): Context {
  return {
    args: request.args ?? [],
    capabilities: request.capabilities ?? [],
    clock: request.clock ?? 0n,
    env: request.env ?? {},
    files: request.files ?? {},
    seed: request.seed ?? defaultSeed(crypto, before),
  };
}

/** What a call is made of besides its code: an order's own part. */
export interface CallRequest {
  readonly input: BlobRef;
  readonly limits: Limits;
  readonly context: ContextRequest;
}

/** The code side of a call: a deployment, or a module on the local disk. */
export type Code = Pick<Deployment, "sre" | "abi" | "entry" | "profile"> & { readonly module: Pick<BlobRef, "sha256"> };

/** The call that code and request make, with the resolved context whose digest it carries. */
export function callOf(crypto: Crypto, code: Code, request: CallRequest): { call: Call; context: Context } {
  const before: CallBeforeContext = {
    sre: code.sre,
    module: code.module.sha256,
    entry: code.entry,
    abi: code.abi,
    profile: code.profile,
    input: request.input,
    limits: request.limits,
    before: null,
  };
  const resolved = resolveContext(crypto, request.context, before);
  const digest = digestOf(crypto, encodeDocument(context, resolved));
  return { call: { ...before, context: digest }, context: resolved };
}

/** Digest of a call's JCS: what the ledger keeps of a call. */
export function callDigest(crypto: Crypto, value: Call): Digest {
  return digestOf(crypto, encodeDocument(call, value));
}

/** The id of a deployment: digest over its owner and content, so the same deployment is never there twice. */
export function deploymentId(crypto: Crypto, owner: AccountId, value: Deployment): Digest {
  const content: Json = { deployment: encodeDocument(deployment, value), owner };
  return digestOf(crypto, content);
}
