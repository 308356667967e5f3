// The door of sre/core.
export * from "./sandbox.ts";
