// The ABI `assemblyscript/1`: an exported function of one string or one array of bytes that returns one, values
// crossing through `@assemblyscript/loader` on our rewritten module with our imports alone. The compiler's generated
// bindings are never run: they hand the guest the host's globals. Specified in sre/SPEC.md, rules A1 to A9.
import { type ASUtil, instantiateSync } from "@assemblyscript/loader";
import { GuestEnded, type Host } from "../../host.ts";
import type { ModuleExport } from "../../rewrite/index.ts";
import { type Abi, ENTRY_NAME, type Guest, hasType } from "../abi.ts";
import { singleModule } from "../single.ts";
import { bindImports, IMPORTS } from "./imports.ts";
import { isByteView, RUNTIME_IDS, readHeader, setU32, typeFlags, u32, VIEW_BYTES } from "./memory.ts";
import { checkRoom, isRuntime, type Runtime, runtimeMisfit } from "./runtime.ts";

export { typedAssemblyscriptAbi } from "./typed.ts";

/** The loader's helpers that we use, and the runtime functions that it passes on. */
type Surface = Pick<ASUtil, "__newString" | "__getString" | "__getArrayBuffer" | "__getUint8Array"> & Runtime;

/** How a call spells what goes in: `name` a string, `name:bytes` a Uint8Array, `name:buffer` an ArrayBuffer. */
const CONVENTIONS = ["string", "bytes", "buffer"] as const;

const isEntry = (candidate: ModuleExport) =>
  ENTRY_NAME.test(candidate.name) && hasType(candidate.type, ["i32"], ["i32"]);

const encoder = new TextEncoder();
// Bytes that are not UTF-8 become U+FFFD as the Encoding Standard says; a byte order mark stays.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The ABI `assemblyscript/1`. */
export const assemblyscriptAbi: Abi = singleModule({
  name: "assemblyscript/1",
  imports: IMPORTS,

  misfit({ exports }) {
    const misfit = runtimeMisfit(exports);
    if (misfit !== null) return misfit;
    return exports.some(isEntry) ? null : "exports no function of one string or one Uint8Array that returns one";
  },

  entries: (exports) => exports.filter(isEntry).map((candidate) => candidate.name),

  entry(exports, spelled) {
    const [name = "", convention = "string", ...rest] = spelled.split(":");
    if (rest.length > 0 || !(CONVENTIONS as readonly string[]).includes(convention)) return null;
    return exports.some((candidate) => candidate.name === name && isEntry(candidate)) ? { name, convention } : null;
  },

  keeps: (candidate) => isRuntime(candidate) || isEntry(candidate),

  bind: bindImports,

  link(module, imports) {
    const { instance, exports } = instantiateSync(module, imports);
    return { exports: instance.exports, surface: exports };
  },

  invoke(guest, entry, input, host) {
    if (!host.charge(input.length)) throw new GuestEnded("out-of-fuel", "no fuel for the input");
    const argument = lower(guest, entry.convention, input, host);
    const run = guest.surface[entry.name] as (pointer: number) => number;
    return lift(guest, run(argument) >>> 0, host);
  },
});

/** Makes the guest's object of the input; its pointer. */
function lower(guest: Guest, convention: string, input: Uint8Array, host: Host): number {
  const surface = guest.surface as unknown as Surface;
  if (convention === "string") {
    const text = decoder.decode(input);
    const pointer = surface.__newString(text) >>> 0;
    checkRoom(host, pointer, text.length * 2);
    return pointer;
  }
  const buffer = surface.__new(input.length, RUNTIME_IDS.arrayBuffer) >>> 0;
  checkRoom(host, buffer, input.length);
  host.memory().set(input, buffer);
  if (convention === "buffer") return buffer;
  const flags = typeFlags(host.memory(), typeTable(guest));
  const id = flags.findIndex((flag) => isByteView(flag));
  if (id < 0) throw new GuestEnded("bad-answer", "the guest has no Uint8Array type for its input");
  surface.__pin(buffer);
  const view = surface.__new(VIEW_BYTES, id) >>> 0;
  surface.__unpin(buffer);
  checkRoom(host, view, VIEW_BYTES);
  for (const [index, value] of [buffer, buffer, input.length].entries()) setU32(host.memory(), view + 4 * index, value);
  return view;
}

const typeTable = (guest: Guest): unknown => (guest.exports.__rtti_base as WebAssembly.Global).value;

/** Takes the bytes out of the object that the guest returned: a string as UTF-8, an ArrayBuffer or byte array as is. */
function lift(guest: Guest, pointer: number, host: Host): Uint8Array {
  const surface = guest.surface as unknown as Surface;
  const memory = host.memory();
  const header = readHeader(memory, pointer);
  if (header === null) throw new GuestEnded("bad-answer", `the answer's pointer, ${pointer}, is no object`);
  if (header.id === RUNTIME_IDS.string) return liftString(surface, pointer, header.size, host);
  if (header.id === RUNTIME_IDS.arrayBuffer) {
    allow(host, header.size);
    return new Uint8Array(surface.__getArrayBuffer(pointer));
  }
  if (!isByteView(typeFlags(memory, typeTable(guest))[header.id]) || header.size < VIEW_BYTES) {
    throw new GuestEnded("bad-answer", `the answer is of runtime type ${header.id}, neither a string nor bytes`);
  }
  const start = u32(memory, pointer + 4);
  const length = u32(memory, pointer + 8);
  if (start + length > memory.length) {
    throw new GuestEnded("bad-answer", `the answer's ${length} bytes at ${start} lie outside the memory`);
  }
  allow(host, length);
  return surface.__getUint8Array(pointer);
}

function liftString(surface: Surface, pointer: number, size: number, host: Host): Uint8Array {
  const units = size >>> 1;
  // Each UTF-16 unit becomes at least one byte: a string of too many units need not be decoded to be refused.
  allow(host, units);
  let text = surface.__getString(pointer);
  // The loader drops a byte order mark from long strings and keeps it in short ones.
  if (text.length < units) text = `\ufeff${text}`;
  const output = encoder.encode(text);
  if (output.length > host.limits.output) throw overLimit(host, output.length);
  return output;
}

/** The output limit, then the price of the bytes, before anything is copied. */
function allow(host: Host, length: number): void {
  if (length > host.limits.output) throw overLimit(host, length);
  if (!host.charge(length)) throw new GuestEnded("out-of-fuel", "no fuel for the output");
}

function overLimit(host: Host, length: number): GuestEnded {
  return new GuestEnded("output-limit", `the output has at least ${length} bytes; the limit is ${host.limits.output}`);
}
