// The walls of an engine's containers, attacked from inside one before anything else runs there.
import { hash } from "node:crypto";
import { type Digest, LockstepError } from "../../../chain/protocol/index.ts";
import { architectureOf, attackProgram, breaches, callsOf, readResults } from "../../walls/index.ts";
import { ATTACKS } from "../attacks.ts";
import { packFiles } from "../exchange.ts";
import { writeImage } from "../image.ts";
import { BOX } from "../limits.ts";
import { runScript } from "../script.ts";
import { readTar, writeTar } from "../tar.ts";
import type { Boxes } from "./boxes.ts";
import type { Images } from "./images.ts";

const PROOF_MS = 30_000;
const ANSWER_BYTES = 1024 * 1024;
/** Processors as images name them. */
const ARCHITECTURES = { x64: "amd64", arm64: "arm64" } as const;

/** Runs every attack in a container. ISOLATION naming the first that succeeded, or that nothing could be proven. */
export async function proveWalls(boxes: Boxes, images: Images): Promise<void> {
  const calls = callsOf(ATTACKS);
  const architecture = architectureOf(process.platform, process.arch);
  if (architecture === null)
    throw new LockstepError("ISOLATION", `walls can't be proven on ${process.platform} ${process.arch}`);
  const layer = writeTar([{ path: "attack", bytes: attackProgram(architecture, calls), executable: true }]);
  const digest = (bytes: Uint8Array) => hash("sha256", bytes, "hex") as Digest;
  const recipe = { architecture: ARCHITECTURES[architecture], command: ["/attack"], env: [], layers: [digest(layer)] };
  const config = writeImage(recipe);
  await images.ready(digest(config), config, async function* () {
    yield layer;
  });
  const shape = { image: `sha256:${digest(config)}`, memory: BOX.leastMemory, scratch: BOX.scratchBytes };
  const run = runScript({ command: recipe.command, env: {}, folder: "/", joined: false });
  const files = packFiles(run, new Uint8Array(), 0, []);
  const { stdout, stderr } = await boxes.use(shape, false, (box) => box.run(files, ANSWER_BYTES, PROOF_MS));
  const results = resultsIn(stdout, calls.length);
  if (results === null) {
    const complaint = new TextDecoder().decode(stderr).trim().slice(0, 300);
    throw new LockstepError(
      "ISOLATION",
      `a container could not be attacked, so its walls are not proven: ${complaint}`,
    );
  }
  const [first] = breaches(ATTACKS, results);
  if (first !== undefined) throw new LockstepError("ISOLATION", `a program in a container could ${first.name}`);
}

function resultsIn(archive: Uint8Array, calls: number): readonly bigint[] | null {
  if (archive.length === 0) return null;
  const files = readTar(archive, { entries: 16, bytes: ANSWER_BYTES });
  return readResults(files.find(({ path }) => path === "stdout")?.bytes ?? new Uint8Array(), calls);
}
