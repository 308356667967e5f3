// What this process makes of every run: the reference that the engines are held to and that the vector file pins.
import { createHash } from "node:crypto";
import { componentAbi } from "../../../sre/wasm/abi/component/index.ts";
import { encodeForm } from "../../../sre/wasm/form.ts";
import { PROFILES } from "../../../sre/wasm/index.ts";
import { means } from "../../../sre/wasm/means.ts";
import { edgesOf, PLAN, planModules } from "./cases.ts";
import { HAZARDS } from "./hazards.ts";
import type { EngineJob, RunEnd, RunSpec } from "./job.ts";
import { main } from "./main.ts";

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** The modules of the plan. */
const MODULES = planModules();
/** Every module that a job may name, as hexadecimal digits. */
const ALL = Object.fromEntries(Object.entries({ ...MODULES, ...HAZARDS }).map(([name, bytes]) => [name, hex(bytes)]));

/** Forms of components; the engines get them, since only this process has the transpiler. */
const FORMS = Object.fromEntries(
  Object.entries(MODULES)
    .filter(([, bytes]) => componentAbi.misfit({ source: bytes, core: null }) === null)
    .map(([name, bytes]) => {
      const form = componentAbi.form(bytes, PROFILES.at(-1)!, means);
      return [name, hex(Buffer.concat(encodeForm(form)))] as const;
    }),
);

/** A job with the modules filled in. */
export function jobOf(parts: Partial<Omit<EngineJob, "modules" | "forms">>): EngineJob {
  return { modules: ALL, forms: FORMS, runs: [], raw: [], features: [], wrong: [], ...parts };
}

/** A run of a hazard's guest. */
export function hazardRun(module: string, memory = 64 * 65_536): RunSpec {
  const limits = { fuel: "400000000", memory, stack: 262_144, output: 100_000, logs: 10_000 };
  return { module, abi: "bytes/1", entry: "run", input: "", limits };
}

/** Every run of the plan, with the edges that follow from the fuel that the first ones used, and its end. */
export async function reference(): Promise<{ readonly specs: readonly RunSpec[]; readonly ends: readonly RunEnd[] }> {
  const first = await main(jobOf({ runs: PLAN.map((planned) => planned.spec) }));
  const specs = PLAN.flatMap((planned, index) => {
    const { exit, fuel } = first.runs[index]!;
    if (fuel === undefined) throw new Error(`${planned.spec.module}: ${exit}`);
    const edges = planned.edges && exit !== "invalid-module" && exit !== "out-of-fuel";
    return [planned.spec, ...(edges ? edgesOf(planned, BigInt(fuel)) : [])];
  });
  return { specs, ends: (await main(jobOf({ runs: specs }))).runs };
}

/** The text of the vector file: each module's digests once, then its runs, one a line. */
export function vectorFile(specs: readonly RunSpec[], ends: readonly RunEnd[]): string {
  const names = Object.keys(MODULES);
  const blocks = names.map((name) => {
    const own = specs.flatMap((spec, index) => (spec.module === name ? [{ spec, end: ends[index]! }] : []));
    const { profile, rewritten } = own[0]!.end;
    const head = { profile, source: digest(MODULES[name]!), rewritten };
    const runs = own.map(({ spec: { abi, entry, input, context, limits }, end }) => {
      const { exit, fuel, output, logs, calls, memory } = end;
      return `      ${JSON.stringify({ abi, entry, input, context, limits, exit, fuel, output, logs, calls, memory })}`;
    });
    const fields = Object.entries(head).map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
    return [`  ${JSON.stringify(name)}: {`, ...fields, `    "runs": [`, runs.join(",\n"), "    ]", "  }"].join("\n");
  });
  return `{\n${blocks.join(",\n")}\n}\n`;
}
