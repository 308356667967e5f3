// The adapter for containers: `image.json` says what an image is made of, from files of the project and programs in C,
// which the zig of this machine compiles without anything of the machine in them. No registry, no Dockerfile, no time: the
// same source and compiler give the same image everywhere.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import { CONTAINER_ABIS, type TarFile, TarRefused, writeImage, writeTar } from "../../sre/container/index.ts";
import { sha256 } from "./image.ts";
import { type Compiled, type Language, type SourceTree, type Toolchain, textOf } from "./language.ts";
import { missing, runCommand, warningsIn, withCopy } from "./tools.ts";
import { findZig, ZIG_TOOL } from "./zig.ts";

/** The file that an image starts from. */
const START = "image.json";
/** The folder of files that lie in the image as they are. */
const ROOT = "root/";
/** Processors as images name them, and as the compiler does. */
const TARGETS = { amd64: "x86_64-linux-musl", arm64: "aarch64-linux-musl" } as const;

const recipe = z.strictObject({
  architecture: z.enum(["amd64", "arm64"]).default("amd64"),
  /** The program and its first arguments. */
  command: z.array(z.string().min(1).max(4096)).min(1).max(64),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(4096)).default({}),
  abi: z.enum(CONTAINER_ABIS).optional(),
  /** Whether a container is to wait ahead for the next job. */
  warm: z.boolean().default(false),
  /** Paths in the image, and the C file that each program is made of. */
  programs: z.record(z.string().max(240), z.string().max(240)).default({}),
});
type Recipe = z.output<typeof recipe>;

const failed = (message: string) => new LockstepError("BUILD_FAILED", message);

/** Files and programs in C to an image. */
export const CONTAINER: Language = {
  name: "container",
  title: "a container's image",
  endings: [],
  starts: [START],
  tools: [ZIG_TOOL],
  abis: [...CONTAINER_ABIS],
  isSource: () => true,
  compile,
  output: ".tar",
  template: {
    example: "container-primes",
    files: ["lockstep.json", START, "primes.c", "input.txt"],
    about: "`primes.c` counts the primes below each number that it reads, `image.json` says what the image is made of",
  },
};

async function compile(tree: SourceTree, abi: string | undefined): Promise<Compiled> {
  const told = readRecipe(tree);
  const plain = [...tree.files].filter(([path]) => path.startsWith(ROOT));
  const copied = plain.map(([path, bytes]) => fileOf(path.slice(ROOT.length), bytes));
  const { made, toolchain, warnings } = await programsOf(tree, told);
  const layer = layerOf([...copied, ...made]);
  const { architecture, command, env, warm } = told;
  const module = writeImage({
    ...{ architecture, command, warm, abi: abi ?? told.abi ?? null, layers: [sha256(layer)] },
    env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
  });
  // A program may include any file of the project.
  const used = made.length > 0 ? [...tree.files.keys()] : [tree.entry, ...plain.map(([path]) => path)];
  return { module, parts: [layer], toolchain, used, entries: null, warnings };
}

function readRecipe({ entry, files }: SourceTree): Recipe {
  let value: unknown;
  try {
    value = JSON.parse(textOf(entry, files.get(entry)!));
  } catch (error) {
    throw error instanceof LockstepError ? error : failed(`${entry} is not JSON`);
  }
  const parsed = recipe.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw failed(`${entry} is not an image's file at "${issue?.path.join(".")}": ${issue?.message ?? "unknown form"}`);
}

/** A file of the image; what begins as a program does can be run. */
function fileOf(path: string, bytes: Uint8Array): TarFile {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 4));
  return { path, bytes, executable: head.startsWith("#!") || head === "\u007fELF" };
}

function layerOf(files: readonly TarFile[]): Uint8Array {
  try {
    return writeTar(files);
  } catch (error) {
    throw error instanceof TarRefused ? failed(`the image ${error.message}`) : error;
  }
}

interface Programs {
  readonly made: readonly TarFile[];
  readonly toolchain: Toolchain;
  readonly warnings: readonly string[];
}

async function programsOf(tree: SourceTree, { architecture, programs }: Recipe): Promise<Programs> {
  const wanted = Object.entries(programs);
  if (wanted.length === 0) return { made: [], toolchain: { name: "lockstep", version: "image-1" }, warnings: [] };
  const lacking = wanted.find(([, source]) => !tree.files.has(source));
  if (lacking !== undefined)
    throw failed(`${tree.entry}: there is no file ${lacking[1]} for the program ${lacking[0]}`);
  const [path, version] = [findZig(), await ZIG_TOOL.version()];
  if (path === null || version === null) throw missing("Zig, whose C compiler is used,", [ZIG_TOOL]);
  return withCopy(tree, async (folder) => {
    const env = { ZIG_LOCAL_CACHE_DIR: join(folder, ".zig-cache") };
    const command = { title: "zig", path, folder, env };
    const made: TarFile[] = [];
    const warnings: string[] = [];
    for (const [at, [program, source]] of wanted.entries()) {
      const output = `lockstep-output-${at}`;
      const args = ["cc", "-target", TARGETS[architecture], "-static", "-O2", "-s", "-o", output, `./${source}`];
      const { stderr } = await runCommand({ ...command, args });
      made.push({ path: program, bytes: new Uint8Array(readFileSync(join(folder, output))), executable: true });
      warnings.push(...warningsIn(stderr, folder));
    }
    return { made, toolchain: { name: "zig", version }, warnings };
  });
}
