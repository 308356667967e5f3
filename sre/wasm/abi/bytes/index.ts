// The ABI `bytes/1`: bytes in, bytes out, for any language that can export three functions. Specified in
// sre/SPEC.md, rules B1 to B6.
import { GuestEnded, type Host } from "../../host.ts";
import type { FunctionType, ModuleExport } from "../../rewrite/index.ts";
import { type Abi, ENTRY_NAME, type Entry, type Guest, hasType } from "../abi.ts";
import { singleModule } from "../single.ts";

const TEXT: FunctionType = { params: ["i32", "i32"], results: [] };

const isEntry = (candidate: ModuleExport) =>
  ENTRY_NAME.test(candidate.name) && hasType(candidate.type, ["i32", "i32"], ["i64"]);

/** The ABI `bytes/1`. */
export const bytesAbi: Abi = singleModule({
  name: "bytes/1",
  imports: [
    { module: "lockstep", name: "log", type: TEXT },
    { module: "lockstep", name: "abort", type: TEXT },
  ],

  misfit({ exports }) {
    const memory = exports.find((candidate) => candidate.name === "memory");
    if (memory?.kind !== "memory") return `exports no memory named "memory"`;
    const alloc = exports.find((candidate) => candidate.name === "alloc");
    if (alloc === undefined || !hasType(alloc.type, ["i32"], ["i32"])) return `exports no function alloc(i32) -> i32`;
    return exports.some(isEntry) ? null : "exports no function (i32, i32) -> i64 to be called";
  },

  entries: (exports) => exports.filter(isEntry).map((candidate) => candidate.name),

  entry(exports, name) {
    return exports.some((candidate) => candidate.name === name && isEntry(candidate))
      ? { name, convention: "bytes" }
      : null;
  },

  keeps: (candidate) => candidate.name === "memory" || candidate.name === "alloc" || isEntry(candidate),

  bind(host) {
    const text = (name: string, act: (bytes: Uint8Array) => void) => (pointer: number, length: number) => {
      const bytes = host.view(pointer, length, name);
      if (bytes === null || !host.charge(bytes.length)) return;
      host.called(name, [{ kind: "bytes", value: bytes }], []);
      act(bytes);
    };
    return {
      lockstep: {
        log: text("log", (bytes) => host.logs.line(bytes)),
        abort: text("abort", (bytes) => {
          host.logs.line(bytes);
          host.end("trap", "the guest aborted; its log says why");
        }),
      },
    };
  },

  invoke,
});

function invoke({ exports }: Guest, entry: Entry, input: Uint8Array, host: Host): Uint8Array {
  const alloc = exports.alloc as (size: number) => number;
  const run = exports[entry.name] as (pointer: number, length: number) => bigint;
  if (!host.charge(input.length)) throw new GuestEnded("out-of-fuel", "no fuel for the input");
  const pointer = alloc(input.length) >>> 0;
  const memory = host.memory();
  if (pointer + input.length > memory.length) {
    throw new GuestEnded("bad-answer", `alloc gave ${pointer} for ${input.length} bytes, outside the memory`);
  }
  memory.set(input, pointer);
  const answer = BigInt.asUintN(64, run(pointer, input.length));
  const start = Number(answer >> 32n);
  const length = Number(answer & 0xffffffffn);
  const after = host.memory();
  if (start + length > after.length) {
    throw new GuestEnded("bad-answer", `${entry.name} answered ${length} bytes at ${start}, outside the memory`);
  }
  if (length > host.limits.output) {
    throw new GuestEnded("output-limit", `the output has ${length} bytes; the limit is ${host.limits.output}`);
  }
  if (!host.charge(length)) throw new GuestEnded("out-of-fuel", "no fuel for the output");
  return after.slice(start, start + length);
}
