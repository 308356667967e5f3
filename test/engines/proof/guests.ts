// What runs inside each engine for programs that others wrote: module, input and files are fetched from where the job says
// that they are, since they are large; each is rewritten, compiled and run by the engine itself, as by whoever checks a
// receipt there. First: the guest ABIs make their encoders when they are loaded.
import "../../../host/engines/text.ts";
import type { Fuel } from "../../../chain/protocol/index.ts";
import type { RunEnd, RunSpec } from "./job.ts";
import { contextOf, endOf, watch } from "./watched.ts";

/** One run of a program; module, input and files are paths for shells, and addresses for browsers. */
export interface GuestSpec {
  readonly module: string;
  readonly abi: string;
  readonly entry: string;
  readonly input: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly limits: RunSpec["limits"];
}

/** Bytes of a memory that is hashed: more than any of the programs has. */
const HASHED_BYTES = 512 * 1024 * 1024;

/** What shells and browsers read with. */
interface Means {
  readonly XMLHttpRequest?: new () => {
    open(method: string, address: string, later: boolean): void;
    send(): void;
    responseType: string;
    readonly response: ArrayBuffer;
  };
  readonly process?: { getBuiltinModule(name: string): { readFileSync(path: string): Uint8Array } };
  readonly readFile?: (path: string, kind: "binary") => Uint8Array;
}

function read(place: string): Uint8Array {
  const { XMLHttpRequest: Request, process, readFile } = globalThis as Means;
  if (process !== undefined) return new Uint8Array(process.getBuiltinModule("node:fs").readFileSync(place));
  if (Request === undefined) return readFile!(place, "binary");
  const request = new Request();
  request.open("GET", place, false);
  request.responseType = "arraybuffer";
  request.send();
  return new Uint8Array(request.response);
}

/** Runs them one after the other, nothing of one kept for the next. */
export function main(runs: readonly GuestSpec[]): readonly RunEnd[] {
  return runs.map(({ module, abi, entry, input, args, env, files, limits }) => {
    const bytes = Object.fromEntries(Object.entries(files).map(([path, place]) => [path, read(place)]));
    const job = {
      ...{ entry, limits: { ...limits, fuel: BigInt(limits.fuel) as Fuel } },
      ...{ ...contextOf({ args, env, files: bytes }), input: read(input) },
    };
    return endOf(watch(abi, read(module)), job, HASHED_BYTES);
  });
}
