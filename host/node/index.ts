// The door of host/node.
export { BlobStore } from "./blobs.ts";
export { diskError, errnoOf, readBounded, writeWhole } from "./files.ts";
export { Home } from "./home.ts";
export { createKey, keyPath, listKeys, namedKey, ORDERER_KEY, openKey, readKey } from "./keys.ts";
export { HOST_LIMITS } from "./limits.ts";
export { type NodeOptions, type RunningNode, startNode } from "./node.ts";
export { type Offer, type ProviderOptions, type RunningProvider, startProvider } from "./provider.ts";
export { addTrust, ownTrust, readTrust } from "./trust-store.ts";
