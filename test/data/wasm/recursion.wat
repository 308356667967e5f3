;; Recursion of frames of different sizes until the stack's metric is used up: the depth must not depend on the tier.
(module
  (memory (export "memory") 1)
  (global $depth (mut i32) (i32.const 0))
  (func (export "alloc") (param i32) (result i32) (i32.const 64))
  (func $wide (param i64 i64 f64) (result f64) (local i64 i64 i64 i64 f64 f64 f64)
    (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
    (f64.add (call $narrow (i32.const 1)) (call $wide (local.get 0) (i64.mul (local.get 1) (i64.const 3)) (local.get 2))))
  (func $narrow (param i32) (result f64)
    (if (result f64) (local.get 0) (then (call $narrow (i32.const 0))) (else (f64.const 0.5))))
  (func (export "run") (param i32 i32) (result i64)
    (drop (call $wide (i64.const 1) (i64.const 2) (f64.const 3)))
    (i64.const 8)))
