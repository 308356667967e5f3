// The door of chain/protocol: everything that the rest of the house may use of it.
export * from "./context.ts";
export * from "./crypto.ts";
export * from "./equation.ts";
export * from "./errors.ts";
export * from "./limits.ts";
export * from "./units.ts";
