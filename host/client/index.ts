// The door of host/client.
export { Client } from "./client.ts";
export { followBlocks, type OnBreak, pause } from "./events.ts";
export { isPassing, nodeUrl } from "./http.ts";
export { ANSWERED, ENDED, type WaitOptions, waitForJob } from "./jobs.ts";
export { deploy, type OrderWishes, order } from "./orders.ts";
export { type Fields, Wallet } from "./wallet.ts";
