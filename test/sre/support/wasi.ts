// A guest that makes the calls of WASI that a script tells it to, one after the other, and writes script and data out
// again with what became of them: every rule of the ABI can be tried from a test, on every engine.
import { WASI_IMPORTS } from "../../../sre/wasm/abi/wasi/imports.ts";
import { ERRNO } from "../../../sre/wasm/abi/wasi/numbers.ts";
import { wat } from "./wat.ts";

/** Where the script lies in the guest's memory; its vectors lie below. */
const IMAGE = 0x10000;
/** Bytes of the script's head: number of calls, bytes of the whole image. */
const HEAD_BYTES = 16;
/** Bytes of a call: function, errno, and room for nine parameters. */
const CALL_BYTES = 80;
/** Errno of a call that was not made. */
const NOT_MADE = 0xffff;

/** Text of the guest that calls the functions of one module, as an export `_start`. */
export function proberText(module: string): string {
  const offers = WASI_IMPORTS.filter((offer) => offer.module === module);
  const imports = offers.map(({ name, type }) => {
    const result = type.results.length === 0 ? "" : "(result i32)";
    return `(import "${module}" "${name}" (func $${name} (param ${type.params.join(" ")}) ${result}))`;
  });
  const cases = offers.map(({ name, type }) => {
    const values = type.params.map((param, index) => {
      const load = `(i64.load offset=${8 + 8 * index} (local.get $at))`;
      return param === "i64" ? load : `(i32.wrap_i64 ${load})`;
    });
    const call = `(call $${name} ${values.join(" ")})`;
    return type.results.length === 0 ? call : `(i32.store offset=4 (local.get $at) ${call})`;
  });
  const labels = offers.map((_, index) => `$case${index}`);
  const bodies = cases.map((body) => `) ${body} (br $made)`).join("\n");
  return `(module ${imports.join("\n")}
    (memory (export "memory") 64)
    (func (export "_start") (local $at i32) (local $left i32)
      (i32.store (i32.const 0) (i32.const ${IMAGE}))
      (i32.store (i32.const 4) (i32.const ${0x10_0000}))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $left (i32.load (i32.const ${IMAGE})))
      (local.set $at (i32.const ${IMAGE + HEAD_BYTES}))
      (block $done (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (block $made
          ${labels
            .map((label) => `(block ${label}`)
            .reverse()
            .join(" ")}
          (br_table ${labels.join(" ")} (i32.load (local.get $at)))
          ${bodies})
        (local.set $at (i32.add (local.get $at) (i32.const ${CALL_BYTES})))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
      (i32.store (i32.const 4) (i32.load offset=4 (i32.const ${IMAGE})))
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))`;
}

const probers = new Map<string, Uint8Array>();

/** The guest. */
export function prober(module: string): Uint8Array {
  const made = probers.get(module) ?? wat(proberText(module));
  probers.set(module, made);
  return made;
}

/** Numbers of the names that may be called. */
const indexOf = (module: string, name: string): number => {
  const index = WASI_IMPORTS.filter((offer) => offer.module === module).findIndex((offer) => offer.name === name);
  if (index < 0) throw new Error(`${module} has no ${name}`);
  return index;
};

/** A value of a call; a pair is a pointer and a length. */
export type Value = number | bigint | readonly [pointer: number, length: number];

/** A script under way: data are placed, then calls are added that point to them. */
export class Script {
  readonly module: string;
  private readonly calls: { readonly name: string; readonly values: readonly (number | bigint)[] }[] = [];
  private readonly data: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  /** Where the next data go: behind the calls. */
  private end: number;

  /** Has room for so many calls. */
  constructor(module = "wasi_snapshot_preview1", calls = 500) {
    this.module = module;
    this.end = IMAGE + HEAD_BYTES + calls * CALL_BYTES;
  }

  /** Places bytes; their pointer and length. */
  bytes(content: string | Uint8Array): [pointer: number, length: number] {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const at = this.room(bytes.length);
    this.data.push({ at, bytes });
    return [at, bytes.length];
  }

  /** Makes room for a result, in which every byte is 0xaa at first; its pointer. */
  room(size: number): number {
    const at = this.end;
    this.end += Math.ceil((size + 1) / 8) * 8;
    this.data.push({ at, bytes: new Uint8Array(size).fill(0xaa) });
    return at;
  }

  /** Places vectors of these ranges; their pointer and number. */
  vectors(...ranges: readonly (readonly [pointer: number, length: number])[]): [pointer: number, count: number] {
    const bytes = new Uint8Array(8 * ranges.length);
    const view = new DataView(bytes.buffer);
    for (const [index, [pointer, length]] of ranges.entries()) {
      view.setUint32(8 * index, pointer, true);
      view.setUint32(8 * index + 4, length, true);
    }
    return [this.bytes(bytes)[0], ranges.length];
  }

  /** Adds a call; its number. */
  call(name: string, ...values: readonly Value[]): number {
    this.calls.push({ name, values: values.flat() as (number | bigint)[] });
    return this.calls.length - 1;
  }

  /** Opens a path below a descriptor with all rights or those given; the call's number. The result goes nowhere. */
  open(path: string, oflags = 0, { fd = 3, lookup = 0, base = 0n, inheriting = 0n, flags = 0 } = {}): number {
    return this.call("path_open", fd, lookup, this.bytes(path), oflags, base, inheriting, flags, this.room(4));
  }

  /** The input for the guest. */
  input(): Uint8Array {
    const image = new Uint8Array(this.end - IMAGE);
    const view = new DataView(image.buffer);
    view.setUint32(0, this.calls.length, true);
    view.setUint32(4, image.length, true);
    for (const [index, { name, values }] of this.calls.entries()) {
      const at = HEAD_BYTES + index * CALL_BYTES;
      view.setUint32(at, indexOf(this.module, name), true);
      view.setUint32(at + 4, NOT_MADE, true);
      for (const [place, value] of values.entries()) view.setBigInt64(at + 8 + 8 * place, BigInt(value), true);
    }
    for (const { at, bytes } of this.data) image.set(bytes, at - IMAGE);
    return image;
  }
}

const NAMES = new Map(Object.entries(ERRNO).map(([name, number]) => [number, name]));

/** What the guest wrote out: its script and data after all calls. */
export class Image {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  /** `output` begins with what calls have written to the output; the image is its end. */
  constructor(script: Script, output: Uint8Array) {
    this.bytes = output.slice(output.length - script.input().length);
    this.view = new DataView(this.bytes.buffer);
  }

  /** The errnos of all calls, by name. */
  get errnos(): string[] {
    const count = this.view.getUint32(0, true);
    return Array.from({ length: count }, (_, index) => {
      const number = this.view.getUint32(HEAD_BYTES + index * CALL_BYTES + 4, true);
      return NAMES.get(number) ?? String(number);
    });
  }

  /** Bytes at a pointer. */
  at(pointer: number, size: number): Uint8Array {
    return this.bytes.slice(pointer - IMAGE, pointer - IMAGE + size);
  }

  text(pointer: number, size: number): string {
    return new TextDecoder().decode(this.at(pointer, size));
  }

  u32(pointer: number): number {
    return this.view.getUint32(pointer - IMAGE, true);
  }

  u64(pointer: number): bigint {
    return this.view.getBigUint64(pointer - IMAGE, true);
  }
}

/** Text of a guest that writes arguments, environment, and the file `data/in.txt` to its output; code 3 without the file. */
export const TELLER = `(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $argsSize (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $envSize (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 4)
  (data (i32.const 64) "data/in.txt")
  (func $say (param $size i32)
    (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (local.get $size))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start")
    (drop (call $argsSize (i32.const 16) (i32.const 20)))
    (drop (call $args (i32.const 1024) (i32.const 65536)))
    (call $say (i32.load (i32.const 20)))
    (drop (call $envSize (i32.const 16) (i32.const 20)))
    (drop (call $env (i32.const 1024) (i32.const 65536)))
    (call $say (i32.load (i32.const 20)))
    (if (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 11) (i32.const 0)
          (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 24))
      (then (call $exit (i32.const 3))))
    (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const 65536))
    (drop (call $read (i32.load (i32.const 24)) (i32.const 0) (i32.const 1) (i32.const 16)))
    (call $say (i32.load (i32.const 16)))))`;
