// The door of the rewriter: bytes in, bytes out, pure.
export { guestExport, INTERNAL_EXPORTS, memoryExport } from "./layout.ts";
export { REWRITE_LIMITS } from "./limits.ts";
export { LINK_IMPORTS, LINK_MODULE, type Linking, mostImport, type Space } from "./link.ts";
export { METERING } from "./metering.ts";
export {
  type ExportKind,
  FEATURES,
  type Feature,
  type FunctionImport,
  type FunctionType,
  type ModuleExport,
  type ValueType,
} from "./module/index.ts";
export { Reader } from "./module/reader.ts";
export { type RewriteOptions, type RewriteResult, type Rewritten, rewrite, type Watched } from "./pipeline.ts";
export { PROBES } from "./probes.ts";
export { type Refusal, type RefusalCode, refusalOf } from "./refusal.ts";
