;; An active segment that does not fit, after one that does.
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "fits") (data (i32.const 65533) "does not")
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "run") (param i32 i32) (result i64) (i64.const 0)))
