// One small module per feature, valid only for an engine that has it.
import { wat } from "../../sre/support/wat.ts";

const withinMemory = (body: string) => `(module (memory 1) (func (param v128) (result v128) ${body}))`;

/** Modules by feature: those of the base profile first, then the options, each a profile of its own. */
export const FEATURES: Readonly<Record<string, Uint8Array>> = {
  simd: wat(withinMemory("(f32x4.add (local.get 0) (v128.load (i32.const 0)))")),
  "tail-calls": wat("(module (func $f (return_call $f)))"),
  "extended-constants": wat("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))"),
  "table-grow": wat("(module (table 1 funcref) (func (drop (table.grow 0 (ref.null func) (i32.const 1)))))"),
  exceptions: wat("(module (tag $t) (func (block $h (try_table (catch $t $h) (throw $t)))))"),
  memory64: wat("(module (memory i64 1) (func (drop (i32.load (i64.const 0)))))"),
  "multi-memory": wat("(module (memory 1) (memory $b 1) (func (drop (i32.load $b (i32.const 0)))))"),
};

/** The options of a profile, in the order of their names. */
export const OPTIONS = ["exceptions", "memory64", "multi-memory"] as const;
