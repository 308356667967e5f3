// The devices of this machine: `nvidia-smi` is asked, specifications of CDI are read where engines read them. For Node alone.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { LockstepError } from "../../chain/protocol/index.ts";
import { CDI_BYTES, type DeviceSet, readCdi, translateCdi } from "./cdi.ts";
import { NVIDIA_QUERY, type NvidiaGpu, type NvidiaSlice, readNvidiaQuery, readNvidiaSlices } from "./nvidia.ts";

/** Milliseconds that `nvidia-smi` may take: some tenths when the driver is loaded, seconds when it loads it first. */
const ASK_MS = 20_000;
const ANSWER_BYTES = 1024 * 1024;
/** Where engines look for specifications. */
const CDI_FOLDERS: readonly string[] = ["/etc/cdi", "/var/run/cdi"];

/** A device by a specification, and what a container would get of it. */
export interface CdiDevice {
  /** As engines spell it, for example `nvidia.com/gpu=0`. */
  readonly name: string;
  readonly set: DeviceSet;
}

/** What was found. */
export interface GpusHere {
  readonly gpus: readonly (NvidiaGpu & { readonly slices: readonly NvidiaSlice[] })[];
  readonly cdi: readonly CdiDevice[];
  /** What was there and could not be used, each in one sentence. */
  readonly troubles: readonly string[];
}

/** What a program says; null with no such program, its complaint when it ends badly. */
function ask(program: string, args: readonly string[]): Promise<{ readonly text: string; readonly failed: boolean }> {
  const options = { timeout: ASK_MS, maxBuffer: ANSWER_BYTES, env: { LC_ALL: "C" }, killSignal: "SIGKILL" } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, out, complaint) => {
      resolve({ text: error === null ? out : out || complaint || error.message, failed: error !== null });
    });
  });
}

async function nvidia(folders: readonly string[]): Promise<Pick<GpusHere, "gpus" | "troubles">> {
  const program = folders.map((folder) => join(folder, "nvidia-smi")).find(existsSync);
  if (program === undefined) return { gpus: [], troubles: [] };
  const { failed, text } = await ask(program, NVIDIA_QUERY);
  const { gpus, troubles } = readNvidiaQuery(text);
  const listed = gpus.some(({ sliced }) => sliced) ? readNvidiaSlices((await ask(program, ["-L"])).text) : new Map();
  const said = failed && troubles.length === 0 ? ["it ended badly"] : troubles;
  return {
    gpus: gpus.map((gpu) => ({ ...gpu, slices: listed.get(gpu.uuid) ?? [] })),
    troubles: said.map((line) => `nvidia-smi: ${line}`),
  };
}

function specification(file: string): readonly CdiDevice[] {
  if (extname(file) !== ".json") {
    throw new LockstepError("UNSUPPORTED", "only JSON is read; write it with: nvidia-ctk cdi generate --format=json");
  }
  if (statSync(file).size > CDI_BYTES) throw new LockstepError("TOO_LARGE", `it has more than ${CDI_BYTES} bytes`);
  const spec = readCdi(new Uint8Array(readFileSync(file)));
  return spec.devices.map(({ name }) => ({ name: `${spec.kind}=${name}`, set: translateCdi(spec, [name]) }));
}

function specifications(folders: readonly string[]): Pick<GpusHere, "cdi" | "troubles"> {
  const cdi: CdiDevice[] = [];
  const troubles: string[] = [];
  for (const folder of folders.filter(existsSync)) {
    for (const name of readdirSync(folder)
      .filter((file) => /\.(?:json|yaml|yml)$/.test(file))
      .sort()) {
      const file = join(folder, name);
      try {
        cdi.push(...specification(file));
      } catch (error) {
        troubles.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return { cdi, troubles };
}

/** Looks for devices: `path` are the folders of programs, `cdi` those of specifications. Never rejects. */
export async function lookForGpus(path: readonly string[], cdi = CDI_FOLDERS): Promise<GpusHere> {
  const devices = await nvidia(path);
  const specified = specifications(cdi);
  return { gpus: devices.gpus, cdi: specified.cdi, troubles: [...devices.troubles, ...specified.troubles] };
}
