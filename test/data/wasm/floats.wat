;; A small n-body: each operation rounds, every tier must round alike; a NaN is made on the way and its bits answered.
(module
  (memory (export "memory") 1)
  (func (export "alloc") (param i32) (result i32) (i32.const 4096))
  (func $step (param $dt f64) (local $i i32) (local $at i32) (local $d f64)
    (loop $next
      (local.set $at (i32.mul (local.get $i) (i32.const 16)))
      (local.set $d (f64.add (f64.const 0.01) (f64.mul (f64.load (local.get $at)) (f64.load (local.get $at)))))
      (f64.store offset=8 (local.get $at)
        (f64.sub (f64.load offset=8 (local.get $at))
          (f64.div (f64.mul (f64.load (local.get $at)) (local.get $dt)) (f64.mul (local.get $d) (f64.sqrt (local.get $d))))))
      (f64.store (local.get $at)
        (f64.add (f64.load (local.get $at)) (f64.mul (local.get $dt) (f64.load offset=8 (local.get $at)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 8)))))
  (func (export "run") (param i32 i32) (result i64) (local $i i32)
    (loop $fill
      (f64.store (i32.mul (local.get $i) (i32.const 16)) (f64.div (f64.const 1) (f64.convert_i32_u (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $fill (i32.lt_u (local.get $i) (i32.const 8))))
    (local.set $i (i32.const 0))
    (loop $run
      (call $step (f64.const 0.003))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $run (i32.lt_u (local.get $i) (i32.const 2000))))
    (i64.const 128)))
