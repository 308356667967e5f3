// Typed values as JSON, for every ABI whose calls have types. Pure: text in, values out, and back. Specified in
// sre/SPEC.md, rules J1 to J6.
export { ValueError } from "./error.ts";
export { VALUE_LIMITS } from "./limits.ts";
export { readArguments, readValue } from "./read.ts";
export type { Case, Field, Value, ValueType, VariantCase } from "./type.ts";
export { writeValue } from "./write.ts";
