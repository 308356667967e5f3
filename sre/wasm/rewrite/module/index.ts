// The door of reading: bytes in, a validated module and its tape out.
export { NAN_SIZE, PIN_SIZE, SIZES } from "./expansion.ts";
export {
  DETAILS,
  HANDLER,
  HANDLERS,
  MISC,
  NAMES,
  NAN_CLASS,
  NANS,
  PRICES,
  SIGNATURES,
  VECTOR,
} from "./opcodes.ts";
export { type ModuleRead, readModule } from "./read.ts";
export { SECTION } from "./sections.ts";
export { type Body, MARK, Tape } from "./tape.ts";
export {
  type ExportKind,
  FEATURES,
  type Feature,
  type Foreign,
  type FunctionImport,
  type FunctionType,
  type Limits,
  MENTION,
  type Module,
  type ModuleExport,
  type Redirect,
  VALUE_TYPES,
  type ValueType,
} from "./types.ts";
