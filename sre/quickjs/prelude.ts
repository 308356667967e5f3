// What every program finds besides the language itself, and what calls the program: JavaScript text that is evaluated
// once, when the image is made. It is part of the profile to the last byte. What it needs of the language it takes hold
// of before any program runs, so that a program that changes the built-in objects changes nothing here but its own answer.

/** Functions of the host's, in the order in which the prelude takes them. */
export const HOST_FUNCTIONS = [
  ...["log", "random", "encode", "decode", "environment"],
  ...["text", "bytes", "trap", "invalid", "memory", "input"],
  ...["fill", "wait"],
] as const;

/** The name that a program has in its own stack traces. */
export const PROGRAM_NAME = "main.js";

/**
 * An expression that gives a function of the host's functions, which gives `[run, report, tick]`. `run` calls an entry of a
 * module and answers to the host; `report` tells what was thrown before that; `tick` runs the timer that is due next, if
 * there is one. None ever throws but for want of memory.
 */
export const PRELUDE = String.raw`(function (${HOST_FUNCTIONS.join(", ")}) {
"use strict";
const { apply, ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { parse, stringify } = JSON;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { defineProperty, is } = Object;
const { fromCharCode } = String;
const { floor } = Math;
// A third of the price of a function with rest parameters, and as safe: bound functions look nothing up.
const uncurry = Function.prototype.bind.bind(Function.prototype.call);
const getter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);
const call = {
  join: uncurry(Array.prototype.join), push: uncurry(Array.prototype.push), toText: uncurry(Object.prototype.toString),
  has: uncurry(Set.prototype.has), add: uncurry(Set.prototype.add), remove: uncurry(Set.prototype.delete),
  each: uncurry(Map.prototype.forEach), eachOf: uncurry(Set.prototype.forEach), size: getter(Map.prototype, "size"),
  sizeOf: getter(Set.prototype, "size"), split: uncurry(String.prototype.split), slice: uncurry(String.prototype.slice),
  find: uncurry(String.prototype.indexOf), whole: uncurry(String.prototype.toWellFormed),
  exec: uncurry(RegExp.prototype.exec), set: uncurry(Uint8Array.prototype.set), iso: uncurry(Date.prototype.toISOString),
  time: uncurry(Date.prototype.getTime), cut: uncurry(ArrayBuffer.prototype.slice), then: uncurry(Promise.prototype.then),
  regexp: uncurry(RegExp.prototype.toString), symbol: uncurry(Symbol.prototype.toString),
  pop: uncurry(Array.prototype.pop), splice: uncurry(Array.prototype.splice), get: uncurry(Map.prototype.get),
  put: uncurry(Map.prototype.set), hex: uncurry(Number.prototype.toString),
  start: getter(getPrototypeOf(Uint8Array.prototype), "byteOffset"),
  length: getter(getPrototypeOf(Uint8Array.prototype), "byteLength"),
  buffer: getter(getPrototypeOf(Uint8Array.prototype), "buffer"), kind: getter(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag),
  bytesOf: getter(ArrayBuffer.prototype, "byteLength"), charAt: uncurry(String.prototype.charAt),
};
const G = globalThis;
const Buffers = ArrayBuffer, Bytes = Uint8Array, Sets = Set, Promises = Promise, Errors = Error, Types = TypeError;
const Internal = InternalError, Text = String, Dates = Date, Patterns = RegExp, Maps = Map, Syntax = SyntaxError;
const Ranges = RangeError, Views = DataView;
const Arrays = Array, Objects = Object, Weak = [Promise, WeakMap, WeakSet, WeakRef], Boxes = [Boolean, Number, String, BigInt];
// Constructors by the names of what they make.
const named = (...names) => names.reduce((all, name) => (all[name] = G[name], all), { __proto__: null });
const VIEWS = named("Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
  "BigInt64Array", "BigUint64Array", "Float32Array", "Float64Array");
const ERRORS = named("EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError");

// Text crosses to the host as a string that ends at its first zero: the pieces between zeros cross one by one.
const got = (value) => {
  if (value === undefined) throw new Internal("out of memory");
  return value;
};
function bytesOf(text) {
  text = call.whole(text);
  if (call.find(text, "\0") < 0) return new Bytes(got(encode(text)));
  const pieces = call.split(text, "\0");
  let size = pieces.length - 1;
  for (let i = 0; i < pieces.length; i++) size += (pieces[i] = new Bytes(got(encode(pieces[i])))).length;
  const all = new Bytes(size);
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    call.set(all, pieces[i], at);
    at += pieces[i].length + 1;
  }
  return all;
}
// The bytes of a view or buffer as a buffer of their own.
function own(value) {
  if (!isView(value)) return call.cut(value, 0);
  if (value instanceof Views) value = new Bytes(value.buffer, value.byteOffset, value.byteLength);
  const start = call.start(value);
  return call.cut(call.buffer(value), start, start + call.length(value));
}
function textOf(value) {
  const buffer = own(value);
  const bytes = new Bytes(buffer);
  const length = call.bytesOf(buffer);
  const pieces = [];
  let from = 0;
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, from)) {
    call.push(pieces, got(decode(call.cut(buffer, from, at))));
    from = at + 1;
  }
  call.push(pieces, got(decode(from === 0 ? buffer : call.cut(buffer, from, length))));
  return call.join(pieces, "\0");
}
const printable = (text) => call.join(call.split(call.whole(text), "\0"), "\uFFFD");

// How console shows a value.
const DEPTH = 4, ITEMS = 100;
const NAME = /^[A-Za-z_$][\w$]*$/;
const isError = (value) => value instanceof Errors;
function titleOf(error) {
  const name = Text(error.name), message = Text(error.message);
  return message === "" ? name : name + ": " + message;
}
// Without the frames by which the program was called.
const RUN = "    at run (lockstep:", APPLY = "    at apply (native)\n";
function stackOf(error) {
  const stack = Text(error.stack), run = call.find(stack, RUN);
  if (run < 0) return stack;
  const before = run - APPLY.length;
  return call.slice(stack, 0, call.slice(stack, before, run) === APPLY ? before : run);
}
function errorText(error) {
  const stack = stackOf(error);
  return stack === "" ? titleOf(error) : titleOf(error) + "\n" + call.slice(stack, 0, stack.length - 1);
}
function show(value, depth, above) {
  if (typeof value === "string") return stringify(value);
  if (typeof value === "bigint") return Text(value) + "n";
  if (typeof value === "symbol") return call.symbol(value);
  if (typeof value === "function") return value.name ? "[Function: " + Text(value.name) + "]" : "[Function]";
  if (typeof value !== "object" || value === null) return is(value, -0) ? "-0" : Text(value);
  if (isError(value)) return errorText(value);
  if (value instanceof Dates) return call.time(value) === call.time(value) ? call.iso(value) : "Invalid Date";
  if (value instanceof Patterns) return call.regexp(value);
  if (call.has(above, value)) return "[Circular]";
  if (depth === 0) return isArray(value) ? "[Array]" : "[Object]";
  call.add(above, value);
  const parts = [];
  const inside = (item) => show(item, depth - 1, above);
  let prefix = "", open = "{ ", close = " }", left = 0;
  if (isArray(value) || (isView(value) && !(value instanceof Views))) {
    [open, close] = ["[ ", " ]"];
    if (!isArray(value)) prefix = Text(value.constructor.name) + "(" + value.length + ") ";
    for (let i = 0; i < value.length && i < ITEMS; i++) call.push(parts, inside(value[i]));
    left = value.length - parts.length;
  } else if (value instanceof Maps) {
    prefix = "Map(" + call.size(value) + ") ";
    call.each(value, (item, key) => void (parts.length < ITEMS && call.push(parts, inside(key) + " => " + inside(item))));
    left = call.size(value) - parts.length;
  } else if (value instanceof Sets) {
    prefix = "Set(" + call.sizeOf(value) + ") ";
    call.eachOf(value, (item) => void (parts.length < ITEMS && call.push(parts, inside(item))));
    left = call.sizeOf(value) - parts.length;
  } else {
    const maker = getPrototypeOf(value)?.constructor?.name;
    if (typeof maker === "string" && maker !== "" && maker !== "Object") prefix = maker + " ";
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      const property = getOwnPropertyDescriptor(value, keys[i]);
      if (!property.enumerable) continue;
      if (parts.length === ITEMS) left++;
      else {
        const key = typeof keys[i] === "symbol" ? "[" + call.symbol(keys[i]) + "]" : call.exec(NAME, keys[i]) ? keys[i] : stringify(keys[i]);
        call.push(parts, key + ": " + ("value" in property ? inside(property.value) : property.set ? "[Getter/Setter]" : "[Getter]"));
      }
    }
  }
  call.remove(above, value);
  if (left > 0) call.push(parts, "... " + left + " more");
  return prefix + (parts.length === 0 ? open[0] + close[1] : open + call.join(parts, ", ") + close);
}
const line = (prefix) => (...values) => {
  const parts = [];
  for (let i = 0; i < values.length; i++) {
    call.push(parts, typeof values[i] === "string" ? values[i] : show(values[i], DEPTH, new Sets()));
  }
  log(printable(prefix + call.join(parts, " ")));
};
const give = (name, value) => void defineProperty(G, name, { value, writable: true, configurable: true });

const print = line("");
give("console", {
  log: print, info: print, debug: print, warn: line("warning: "), error: line("error: "), trace: print, dir: (value) => print(value),
  assert: (condition, ...values) => void (condition || line("assertion failed: ")(...values)),
});

give("TextEncoder", class TextEncoder {
  get encoding() { return "utf-8"; }
  encode(text = "") { return bytesOf(Text(text)); }
});
give("TextDecoder", class TextDecoder {
  #fatal; #keep;
  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    if (!call.exec(/^utf-?8$/i, Text(label))) throw new Ranges("TextDecoder: only utf-8 is known here, not " + label);
    this.#fatal = !!fatal;
    this.#keep = !!ignoreBOM;
  }
  get encoding() { return "utf-8"; }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#keep; }
  decode(input) {
    if (input === undefined) return "";
    if (!isView(input) && !(input instanceof Buffers)) throw new Types("TextDecoder: the input is neither a buffer nor a view of one");
    const text = textOf(input);
    if (this.#fatal) {
      const [again, given] = [bytesOf(text), new Bytes(own(input))];
      let same = again.length === given.length;
      for (let i = 0; same && i < given.length; i++) same = again[i] === given[i];
      if (!same) throw new Types("TextDecoder: the bytes are not UTF-8");
    }
    return !this.#keep && call.charAt(text, 0) === "\uFEFF" ? call.slice(text, 1) : text;
  }
});
give("queueMicrotask", (callback) => {
  if (typeof callback !== "function") throw new Types("queueMicrotask: the argument is no function");
  call.then(Promises.resolve(), () => void callback());
});

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
give("btoa", (text) => {
  text = Text(text);
  const parts = [];
  for (let i = 0; i < text.length; i += 3) {
    const [a, b, c] = [text.charCodeAt(i), text.charCodeAt(i + 1), text.charCodeAt(i + 2)];
    if (a > 255 || b > 255 || c > 255) throw new Ranges("btoa: a character is above U+00FF");
    const bits = (a << 16) | (b << 8) | c;
    call.push(parts, DIGITS[bits >> 18] + DIGITS[(bits >> 12) & 63] + (b === b ? DIGITS[(bits >> 6) & 63] : "=") + (c === c ? DIGITS[bits & 63] : "="));
  }
  return call.join(parts, "");
});
give("atob", (text) => {
  text = Text(text).replace(/[\t\n\f\r ]/g, "");
  if (text.length % 4 === 0) text = text.replace(/==?$/, "");
  if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) throw new Ranges("atob: the text is no base64");
  const parts = [];
  for (let i = 0, bits = 0, have = 0; i < text.length; i++) {
    bits = ((bits << 6) | DIGITS.indexOf(text[i])) & 0xffffff;
    have += 6;
    if (have >= 8) call.push(parts, fromCharCode((bits >> (have -= 8)) & 255));
  }
  return call.join(parts, "");
});

// A time of their own that stands still while anything runs, and moves on to the next timer when nothing is left to do.
const MOST_DELAY = 2147483647;
const timers = [], waiting = new Sets();
let elapsed = 0, numbered = 0;
// The list is in the order of the time, the latest first, and of those of one time the last that was set.
function enter(timer) {
  let low = 0, high = timers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timers[middle].due > timer.due) low = middle + 1;
    else high = middle;
  }
  call.splice(timers, low, 0, timer);
}
const setter = (title, again) => (callback, delay, ...args) => {
  if (typeof callback !== "function") throw new Types(title + ": the first argument is no function");
  delay = delay >= 1 && delay <= MOST_DELAY ? floor(delay) : 1;
  const timer = { id: ++numbered, due: elapsed + delay, every: again ? delay : 0, callback, args };
  call.add(waiting, timer.id);
  enter(timer);
  return timer.id;
};
const stop = (id) => void call.remove(waiting, id);
give("setTimeout", setter("setTimeout", false));
give("setInterval", setter("setInterval", true));
give("clearTimeout", stop);
give("clearInterval", stop);
function tick() {
  let timer;
  do {
    timer = call.pop(timers);
    if (timer === undefined) return;
  } while (!call.has(waiting, timer.id));
  wait(Text(timer.due - elapsed));
  elapsed = timer.due;
  if (timer.every === 0) stop(timer.id);
  try {
    apply(timer.callback, undefined, timer.args);
  } catch (error) {
    report(error, false);
  }
  if (!call.has(waiting, timer.id)) return;
  timer.due += timer.every;
  enter(timer);
}

const MOST_RANDOM = 65536;
const drawn = (length) => new Bytes(got(fill(Text(length))));
give("crypto", {
  getRandomValues(view) {
    if (!isView(view) || !call.exec(/Int|Uint/, call.kind(view) ?? "")) throw new Types("getRandomValues: the argument is no array of integers");
    const length = view.byteLength;
    if (length > MOST_RANDOM) throw new Ranges("getRandomValues: at most 65536 bytes at once, not " + length);
    if (length > 0) call.set(new Bytes(view.buffer, view.byteOffset, length), drawn(length));
    return view;
  },
  randomUUID() {
    const bytes = drawn(16);
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    let text = "";
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
      text += call.slice(call.hex(bytes[i] + 256, 16), 1);
    }
    return text;
  },
});

function uncloneable(what) {
  const error = new Errors("structuredClone: " + what + " can't be cloned");
  error.name = "DataCloneError";
  return error;
}
const put = (object, name, value, enumerable) =>
  void defineProperty(object, name, { __proto__: null, value, enumerable, writable: true, configurable: true });
function clone(value, seen) {
  if (typeof value === "function" || typeof value === "symbol") throw uncloneable("a " + typeof value);
  if (typeof value !== "object" || value === null) return value;
  const before = call.get(seen, value);
  if (before !== undefined) return before;
  const keep = (copy) => (call.put(seen, value, copy), copy);
  const inside = (item) => clone(item, seen);
  for (let i = 0; i < Weak.length; i++) if (value instanceof Weak[i]) throw uncloneable("a " + Weak[i].name);
  for (let i = 0; i < Boxes.length; i++) if (value instanceof Boxes[i]) return keep(Objects(value.valueOf()));
  if (value instanceof Dates) return keep(new Dates(call.time(value)));
  if (value instanceof Patterns) return keep(new Patterns(value.source, value.flags));
  if (value instanceof Buffers) return keep(call.cut(value, 0));
  if (isView(value)) {
    const kind = VIEWS[call.kind(value)];
    if (kind === undefined) return keep(new Views(inside(value.buffer), value.byteOffset, value.byteLength));
    return keep(new kind(inside(value.buffer), value.byteOffset, value.length));
  }
  if (value instanceof Maps) {
    const copy = keep(new Maps());
    const entries = [];
    call.each(value, (item, key) => void call.push(entries, [key, item]));
    for (let i = 0; i < entries.length; i++) call.put(copy, inside(entries[i][0]), inside(entries[i][1]));
    return copy;
  }
  if (value instanceof Sets) {
    const copy = keep(new Sets());
    const items = [];
    call.eachOf(value, (item) => void call.push(items, item));
    for (let i = 0; i < items.length; i++) call.add(copy, inside(items[i]));
    return copy;
  }
  let copy, keys = ownKeys(value);
  if (isError(value)) {
    copy = new (ERRORS[Text(value.name)] ?? Errors)(Text(value.message));
    put(copy, "stack", value.stack, false);
    keys = getOwnPropertyDescriptor(value, "cause") ? ["cause"] : [];
  } else copy = isArray(value) ? new Arrays(value.length) : {};
  keep(copy);
  for (let i = 0; i < keys.length; i++) {
    const shown = isError(value) || (typeof keys[i] === "string" && getOwnPropertyDescriptor(value, keys[i])?.enumerable);
    if (shown) put(copy, keys[i], inside(value[keys[i]]), !isError(value));
  }
  return copy;
}
give("structuredClone", (value, options) => {
  if (options?.transfer?.length > 0) throw uncloneable("what is to be transferred");
  return clone(value, new Maps());
});

let surroundings;
const around = () => (surroundings ??= parse(got(environment())));
give("process", {
  get argv() { return around().args; },
  get env() { return around().env; },
});
defineProperty(Math, "random", { value: random, writable: true, configurable: true });

const PLACE = /${PROGRAM_NAME.replace(".", "\\.")}:\d+(?::\d+)?/;
function report(error, loading) {
  let [end, text, place] = [trap, "", ""];
  try {
    if (isError(error)) {
      const stack = stackOf(error);
      place = call.exec(PLACE, stack)?.[0] ?? "";
      text = errorText(error);
      // What can't be parsed, or not be linked, was thrown by no function.
      if (loading && call.exec(error instanceof Syntax ? /^ +at ${PROGRAM_NAME.replace(".", "\\.")}|^$/ : /^$/, stack)) end = invalid;
      if (error instanceof Internal && error.message === "out of memory") end = memory;
      // Without room for an error, the interpreter throws null.
    } else if (error === null) {
      text = "null";
      end = memory;
    } else text = typeof error === "string" ? error : show(error, DEPTH, new Sets());
  } catch {
    text = "something that can't be shown";
  }
  log(printable("Uncaught " + text));
  end(printable((place === "" ? "uncaught " : place + ": ") + call.split(text, "\n")[0]));
}
async function run(module, name, given) {
  try {
    if (module instanceof Promises) module = await module;
    const entry = module[name];
    if (typeof entry !== "function") return invalid('the program exports no function "' + name + '"');
    let args;
    if (typeof given !== "string") args = [new Bytes(given)];
    else {
      try {
        args = given === "" ? [] : parse(given);
      } catch (error) {
        return input("the input is no JSON: " + error.message);
      }
      if (!isArray(args)) return input("the input is no JSON array of the arguments");
    }
    const value = await apply(entry, undefined, args);
    if (typeof given === "string") {
      const json = stringify(value);
      if (json === undefined && value !== undefined) throw new Types(name + " gave a " + typeof value + ", which is no JSON");
      text(json ?? "");
    } else if (typeof value === "string") bytes(bytesOf(value).buffer);
    else if (isView(value) || value instanceof Buffers) bytes(own(value));
    else throw new Types(name + " gave neither bytes nor a string");
  } catch (error) {
    report(error, false);
  }
}
return [run, (error) => report(error, true), tick];
})`;
