// The door of the rewriter: bytes in, bytes out, pure.
export { INTERNAL_EXPORTS } from "./layout.ts";
export { REWRITE_LIMITS } from "./limits.ts";
export { type RewriteOptions, type RewriteResult, type Rewritten, rewrite } from "./pipeline.ts";
export type { Refusal, RefusalCode } from "./refusal.ts";
export type { ExportKind, FunctionImport, FunctionType, ModuleExport, ValueType } from "./types.ts";
