// The interpreter of one run and what it finds behind its imports: the job's own clock and randomness, no zone, no files,
// no environment, and the functions of the prelude. Whatever a program brings is charged by its length before it is used.
import { bitsOf, type Host, PAGE_BYTES } from "../wasm/parts.ts";
import { APPENDED, EXPORTS, IMPORT_MODULE, IMPORTS } from "./interpreter.ts";
import { HOST_FUNCTIONS } from "./prelude.ts";

/** Pages that the heap grows by at least, where the limit lets it. */
const STEP_PAGES = 16;
/** Ends that the prelude tells. */
const EXITS = { trap: "trap", invalid: "invalid-module", memory: "memory", input: "bad-input" } as const;
/** Bytes of C's broken-down time without the zone's name. */
const TIME_BYTES = 40;
/** Errors of the C library: no such descriptor, no such call, not to be moved in. */
const ERRNO = { badDescriptor: 8, noSuchCall: 52, noSeek: 70 } as const;
const UTC = [0x55, 0x54, 0x43, 0];
/** The most that a program may get from the prelude: milliseconds of one wait, random bytes at once (SPEC Q16, Q17). */
const MOST = { wait: 2 ** 31 - 1, fill: 65_536 } as const;
/** Bytes of one text or buffer that crosses: engines have no strings above 512 Mi units (SPEC Q14). */
const CROSSING_BYTES = 256 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A function of the interpreter's: pointers, numbers, bits of floats. */
type Raw = (...args: readonly (number | bigint)[]) => number;

/** Pointers into an image. */
export interface Image {
  readonly runtime: number;
  readonly context: number;
  /** Three functions of the prelude's, as values. */
  readonly run: number;
  readonly report: number;
  readonly tick: number;
  /** The C string of the program's name, and room for the pointers of a call's arguments. */
  readonly name: number;
  readonly scratch: number;
}

/** The interpreter of one run. */
export class Machine {
  readonly host: Host;
  /** What the program answered; null until it did. */
  answer: Uint8Array | null = null;
  /** How often the program waited for a timer. */
  waits = 0;
  /** Whether the heap was refused what it needed. */
  refused = false;
  private exports: Readonly<Record<string, unknown>> = {};
  private context = 0;

  constructor(host: Host) {
    this.host = host;
  }

  /** Takes hold of an instance whose imports are `imports`. */
  attach(exports: Readonly<Record<string, unknown>>): void {
    this.exports = exports;
  }

  /** Says which context is the run's. */
  enter(context: number): void {
    this.context = context;
  }

  /** Calls a function of the interpreter's. */
  run(name: keyof typeof EXPORTS, ...args: readonly (number | bigint)[]): number {
    return (this.exports[EXPORTS[name]] as Raw)(...args) >>> 0;
  }

  /** Copies bytes into the heap, with a zero behind them; 0 without room. The caller has charged them. */
  put(bytes: Uint8Array): number {
    const pointer = this.run("malloc", bytes.length + 1);
    if (pointer === 0) return 0;
    const memory = this.host.memory();
    memory.set(bytes, pointer);
    memory[pointer + bytes.length] = 0;
    return pointer;
  }

  /** A string of the program's language; the text holds no zero. 0 without room. */
  newString(bytes: Uint8Array): number {
    const pointer = this.put(bytes);
    if (pointer === 0) return 0;
    const value = this.run("newString", this.context, pointer);
    this.run("free", pointer);
    return value;
  }

  /** An `ArrayBuffer` of these bytes; 0 without room. */
  newBuffer(bytes: Uint8Array): number {
    const pointer = this.put(bytes);
    return pointer === 0 ? 0 : this.run("newArrayBuffer", this.context, pointer, bytes.length);
  }

  /** Calls a value of the language with these values; a pointer to what came of it, 0 without room. */
  call(callee: number, scratch: number, args: readonly number[]): number {
    const memory = new DataView(this.host.memory().buffer);
    for (const [index, arg] of args.entries()) memory.setUint32(scratch + 4 * index, arg, true);
    return this.run("call", this.context, callee, this.run("getUndefined"), args.length, scratch);
  }

  /** The import object. */
  get imports(): WebAssembly.Imports {
    const { host } = this;
    const broken = (what: string) => () => host.end("trap", `the interpreter ${what}`);
    const functions: Readonly<Record<keyof typeof IMPORTS, (...args: never[]) => unknown>> = {
      assertFailed: broken("found itself in a state that can't be"),
      abort: broken("gave up"),
      exit: broken("wanted to end itself"),
      fdWrite: () => ERRNO.badDescriptor,
      fdClose: () => ERRNO.noSuchCall,
      fdSeek: () => ERRNO.noSeek,
      environGet: () => 0,
      environSizes: (count: number, size: number) => {
        for (const pointer of [count, size]) host.view(pointer, 4, "environ_sizes_get")?.fill(0);
        return 0;
      },
      // It is asked for the offset from UTC alone.
      localTime: (_seconds: bigint, time: number) => void host.view(time, TIME_BYTES, "localtime")?.fill(0),
      setZone: (offset: number, summer: number, standard: number, other: number) => {
        for (const pointer of [offset, summer]) host.view(pointer, 4, "tzset")?.fill(0);
        for (const pointer of [standard, other]) host.view(pointer, UTC.length, "tzset")?.set(UTC);
      },
      dateNow: () => {
        const value = Number(host.clock.read());
        host.called("clock", [], [{ kind: "f64", value }]);
        return bitsOf(value);
      },
      resizeHeap: (bytes: number) => this.resize(bytes >>> 0),
      interrupted: () => 0,
      normalizeModule: () => 0,
      loadModule: () => 0,
      setTimer: () => 0,
      clearKeepAlive: () => undefined,
      freeHostRef: () => undefined,
      callHost: (_context: number, _self: number, count: number, list: number, index: number) =>
        this.callHost(HOST_FUNCTIONS[index], count, list),
    };
    const names = Object.entries(IMPORTS) as [keyof typeof IMPORTS, string][];
    const bound = Object.fromEntries(names.map(([name, short]) => [short, functions[name]]));
    return { [IMPORT_MODULE]: bound };
  }

  private resize(bytes: number): number {
    const missing = Math.ceil((bytes - this.host.memory().length) / PAGE_BYTES);
    const grow = this.exports[APPENDED.grow] as (pages: number) => number;
    if (grow(Math.max(missing, STEP_PAGES)) >= 0 || (missing < STEP_PAGES && grow(missing) >= 0)) return 1;
    this.refused = true;
    return 0;
  }

  /** A function of the prelude's; a pointer to its result, 0 for none. A program can't reach one but through the prelude. */
  private callHost(name: (typeof HOST_FUNCTIONS)[number] | undefined, count: number, list: number): number {
    const { host } = this;
    const value = count === 0 ? 0 : this.run("argument", list, 0);
    switch (name) {
      case undefined:
        host.end("trap", "the interpreter called a function that is not there");
        return 0;
      case "random": {
        const drawn = host.random.int53();
        host.called("random", [], [{ kind: "f64", value: drawn }]);
        return this.run("newFloat64", this.context, bitsOf(drawn / 2 ** 53));
      }
      case "environment": {
        const { args, env } = host.context;
        // The order of an object's members is whoever made it's.
        const members = Object.keys(env)
          .sort()
          .map((key) => `${JSON.stringify(key)}:${JSON.stringify(env[key])}`);
        const text = `{"args":${JSON.stringify(args)},"env":{${members.join()}}}`;
        return this.give(encoder.encode(text), "environment");
      }
      case "decode": {
        const bytes = this.bytesAt(value, host.limits.memory);
        return bytes === null ? 0 : this.give(encoder.encode(decoder.decode(bytes)), null);
      }
      case "bytes":
        this.answer = this.bytesAt(value, host.limits.output);
        return 0;
    }
    const text = this.textAt(value, name === "text" ? host.limits.output : host.limits.memory);
    if (text === null) return 0;
    if (name === "encode") return this.newBuffer(text);
    if (name === "text") this.answer = text;
    else if (name === "fill" || name === "wait") {
      // A program that changes the language's objects gets at lists and numbers of the prelude's.
      const value = Number(decoder.decode(text));
      if (!Number.isInteger(value) || value < 0 || value > MOST[name]) {
        host.end("trap", `the prelude asked for ${name} ${value}, which is no whole number up to ${MOST[name]}`);
        return 0;
      }
      if (name === "fill") return this.fill(value);
      host.called("wait", [{ kind: "f64", value }], []);
      host.clock.pass(BigInt(value));
      this.waits++;
    } else if (name === "log") {
      host.called("log", [{ kind: "bytes", value: text }], []);
      host.logs.line(text);
    } else {
      // Only the host knows whether there was no more memory; anybody can say so.
      const exit = name === "memory" && !this.refused ? EXITS.trap : EXITS[name];
      host.end(exit, decoder.decode(text));
    }
    return 0;
  }

  /** Gives the program so many random bytes. */
  private fill(length: number): number {
    const { host } = this;
    if (!host.charge(length)) return 0;
    const value = host.random.bytes(length);
    host.called("fill", [], [{ kind: "bytes", value }]);
    return this.newBuffer(value);
  }

  /** Gives the program a text of the host's. */
  private give(bytes: Uint8Array, name: string | null): number {
    const { host } = this;
    if (!host.charge(bytes.length)) return 0;
    if (name !== null) host.called(name, [], [{ kind: "bytes", value: bytes }]);
    return this.newString(bytes);
  }

  /** A string's bytes as UTF-8, charged; null, and the guest ends or gets nothing, when it can't have them. */
  private textAt(value: number, most: number): Uint8Array | null {
    const start = this.run("getString", this.context, value);
    if (start === 0) return null;
    const end = this.host.memory().indexOf(0, start);
    const bytes = this.take(start, end - start, most);
    if (bytes !== null) this.run("freeCString", this.context, start);
    return bytes;
  }

  /** An `ArrayBuffer`'s bytes, as `textAt`. */
  private bytesAt(value: number, most: number): Uint8Array | null {
    const length = this.run("getArrayBufferLength", this.context, value);
    if (length > most) return this.take(0, length, most);
    const start = this.run("getArrayBuffer", this.context, value);
    if (start === 0) return null;
    const bytes = this.take(start, length, most);
    if (bytes !== null) this.run("free", start);
    return bytes;
  }

  private take(start: number, length: number, most: number): Uint8Array | null {
    const { host } = this;
    const memory = host.memory();
    if (length > most) {
      host.end("output-limit", `the output has ${length} bytes; the limit is ${host.limits.output}`);
      return null;
    }
    if (length > CROSSING_BYTES) {
      host.end("bad-answer", `${length} bytes at once; a text or buffer that crosses has at most ${CROSSING_BYTES}`);
      return null;
    }
    if (length < 0 || start + length > memory.length) {
      host.end("bad-answer", "the interpreter named bytes outside its memory");
      return null;
    }
    return host.charge(length) ? memory.slice(start, start + length) : null;
  }
}
