// `doctor`: what this machine has for running guests and for building them, which walls around them were proven just now,
// and what to install for more.
import type { Command } from "commander";
import { GRADES, gradeOf, type Json, WALLS, type Wall, wallsMissing } from "../../../chain/protocol/index.ts";
import { JAVASCRIPT } from "../../../sre/quickjs/index.ts";
import { examine, type Finding, WasmSandbox } from "../../../sre/wasm/process.ts";
import { type LanguageHere, lookForToolchains, type ToolHere } from "../../build/index.ts";
import { type Containers, containersDocument, findContainers } from "../containers.ts";
import { type EngineOptions, withEngine } from "../engine.ts";
import { gpuRows, gpusDocument, lookForGpus } from "../gpus.ts";
import { type KernelsHere, lookForKernels } from "../kernels.ts";
import { profileSentence } from "../profiles.ts";
import type { Session } from "../session.ts";

/** Adds the command. */
export function define(command: Command, session: Session): void {
  withEngine(command, "attack the walls around containers too, at this engine")
    .addHelpText(
      "after",
      `\nGrades of isolation, the weakest first: ${GRADES.join(", ")}.\n\nExample:\n  lockstep doctor`,
    )
    .action(async (options: EngineOptions) => {
      const sandbox = new WasmSandbox({ workers: 1 });
      session.atEnd(() => sandbox.close());
      await sandbox.warm();
      const containers = await findContainers(session, options);
      const { engine, isolation } = sandbox.surroundings;
      const { findings, tools } = await examine();
      const kernels = await lookForKernels();
      const languages = await lookForToolchains();
      const gpus = await lookForGpus();
      const profiles = [...sandbox.profiles, JAVASCRIPT.id];
      const walls = WALLS.filter((wall) => wall !== "none").map((wall) => wallOf(wall, isolation, findings));
      const grade = gradeOf(isolation);
      const lines = [
        row("node", `${process.versions.node}, ${process.platform} ${process.arch}`),
        row("engine", `${engine.name} ${engine.version}`),
        ...profiles.map((id, at) => row(at === 0 ? "profiles" : "", profileSentence(id))),
        ...tools.map(({ name, path, remedy }) => row(name, path ?? `missing: ${remedy}`)),
        ...walls.map(({ detail, inForce, wall }) => row(wall, `${inForce ? "holds" : "does not hold"}: ${detail}`)),
        row("isolation", gradeSentence(grade, isolation)),
        ...kernelRows(kernels),
        ...languages.map((language) => row(language.title, languageSentence(language))),
        ...gpuRows(gpus).map((text, at) => row(at === 0 ? "gpus" : "", text)),
        row("containers", containers.found),
        ...containerRows(containers),
      ];
      session.output.result(lines.join("\n"), {
        node: process.versions.node,
        platform: `${process.platform} ${process.arch}`,
        engine: { ...engine },
        profiles,
        tools: tools.map((tool) => ({ ...tool })) as Json,
        walls: walls.map((wall) => ({ ...wall })),
        grade,
        kernels: {
          device: kernels.device === null ? null : { ...kernels.device, walls: [...kernels.device.walls] },
          profiles: [...kernels.profiles],
          missing: kernels.missing,
        },
        languages: languages.map(({ componentTools, title, tools }) => ({
          title,
          tools: tools.map(toolDocument),
          componentTools: componentTools.map(toolDocument),
        })),
        gpus: gpusDocument(gpus),
        containers: containersDocument(containers),
      });
    });
}

const toolDocument = ({ name, version, ways }: ToolHere): Json => ({ name, version, ways: [...ways] });

/** What builds a language here, or how to get it. */
function languageSentence({ componentTools, tools }: LanguageHere): string {
  const components = componentTools.length === 0 ? "" : `; components by ${toolsSentence(componentTools)}`;
  return `${toolsSentence(tools)}${components}`;
}

function toolsSentence(tools: readonly ToolHere[]): string {
  const found = tools.filter(({ version }) => version !== null);
  if (found.length > 0) return found.map(({ name, version }) => `${name} ${version}`).join(", ");
  return `${tools.map(({ name }) => name).join(" or ")}, missing: ${tools.flatMap(({ ways }) => ways).join(", or ")}`;
}

/** What is said of kernels: the device, its own grade, what it runs. */
function kernelRows({ device, missing, profiles }: KernelsHere): readonly string[] {
  if (device === null) return [row("kernels", `not here: ${missing}`)];
  return [
    row("kernels", `${device.name}; isolation ${gradeOf(device.walls)}`),
    ...profiles.map((id) => row("", profileSentence(id))),
  ];
}

/** What is said of the walls around containers; nothing where nobody asked for the attack. */
const containerRows = ({ engine, walls }: Containers): readonly string[] => {
  if (walls !== null) return [row("container walls", `${walls.hold ? "hold" : "do not hold"}: ${walls.detail}`)];
  return engine === null ? [] : [row("container walls", "not attacked; do that with: lockstep doctor --docker")];
};

const row = (name: string, text: string): string => `${name.padEnd(19)}${text}`;

interface WallState {
  readonly wall: Wall;
  readonly inForce: boolean;
  readonly detail: string;
}

/** What is said of the walls that are seen on the worker process itself. */
const SEEN: Readonly<Partial<Record<Wall, readonly [string, string]>>> = {
  process: ["a process of its own with an empty environment", "no worker process could be started"],
  "no-new-privileges": [
    "the kernel has noted it on the process",
    "neither bubblewrap nor setpriv (util-linux) is there",
  ],
  "node-permission": ["files, children and threads are refused to its JavaScript", "this Node has no --permission"],
};

function wallOf(wall: Wall, isolation: readonly Wall[], findings: readonly Finding[]): WallState {
  const inForce = isolation.includes(wall);
  const found = findings.find((finding) => finding.wall === wall)?.detail;
  const [holds, fails] = SEEN[wall] ?? [];
  return { wall, inForce, detail: found ?? (inForce ? holds : fails) ?? "" };
}

function gradeSentence(grade: (typeof GRADES)[number], isolation: readonly Wall[]): string {
  const better = GRADES[GRADES.indexOf(grade) + 1];
  if (better === undefined) return `${grade}, the highest grade`;
  return `${grade}; for ${better} it lacks ${wallsMissing(isolation, better).join(", ")}`;
}
