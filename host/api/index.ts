// The door of host/api.
export type { Backend, Blobs, Prover } from "./backend.ts";
export { type ApiServer, type Listen, serveApi } from "./server.ts";
