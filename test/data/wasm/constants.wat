;; Extended constant expressions in globals, offsets and tables.
(module
  (global $base i32 (i32.const 40))
  (global $sum i32 (i32.add (i32.mul (i32.const 3) (i32.const 7)) (i32.sub (i32.const 2) (i32.const 5))))
  (global $long i64 (i64.mul (i64.const 0x100000001) (i64.sub (i64.const 0) (i64.const 3))))
  (memory (export "memory") 1)
  (data (offset (i32.add (i32.const 60) (i32.const 4))) "here")
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "run") (param i32 i32) (result i64)
    (i32.store (i32.const 0) (global.get $sum)) (i64.store (i32.const 8) (global.get $long))
    (i32.store (i32.const 16) (i32.load (i32.const 64))) (i32.store (i32.const 20) (global.get $base))
    (i64.const 24)))
