;; Growth: the answer is what memory.grow and memory.size said, three times, for pages named by the input.
(module
  (memory (export "memory") 1 40)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "run") (param $p i32) (param $n i32) (result i64) (local $at i32)
    (loop $l
      (i32.store (local.get $at) (memory.grow (i32.load8_u (local.get $p))))
      (i32.store offset=4 (local.get $at) (memory.size))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    ;; The last byte of what there is now.
    (i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (i32.const 0xee))
    (drop (memory.grow (i32.const -1)))
    (i64.extend_i32_u (local.get $at))))
