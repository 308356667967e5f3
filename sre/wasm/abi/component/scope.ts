// What the glue sees of the language and the engine: this and nothing else. It has no clock, no randomness, no timer, no
// way to wait, and nothing of the machine; parts of it that would want those are for asynchronous calls, which the ABI
// does not take.

/** The glue's only promises: they are never kept, and nothing follows from them. */
class Unkept {
  constructor(executor: (resolve: () => void, reject: () => void) => void) {
    executor(nothing, nothing);
  }
  // biome-ignore lint/suspicious/noThenProperty: it stands where promises are expected.
  readonly then = (): this => this;
  readonly catch = (): this => this;
  static withResolvers(): object {
    return { promise: new Unkept(nothing), resolve: nothing, reject: nothing };
  }
}

function nothing(): void {}

/** Nobody asks the collector when a handle has been forgotten: its destructor would run at any time, or never. */
class NoRegistry {
  readonly register = nothing;
  readonly unregister = nothing;
}

/**
 * The glue decodes strings leniently and drops a byte order mark. The canonical ABI has a string that is not well formed
 * end the guest, and keeps every character.
 */
class StrictDecoder {
  private readonly real: InstanceType<typeof TextDecoder>;

  constructor(encoding = "utf-8") {
    this.real = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  }

  decode(bytes: Uint8Array): string {
    return this.real.decode(bytes);
  }
}

/**
 * The glue may hold a module of its own for waiting in asynchronous calls, which it makes at once and uses never. Nothing
 * is compiled here, and there is no way to make an instance.
 */
class NoModule {}

/** Names that the glue's text has from us, in the order of `scopeOf`. */
const OWN: Readonly<Record<string, unknown>> = {
  Promise: Unkept,
  FinalizationRegistry: NoRegistry,
  TextDecoder: StrictDecoder,
  console: { error: nothing, debug: nothing, warn: nothing, log: nothing },
  Math: { max: Math.max, min: Math.min, floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, fround: Math.fround },
};
/** The language's own, as they are. */
const AS_THEY_ARE = {
  ...{ Array, ArrayBuffer, BigInt, Boolean, Error, JSON, Map, Number, Object, Reflect, Set, String, Symbol },
  ...{ RangeError, TypeError, TextEncoder },
};
/** Names that mean something in some place where JavaScript runs, and mean nothing here. */
const ABSENT = [
  ...["process", "require", "module", "exports", "global", "window", "self", "document", "navigator", "performance"],
  ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "queueMicrotask", "fetch", "crypto", "Date", "Intl"],
  ...["Atomics", "SharedArrayBuffer", "WeakRef", "Worker", "XMLHttpRequest", "WebSocket", "Function", "Buffer"],
];
/** Names that the caller adds. */
const METERED = [
  ...["DataView", "Uint8Array", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array"],
  ...["BigUint64Array", "BigInt64Array", "Float32Array", "Float64Array"],
];

/** The text of a function's body: with these names around it, of one parameter `own`. */
export function wrapGlue(glue: string): string {
  const names = [...METERED, ...Object.keys(OWN), ...Object.keys(AS_THEY_ARE), "WebAssembly", "globalThis"];
  return `"use strict"; const { ${names.join(", ")} } = own; const ${ABSENT.join(" = undefined, ")} = undefined;\n${glue}`;
}

/** What `own` is to be; `metered` has the classes that read memories. */
export function scopeOf(metered: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { Global, RuntimeError } = WebAssembly;
  const engine = { Global, RuntimeError, Module: NoModule };
  return { ...AS_THEY_ARE, ...OWN, ...metered, WebAssembly: engine, globalThis: { WebAssembly: engine } };
}
