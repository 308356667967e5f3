;; What ordinary modules have and an engine should not see: exported tables and globals, floats in exported functions,
;; exports named like ours.
(module
  (memory (export "memory") 1)
  (table (export "table") 2 funcref)
  (global (export "fuel") (mut i64) (i64.const 7))
  (global (export "stack") (mut i32) (i32.const 8))
  (func (export "start") (param f64) (result f64) (f64.add (local.get 0) (f64.const 1)))
  (func (export "end") (result v128) (v128.const i64x2 1 2))
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "run") (param i32 i32) (result i64)
    (i64.store (i32.const 0) (global.get 0)) (i32.store (i32.const 8) (global.get 1)) (i64.const 16)))
