// Small valid modules that between them have every section, every kind of instruction and every option of the
// profiles: what mutations start from.

const CONTROL = `(module
  (type $pair (func (param i32 i64) (result f32 f64)))
  (import "lockstep" "log" (func $log (param i32 i32)))
  (table $t 4 8 funcref) (table $x 2 externref)
  (memory (export "memory") 1 3)
  (global $g (mut i32) (i32.const 7)) (global $c i64 (i64.add (i64.const 1) (i64.const 2)))
  (global $f funcref (ref.func $pair))
  (func $pair (type $pair) (local f32 f64 i32)
    block (result f32) loop (param) i32.const 1 br_if 0 end f32.const 1 local.get 0 br_if 0 end
    block block block local.get 0 br_table 0 1 2 end end end
    local.get 0 if (result f64) f64.const 2 else local.get 1 f64.convert_i64_s end)
  (func $tail (param i32 i64) (result f32 f64) local.get 0 local.get 1 i32.const 0 return_call_indirect $t (type $pair))
  (func $more (param i32) (result i32 i32) local.get 0 block (param i32) (result i32 i32) local.get 0 end)
  (func $other (param i32 i64) (result f32 f64) local.get 0 local.get 1 return_call $pair)
  (func $dead (result i32) block unreachable i32.add drop end i32.const 0 return i64.const 0 drop)
  (func (export "run") (param i32) (result i32)
    i32.const 0 i32.const 1 call $log
    local.get 0 i64.const 5 local.get 0 call_indirect $t (type $pair) drop drop
    local.get 0 i64.const 5 call $tail drop drop
    global.get $g i32.const 1 i32.add global.set $g
    ref.func $pair ref.is_null ref.null extern ref.is_null i32.or
    i32.const 1 i32.const 2 local.get 0 select (result i32) i32.xor)
  (start $go) (func $go)
  (elem (i32.const 0) $pair $tail) (elem $s func $more $log) (elem $e externref (ref.null extern)) (elem declare func $dead)
  (elem (table $x) (i32.const 0) externref (ref.null extern))
  (func $tables i32.const 0 i32.const 0 i32.const 1 table.init $t $s elem.drop $s
    i32.const 0 i32.const 1 i32.const 1 table.copy $t $t
    i32.const 0 i32.const 0 table.get $t table.set $t
    ref.null func i32.const 1 table.grow $t i32.const 0 ref.null extern i32.const 1 table.fill $x table.size $x drop drop))`;

const NUMBERS = `(module
  (memory 1 2) (data $d "hello") (data (i32.const 8) "there")
  (func (param i32 i64 f32 f64) (result f64) (local i64)
    local.get 0 i32.load offset=4 local.get 0 i32.load8_u i32.mul i32.popcnt i32.extend8_s
    local.get 1 i32.wrap_i64 i32.div_s local.tee 0 i64.extend_i32_u local.get 1 i64.rotl local.set 4
    local.get 0 local.get 4 i64.store16 local.get 0 local.get 2 f32.sqrt f32.store align=1
    local.get 2 f32.const nan f32.add f64.promote_f32 local.get 3 f64.max f64.floor local.get 3 f64.copysign
    i64.trunc_sat_f64_s f64.convert_i64_u local.get 3 i64.reinterpret_f64 drop)
  (func i32.const 0 i32.const 0 i32.const 5 memory.init $d data.drop $d
    i32.const 0 i32.const 1 i32.const 2 memory.copy i32.const 0 i32.const 1 i32.const 2 memory.fill
    memory.size memory.grow drop))`;

const VECTORS = `(module (memory 1)
  (func (param v128 i32) (result v128) (local v128)
    local.get 1 v128.load offset=16 local.get 0 i8x16.shuffle 0 1 2 3 4 5 6 7 24 25 26 27 28 29 30 31
    local.get 1 v128.load8x8_s i16x8.mul local.tee 2 i32x4.extract_lane 3 i8x16.splat
    local.get 1 local.get 2 v128.load16_lane 5 f32x4.sqrt f32x4.pmin f64x2.promote_low_f32x4
    f32.const 1 f32x4.replace_lane 1 local.get 1 i64x2.shl local.get 2 local.get 0 v128.bitselect
    local.get 1 local.get 2 v128.store32_lane 1 local.get 1 v128.load64_zero i32x4.dot_i16x8_s
    v128.const i32x4 1 2 3 4 i64x2.extmul_high_i32x4_u)
  (global v128 (v128.const i64x2 0 1)))`;

const OPTIONS = `(module
  (memory $a 1) (memory $w i64 1 2) (table $t i64 1 4 funcref) (tag $e (param i32 i64)) (tag $n)
  (data (i32.const 0) "narrow") (elem (table $t) (i64.const 0) func $thrower)
  (export "e" (tag $e))
  (func $thrower (param i32) local.get 0 if local.get 0 i64.const 1 throw $e end)
  (func (result i32) (local exnref)
    block $all (result exnref) block $out block $pair (result i32 i64 exnref) block (result i32 i64)
      try_table (catch $e 0) (catch_ref $e $pair) (catch_all $out) (catch_all_ref $all)
        i32.const 1 call $thrower i32.const 1 i64.const 0 call_indirect $t (param i32) end
      i32.const 0 return end drop return end local.set 0 drop return end throw $n end throw_ref)
  (func i64.const 0 i64.const 0 i64.load32_u $w i64.store $w i32.const 0 i32.load $a drop
    i64.const 0 i32.const 0 i32.const 1 memory.copy $w $a i64.const 0 i32.const 0 i64.const 1 memory.fill $w
    i64.const 1 memory.grow $w drop ref.null func i64.const 1 table.grow $t drop i64.const 0 table.get $t drop))`;

/** The modules in text; `wat` of `wat.ts` assembles them. */
export const SAMPLES: readonly string[] = [CONTROL, NUMBERS, VECTORS, OPTIONS];
