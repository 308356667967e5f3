// The five functions that an AssemblyScript guest may import, all ours: abort and trace to the logs, console.log,
// the logical clock, the seeded randomness. Specified in sre/SPEC.md, rules A5 to A8.
import type { Host } from "../../host.ts";
import type { Offer } from "../abi.ts";
import { bitsOf, floatOf } from "../floats.ts";
import { RUNTIME_IDS, readHeader } from "./memory.ts";

/** The imports with their types. */
export const IMPORTS: readonly Offer[] = [
  { module: "env", name: "abort", type: { params: ["i32", "i32", "i32", "i32"], results: [] } },
  { module: "env", name: "trace", type: { params: ["i32", "i32", "f64", "f64", "f64", "f64", "f64"], results: [] } },
  { module: "env", name: "console.log", type: { params: ["i32"], results: [] } },
  { module: "env", name: "Date.now", type: { params: [], results: ["f64"] } },
  { module: "env", name: "seed", type: { params: [], results: ["f64"] } },
];

const encoder = new TextEncoder();
// Lone surrogates become U+FFFD, a byte order mark stays.
const decoder = new TextDecoder("utf-16le", { ignoreBOM: true });

/** The import object, acting for a host. `Math` and `Date` are there to keep the loader from adding the real ones. */
export function bindImports(host: Host): WebAssembly.Imports {
  const say = (text: Uint8Array) => host.logs.line(text);
  return {
    Math: {},
    Date: {},
    env: {
      abort(message: number, file: number, line: number, column: number) {
        const texts = readTexts(host, "abort", [message, file]);
        if (texts === null) return;
        const [what, where] = texts as [string, string];
        const place = `${where}:${line >>> 0}:${column >>> 0}`;
        const text = encoder.encode(`abort: ${what} at ${place}`);
        host.called("abort", [{ kind: "bytes", value: text }], []);
        say(text);
        host.end("trap", `the guest aborted: ${what.slice(0, 200)} at ${place.slice(0, 200)}`);
      },
      trace(message: number, count: number, ...values: bigint[]) {
        const texts = readTexts(host, "trace", [message]);
        if (texts === null) return;
        const shown = values.slice(0, Math.max(0, Math.min(count, values.length))).map((bits) => String(floatOf(bits)));
        const text = encoder.encode(`trace: ${texts[0]}${shown.length > 0 ? " " : ""}${shown.join(", ")}`);
        host.called("trace", [{ kind: "bytes", value: text }], []);
        say(text);
      },
      "console.log"(message: number) {
        const texts = readTexts(host, "console.log", [message]);
        if (texts === null) return;
        const text = encoder.encode(texts[0]);
        host.called("console.log", [{ kind: "bytes", value: text }], []);
        say(text);
      },
      "Date.now"() {
        const value = Number(host.clock.read());
        host.called("Date.now", [], [{ kind: "f64", value }]);
        return bitsOf(value);
      },
      seed() {
        const value = host.random.int53();
        host.called("seed", [], [{ kind: "f64", value }]);
        return bitsOf(value);
      },
    },
  };
}

/** The strings at some pointers, "null" for 0; null, and the guest ends, if one is none or the fuel is not there. */
function readTexts(host: Host, name: string, pointers: readonly number[]): string[] | null {
  const texts: string[] = [];
  for (const signed of pointers) {
    const pointer = signed >>> 0;
    if (pointer === 0) {
      texts.push("null");
      continue;
    }
    const memory = host.memory();
    const header = readHeader(memory, pointer);
    if (header === null || header.id !== RUNTIME_IDS.string) {
      host.end("bad-answer", `${name} was given a pointer, ${pointer}, that is no string`);
      return null;
    }
    if (!host.bears(header.size, name) || !host.charge(header.size)) return null;
    texts.push(decoder.decode(memory.subarray(pointer, pointer + header.size)));
  }
  return texts;
}
