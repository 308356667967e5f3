;; A start function that traps once it has worked a little.
(module
  (memory (export "memory") 1)
  (func $start (local i32)
    (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100))))
    (i32.store (i32.const 0) (local.get 0)) (unreachable))
  (start $start)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "run") (param i32 i32) (result i64) (i64.const 0)))
