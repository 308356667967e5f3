;; A memory and a table that the module wants from outside; it gets ones of its own with the same limits.
(module
  (import "env" "memory" (memory 1 3))
  (import "env" "table" (table 4 8 funcref))
  (export "memory" (memory 0))
  (elem (i32.const 1) func $seven)
  (func $seven (result i32) (i32.const 7))
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "run") (param i32 i32) (result i64)
    (i32.store (i32.const 0) (call_indirect (result i32) (i32.const 1)))
    (i32.store (i32.const 4) (memory.grow (i32.const 1))) (i32.store (i32.const 8) (memory.grow (i32.const 9)))
    (i64.const 12)))
