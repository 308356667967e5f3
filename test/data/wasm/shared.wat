;; Threads: refused by name.
(module
  (memory (export "memory") 1 2 shared)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "run") (param i32 i32) (result i64) (drop (i32.atomic.load (i32.const 0))) (i64.const 0)))
