;; A memory with 64-bit addresses: loads past 4 GiB trap, growth counts in i64, bulk lengths too.
(module
  (memory (export "memory") i64 1 8)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "run") (param $p i32) (param $n i32) (result i64)
    (i64.store (i64.const 0) (memory.grow (i64.const 2)))
    (i64.store (i64.const 8) (memory.size))
    (i64.store (i64.const 16) (memory.grow (i64.const 0x100000000)))
    (memory.fill (i64.const 64) (i32.const 3) (i64.const 100))
    (memory.copy (i64.const 100) (i64.const 64) (i64.const 50))
    (if (local.get $n) (then (drop (i64.load (i64.const 0x100000000)))))
    (i64.const 200)))
