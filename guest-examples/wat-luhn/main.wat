;; Which of these card numbers are mistyped? One number a line, spaces and dashes as people like; each line comes back with
;; the verdict of Luhn's checksum behind it. The ABI is bytes/1: `alloc` makes room for the input, a function takes its
;; place and length, and gives place << 32 | length of its output.
(module
  (memory (export "memory") 1)
  ;; The first free byte.
  (global $free (mut i32) (i32.const 16))
  (data (i32.const 0) " valid\n wrong\n")

  (func $alloc (export "alloc") (param $size i32) (result i32)
    (local $at i32)
    (local $pages i32)
    (local.set $at (global.get $free))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.set $pages
      (i32.sub (i32.add (i32.shr_u (global.get $free) (i32.const 16)) (i32.const 1)) (memory.size)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then unreachable))))
    (local.get $at))

  ;; Digits of twice a digit, summed.
  (func $twice (param $digit i32) (result i32)
    (i32.sub
      (i32.shl (local.get $digit) (i32.const 1))
      (i32.mul (i32.gt_u (local.get $digit) (i32.const 4)) (i32.const 9))))

  (func (export "check") (param $at i32) (param $length i32) (result i64)
    (local $end i32)
    (local $out i32)
    (local $to i32)
    (local $byte i32)
    ;; Two sums of the line so far: as if its last digit counted once, and as if it counted twice.
    (local $once i32)
    (local $doubled i32)
    (local $digits i32)
    (local $other i32)
    (local $swap i32)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    ;; The shortest line, an end alone, grows the most: by a factor of seven. One more end may be added at the end.
    (local.set $out (call $alloc (i32.mul (i32.add (local.get $length) (i32.const 1)) (i32.const 7))))
    (local.set $to (local.get $out))
    (block $done
      (loop $next
        (if (i32.eq (local.get $at) (local.get $end))
          (then
            ;; A last line without an end is a line.
            (br_if $done (i32.eqz (i32.or (local.get $digits) (local.get $other))))
            (local.set $byte (i32.const 10)))
          (else
            (local.set $byte (i32.load8_u (local.get $at)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))))
        (if (i32.eq (local.get $byte) (i32.const 10))
          (then
            (memory.copy
              (local.get $to)
              (select
                (i32.const 0)
                (i32.const 7)
                (i32.and
                  (i32.and (i32.gt_u (local.get $digits) (i32.const 1)) (i32.eqz (local.get $other)))
                  (i32.eqz (i32.rem_u (local.get $once) (i32.const 10)))))
              (i32.const 7))
            (local.set $to (i32.add (local.get $to) (i32.const 7)))
            (local.set $once (i32.const 0))
            (local.set $doubled (i32.const 0))
            (local.set $digits (i32.const 0))
            (local.set $other (i32.const 0))
            (br $next)))
        (i32.store8 (local.get $to) (local.get $byte))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 48)) (i32.const 10))
          (then
            (local.set $byte (i32.sub (local.get $byte) (i32.const 48)))
            (local.set $swap (i32.add (local.get $doubled) (local.get $byte)))
            (local.set $doubled (i32.add (local.get $once) (call $twice (local.get $byte))))
            (local.set $once (local.get $swap))
            (local.set $digits (i32.add (local.get $digits) (i32.const 1)))
            (br $next)))
        ;; Neither a space nor a dash.
        (if (i32.and (i32.ne (local.get $byte) (i32.const 32)) (i32.ne (local.get $byte) (i32.const 45)))
          (then (local.set $other (i32.const 1))))
        (br $next)))
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $out)) (i64.const 32))
      (i64.extend_i32_u (i32.sub (local.get $to) (local.get $out))))))
