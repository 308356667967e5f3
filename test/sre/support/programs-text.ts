// The WebAssembly text of a random program, as a guest of the ABI bytes/1 that answers its first 4 KiB of memory.
import type { Node, Program } from "./programs.ts";

/** Bytes of memory that a program touches and answers. */
export const MEMORY_BYTES = 4096;
/** Addresses are cut to this mask, so that no access leaves the first 4 KiB. */
const MASK = "(i32.const 4088)";

/** A module whose entry `run` calls the last function with 11 and 22 and stores its result at address 0. */
export function programText(program: Program): string {
  const functions = program.functions.map((body, index) => functionText(body, index)).join("\n");
  const names = program.functions.map((_, index) => `$f${index}`).join(" ");
  const last = program.functions.length - 1;
  return `(module
    (type $t (func (param i32 i32) (result i32)))
    (memory (export "memory") 1) (table funcref (elem ${names}))
    ${functions}
    (func (export "alloc") (param i32) (result i32) (i32.const 8192))
    (func (export "run") (param i32 i32) (result i64)
      (i32.store (i32.const 0) (call $f${last} (i32.const 11) (i32.const 22)))
      (i64.const ${MEMORY_BYTES})))`;
}

function functionText(body: readonly Node[], index: number): string {
  const locals = "(local i32 i32 i32 i32 i32 i32 i32 f64 f64)";
  return `(func $f${index} (type $t) (param i32 i32) (result i32) ${locals} ${lines(body)} (local.get 2))`;
}

const lines = (nodes: readonly Node[]): string => nodes.map(node).join(" ");

const address = (at: Node): string => `(i32.and ${node(at)} ${MASK})`;

/** What a node reads as. */
function node(it: Node): string {
  if (it.op === "const" && "value" in it) return `(i32.const ${it.value})`;
  if ("bits" in it) return `(f64.reinterpret_i64 (i64.const ${it.bits}))`;
  if ((it.op === "get" || it.op === "fget") && "local" in it) return `(local.get ${it.local})`;
  if (!("args" in it)) throw new Error(it.op);
  const [a, b, c] = it.args;
  if ("local" in it) return `(local.tee ${it.local} ${node(a!)})`;
  if ("target" in it) {
    const args = `${node(a!)} ${node(b!)}`;
    return it.op === "call"
      ? `(call $f${it.target} ${args})`
      : `(call_indirect (type $t) ${args} (i32.const ${it.target}))`;
  }
  if ("length" in it)
    return `(memory.${it.op} ${address(a!)} ${it.op === "copy" ? address(b!) : node(b!)} (i32.const ${it.length}))`;
  if ("counter" in it) {
    const count = `(local.tee ${it.counter} (i32.sub (local.get ${it.counter}) (i32.const 1)))`;
    return `(local.set ${it.counter} (i32.const ${it.times})) (loop ${lines(it.args)} (br_if 0 ${count}))`;
  }
  if ("cases" in it) {
    const [, ...arms] = it.args;
    const table = `(br_table 0 1 2 ${node(a!)})`;
    return `(block (block (block ${table}) ${node(arms[0]!)} (br 1)) ${node(arms[1]!)}) ${node(arms[2]!)}`;
  }
  return SHAPES[it.op]?.(it.args) ?? plain(it.op, [a, b, c]);
}

const SHAPES: Readonly<Record<string, (args: readonly Node[]) => string>> = {
  set: ([local, value]) => `(local.set ${localOf(local!)} ${node(value!)})`,
  fset: ([local, value]) => `(local.set ${localOf(local!)} ${node(value!)})`,
  store: ([at, value]) => `(i32.store ${address(at!)} ${node(value!)})`,
  fstore: ([at, value]) => `(f64.store ${address(at!)} ${node(value!)})`,
  load: ([at]) => `(i32.load ${address(at!)})`,
  drop: ([value]) => `(drop ${node(value!)})`,
  if: ([test, ...rest]) => `(if ${node(test!)} (then ${lines(rest)}))`,
  ifelse: ([test, yes, no]) => `(if ${node(test!)} (then ${node(yes!)}) (else ${node(no!)}))`,
  exit_if: ([test, ...rest]) => `(block (br_if 0 ${node(test!)}) ${lines(rest)})`,
  return_if: ([test, value]) => `(if ${node(test!)} (then (return ${node(value!)})))`,
  dead: (rest) => `(block (br 0) ${lines(rest)})`,
  select: ([yes, no, test]) => `(select ${node(yes!)} ${node(no!)} ${node(test!)})`,
  value_if: ([test, yes, no]) => `(if (result i32) ${node(test!)} (then ${node(yes!)}) (else ${node(no!)}))`,
  value_block: ([value, test, other]) =>
    `(block (result i32) (drop (br_if 0 ${node(value!)} ${node(test!)})) ${node(other!)})`,
  trunc_sat: ([value]) => `(i32.trunc_sat_f64_s ${node(value!)})`,
  bits: ([value]) => `(i32.wrap_i64 (i64.shr_u (i64.reinterpret_f64 ${node(value!)}) (i64.const 32)))`,
  wide_mul: ([a, b]) => `(i32.wrap_i64 (i64.mul (i64.extend_i32_u ${node(a!)}) (i64.extend_i32_s ${node(b!)})))`,
  convert: ([value]) => `(f64.convert_i32_s ${node(value!)})`,
  narrow: ([value]) => `(f64.promote_f32 (f32.demote_f64 ${node(value!)}))`,
};

const localOf = (it: Node): number => ("local" in it ? it.local : -1);

function plain(op: string, args: readonly (Node | undefined)[]): string {
  const name = op.startsWith("f") ? `f64.${op.slice(1)}` : `i32.${op}`;
  return `(${name} ${args.flatMap((arg) => (arg === undefined ? [] : [node(arg)])).join(" ")})`;
}
