// The parts of WASI 0.2 that hand-made components import, in WIT, and commands that use them.
import { component } from "./component.ts";
import { ALLOCATOR } from "./component-text.ts";

/** Packages as a world's text has them behind its own. */
export const WASI2 = `
package wasi:io@0.2.3 {
  interface error { resource error { to-debug-string: func() -> string; } }
  interface poll { resource pollable { ready: func() -> bool; block: func(); } poll: func(in: list<borrow<pollable>>) -> list<u32>; }
  interface streams {
    use error.{error}; use poll.{pollable};
    variant stream-error { last-operation-failed(error), closed }
    resource input-stream {
      read: func(len: u64) -> result<list<u8>, stream-error>;
      blocking-read: func(len: u64) -> result<list<u8>, stream-error>;
      skip: func(len: u64) -> result<u64, stream-error>;
      subscribe: func() -> pollable;
    }
    resource output-stream {
      check-write: func() -> result<u64, stream-error>;
      write: func(contents: list<u8>) -> result<_, stream-error>;
      blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
      flush: func() -> result<_, stream-error>;
      write-zeroes: func(len: u64) -> result<_, stream-error>;
      splice: func(src: borrow<input-stream>, len: u64) -> result<u64, stream-error>;
    }
  }
}
package wasi:cli@0.2.3 {
  interface run { run: func() -> result; }
  interface environment {
    get-environment: func() -> list<tuple<string, string>>; get-arguments: func() -> list<string>;
    initial-cwd: func() -> option<string>;
  }
  interface exit { exit: func(status: result); exit-with-code: func(status-code: u8); }
  interface stdin { use wasi:io/streams@0.2.3.{input-stream}; get-stdin: func() -> input-stream; }
  interface stdout { use wasi:io/streams@0.2.3.{output-stream}; get-stdout: func() -> output-stream; }
  interface stderr { use wasi:io/streams@0.2.3.{output-stream}; get-stderr: func() -> output-stream; }
}
package wasi:clocks@0.2.3 {
  interface monotonic-clock {
    use wasi:io/poll@0.2.3.{pollable};
    now: func() -> u64; resolution: func() -> u64; subscribe-duration: func(when: u64) -> pollable;
  }
  interface wall-clock { record datetime { seconds: u64, nanoseconds: u32 } now: func() -> datetime; }
}
package wasi:random@0.2.3 {
  interface random { get-random-bytes: func(len: u64) -> list<u8>; get-random-u64: func() -> u64; }
  interface insecure-seed { insecure-seed: func() -> tuple<u64, u64>; }
}
package wasi:filesystem@0.2.3 {
  interface types {
    use wasi:io/streams@0.2.3.{input-stream, output-stream};
    enum error-code {
      access, would-block, already, bad-descriptor, busy, deadlock, quota, exist, file-too-large, illegal-byte-sequence,
      in-progress, interrupted, invalid, io, is-directory, loop, too-many-links, message-size, name-too-long, no-device,
      no-entry, no-lock, insufficient-memory, insufficient-space, not-directory, not-empty, not-recoverable, unsupported,
      no-tty, no-such-device, overflow, not-permitted, pipe, read-only, invalid-seek, text-file-busy, cross-device
    }
    flags path-flags { symlink-follow }
    flags open-flags { create, directory, exclusive, truncate }
    flags descriptor-flags { read, write, file-integrity-sync, data-integrity-sync, requested-write-sync, mutate-directory }
    enum descriptor-type { unknown, block-device, character-device, directory, fifo, symbolic-link, regular-file, socket }
    record directory-entry { %type: descriptor-type, name: string }
    resource descriptor {
      read: func(length: u64, offset: u64) -> result<tuple<list<u8>, bool>, error-code>;
      write: func(buffer: list<u8>, offset: u64) -> result<u64, error-code>;
      open-at: func(path-flags: path-flags, path: string, open-flags: open-flags, %flags: descriptor-flags) -> result<descriptor, error-code>;
      read-directory: func() -> result<directory-entry-stream, error-code>;
      get-type: func() -> result<descriptor-type, error-code>;
    }
    resource directory-entry-stream { read-directory-entry: func() -> result<option<directory-entry>, error-code>; }
  }
  interface preopens { use types.{descriptor}; get-directories: func() -> list<tuple<descriptor, string>>; }
}
package wasi:http@0.2.3 {
  interface types {
    use wasi:io/streams@0.2.3.{input-stream, output-stream};
    variant method { get, head, post, put, delete, connect, options, trace, patch, other(string) }
    variant error-code { internal-error(option<string>) }
    variant header-error { invalid-syntax, forbidden, immutable }
    resource fields {
      constructor();
      append: func(name: string, value: list<u8>) -> result<_, header-error>;
      get: func(name: string) -> list<list<u8>>;
    }
    resource incoming-request {
      method: func() -> method; path-with-query: func() -> option<string>; headers: func() -> fields;
      consume: func() -> result<incoming-body>;
    }
    resource incoming-body { %stream: func() -> result<input-stream>; }
    resource outgoing-response {
      constructor(headers: fields); set-status-code: func(code: u16) -> result; body: func() -> result<outgoing-body>;
    }
    resource outgoing-body {
      write: func() -> result<output-stream>;
      finish: static func(this: outgoing-body, trailers: option<fields>) -> result<_, error-code>;
    }
    resource response-outparam {
      set: static func(param: response-outparam, response: result<outgoing-response, error-code>);
    }
    resource outgoing-request { constructor(headers: fields); }
  }
  interface incoming-handler {
    use types.{incoming-request, response-outparam};
    handle: func(request: incoming-request, response-out: response-outparam);
  }
}`;

/** The entry of a command. */
export const RUN = "wasi:cli/run@0.2.3#run";
/** A command: what it imports, and the code of its `run`, which gives 0 for ok and 1 for an error. */
export const command = (imports: readonly string[], fields: string, code: string, export_ = RUN) =>
  component(
    `package demo:app; world app { ${imports.map((name) => `import ${name}@0.2.3;`).join(" ")} export wasi:cli/run@0.2.3; } ${WASI2}`,
    `(module ${fields} ${ALLOCATOR} (func (export "${export_}") (result i32) ${code}))`,
  );

/** Imports of the standard streams. */
export const STREAMS = `
  (import "wasi:cli/stdin@0.2.3" "get-stdin" (func $stdin (result i32)))
  (import "wasi:cli/stdout@0.2.3" "get-stdout" (func $stdout (result i32)))
  (import "wasi:cli/stderr@0.2.3" "get-stderr" (func $stderr (result i32)))
  (import "wasi:io/streams@0.2.3" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.3" "[resource-drop]input-stream" (func $drop (param i32)))`;
/** The interfaces of those imports. */
export const CLI = ["wasi:cli/stdin", "wasi:cli/stdout", "wasi:cli/stderr", "wasi:io/streams"];
/** Copies the input to the output, and its length's last digit to the logs. */
export const CAT = `
  (global.set $in (call $stdin)) (global.set $out (call $stdout))
  (block $end (loop $more
    (call $read (global.get $in) (i64.const 4) (i32.const 0))
    (br_if $end (i32.load8_u (i32.const 0)))
    (call $write (global.get $out) (i32.load (i32.const 4)) (i32.load (i32.const 8)) (i32.const 32))
    (global.set $n (i32.add (global.get $n) (i32.load (i32.const 8))))
    (br $more)))
  (i32.store8 (i32.const 64) (i32.add (i32.const 48) (global.get $n)))
  (call $write (call $stderr) (i32.const 64) (i32.const 1) (i32.const 32))
  (call $drop (global.get $in))`;
/** What `CAT` keeps. */
export const GLOBALS =
  "(global $in (mut i32) (i32.const 0)) (global $out (mut i32) (i32.const 0)) (global $n (mut i32) (i32.const 0))";

/** The command that copies; `test/data/wasm/command.wasm` is it. */
export const catCommand = (): Promise<Uint8Array> => command(CLI, `${STREAMS} ${GLOBALS}`, `${CAT} (i32.const 0)`);
