// A side door of sre/wasm for the SREs that stand on its engine: what an ABI and a kind are made of.
export { type Abi, ENTRY_NAME, type Guest, type Known, type Offer, type Ready, type Watching } from "./abi/abi.ts";
export { bitsOf } from "./abi/floats.ts";
export type { Form, Info } from "./form.ts";
export { GuestEnded, Host } from "./host.ts";
export type { Kind } from "./kind.ts";
export { CEILINGS, HOST_CALL_BYTES, PAGE_BYTES } from "./limits.ts";
export { PROFILES, type Profile } from "./profile.ts";
export { rewrite } from "./rewrite/index.ts";
export { isUtf8 } from "./rewrite/module/utf8.ts";
export { Writer } from "./rewrite/writer.ts";
