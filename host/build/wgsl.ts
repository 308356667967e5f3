// The adapter for kernels in WGSL: `kernel.json` says how the source is bound and dispatched, and takes the source in from
// the file that it names. Nothing is compiled, since each device's driver does that; what is of integers alone is checked.
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import { DAWN_VERSION, kernelSchema, WEBGPU_ABI, writeKernel } from "../../sre/webgpu/index.ts";
import { type Compiled, type Language, type SourceTree, textOf } from "./language.ts";

/** The file that a kernel starts from. */
const START = "kernel.json";

const project = z.strictObject({ ...kernelSchema.omit({ abi: true, wgsl: true }).shape, source: z.string().max(256) });

/** WGSL to a kernel. */
export const WGSL: Language = {
  name: "wgsl",
  title: "WGSL",
  endings: [],
  starts: [START],
  tools: [],
  abis: [WEBGPU_ABI],
  isSource: (path) => path.endsWith(".wgsl") || path === START || path.endsWith(`/${START}`),
  compile: async (tree) => gather(tree),
  output: ".kernel",
  template: {
    example: "wgsl-pieces",
    files: ["lockstep.json", START, "pieces.wgsl", "input.txt"],
    about: "`pieces.wgsl` takes a file and returns the SHA-256 of each KiB of it, `kernel.json` says how it is bound",
  },
};

const failed = (message: string) => new LockstepError("BUILD_FAILED", message);

function gather({ entry, files }: SourceTree): Compiled {
  const { source, ...rest } = readStart(entry, textOf(entry, files.get(entry)!));
  const folder = entry.slice(0, entry.lastIndexOf("/") + 1);
  const bytes = files.get(`${folder}${source}`);
  if (bytes === undefined) throw failed(`${entry}: "source" names ${source}, and there is no such file beside it`);
  try {
    const module = writeKernel({ abi: WEBGPU_ABI, wgsl: textOf(source, bytes), ...rest });
    const toolchain = { name: "wgsl", version: DAWN_VERSION };
    return { module, toolchain, used: [entry, `${folder}${source}`], entries: null, warnings: [] };
  } catch (error) {
    if (error instanceof LockstepError) throw failed(`${folder}${source}: ${error.message}`);
    throw error;
  }
}

function readStart(path: string, text: string): z.output<typeof project> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failed(`${path} is not JSON`);
  }
  const parsed = project.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw failed(`${path} is not a kernel's file at "${issue?.path.join(".")}": ${issue?.message ?? "unknown form"}`);
}
