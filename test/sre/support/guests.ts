// Small guests of the ABI bytes/1 in WebAssembly text.

/** A guest whose entry `run` has the body `run`; `alloc` gives 1024; further fields come before. */
export function guest(run: string, fields = "", pages = 1): string {
  return `(module ${fields}
    (memory (export "memory") ${pages})
    (func (export "alloc") (param i32) (result i32) (i32.const 1024))
    (func (export "run") (param $pointer i32) (param $length i32) (result i64) (local $i i32) (local $x i64) (local $f f64)
      ${run}))`;
}

/** Answers the input. */
export const ECHO = guest(`
  (i64.or (i64.shl (i64.extend_i32_u (local.get $pointer)) (i64.const 32)) (i64.extend_i32_u (local.get $length)))`);

/** Runs forever. */
export const SPIN = guest(`(loop (br 0)) (i64.const 0)`);

/** Calls itself forever. */
export const RECURSE = guest(
  `(drop (call $deep (i32.const 0))) (i64.const 0)`,
  `
  (func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))`,
);

/** Logs its input as often as its first byte says, then answers nothing. */
export const LOG = guest(
  `
  (local.set $i (i32.load8_u (local.get $pointer)))
  (loop (if (local.get $i) (then
    (call $log (local.get $pointer) (local.get $length))
    (local.set $i (i32.sub (local.get $i) (i32.const 1)))
    (br 1))))
  (i64.const 0)`,
  `(import "lockstep" "log" (func $log (param i32 i32)))`,
);

/** Aborts with its input as the message; what follows must not run. */
export const ABORT = guest(
  `(call $abort (local.get $pointer) (local.get $length)) (loop (br 0)) (i64.const 0)`,
  `(import "lockstep" "abort" (func $abort (param i32 i32)))`,
);

/** Answers the 8 bytes at address 0, then changes them; a global counts too. What it answers shows leftovers. */
export const STICKY = guest(
  `
  (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (i64.extend_i32_u (global.get $count))))
  (global.set $count (i32.add (global.get $count) (i32.const 1)))
  (i64.store (i32.const 8) (i64.add (i64.load (i32.const 0)) (i64.const 7)))
  (i64.store (i32.const 0) (i64.load (i32.const 8)))
  (i64.const 8)`,
  `(global $count (mut i32) (i32.const 1))`,
);

/**
 * Calls itself 900 deep, 60 times. Before and after its call it computes the same `values` numbers, which an optimising
 * compiler may keep over the call: megabytes of native stack for a few bytes of metric.
 */
export function hoard(values: number): string {
  const number = (at: number) => `(i64.mul (local.get $x) (i64.add (local.get $x) (i64.const ${2 * at + 3})))`;
  const add = (at: number) => `(local.set $a (i64.xor (i64.rotl (local.get $a) (i64.const 1)) ${number(at)}))`;
  const all = Array.from({ length: values }, (_, at) => at);
  return guest(
    `(loop
      (drop (call $f (i64.extend_i32_u (local.get $i)) (i32.const 900)))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 60))))
    (i64.const 0)`,
    `(func $f (param $x i64) (param $deep i32) (result i64) (local $a i64)
      ${all.map(add).join(" ")}
      (if (i32.eqz (local.get $deep)) (then (return (local.get $a))))
      (local.set $a (i64.add (local.get $a) (call $f (local.get $x) (i32.sub (local.get $deep) (i32.const 1)))))
      ${all.reverse().map(add).join(" ")}
      (local.get $a))`,
  );
}
