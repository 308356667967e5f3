// The side door of host/node for whoever needs the data directory alone: paths, files, keys, trust. It loads neither
// ledger nor HTTP nor SQLite, so that `verify` and `key` start at once; nothing behind it may import them.
export { diskError, errnoOf, readBounded, writeWhole } from "./files.ts";
export { Home } from "./home.ts";
export { createKey, keyPath, listKeys, namedKey, ORDERER_KEY, openKey, readKey } from "./keys.ts";
export { HOST_LIMITS } from "./limits.ts";
export { addTrust, ownTrust, readTrust } from "./trust-store.ts";
