// The door of reading: bytes in, a validated module and its tape out.
export { OPTIONAL, OUTSIDE } from "./features.ts";
export {
  DETAILS,
  HANDLER,
  HANDLERS,
  MISC,
  NAMES,
  NAN_CLASS,
  NANS,
  OPERAND,
  PRICES,
  SIGNATURES,
  VECTOR,
} from "./opcodes.ts";
export { type ModuleRead, readModule } from "./read.ts";
export { Reader } from "./reader.ts";
export { type Body, MARK, Tape } from "./tape.ts";
export {
  type Entries,
  type ExportKind,
  FEATURES,
  type Feature,
  type FunctionImport,
  type FunctionType,
  type Global,
  type Limits,
  MENTION,
  type Memory,
  type Module,
  type ModuleExport,
  type Range,
  type Redirect,
  type Table,
  VALUE_TYPES,
  type ValueType,
} from "./types.ts";
