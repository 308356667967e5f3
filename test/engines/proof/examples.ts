// The examples as runs that other engines repeat: the built module, and its form where it is a component.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Built } from "../../../host/build/index.ts";
import { componentAbi } from "../../../sre/wasm/abi/component/index.ts";
import { encodeForm } from "../../../sre/wasm/form.ts";
import { PROFILES } from "../../../sre/wasm/index.ts";
import { means } from "../../../sre/wasm/means.ts";
import { EXAMPLES, expectedOf } from "../../support/examples.ts";
import type { EngineJob, RunSpec } from "./job.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const LIMITS = { fuel: "1000000000", memory: 64 * 1024 * 1024, stack: 262_144, output: 1_000_000, logs: 64_000 };

/** An example's module and what is to be run of it. */
export interface Example {
  readonly name: string;
  readonly module: string;
  /** Of a component, which only this process can take apart. */
  readonly form: string | null;
  readonly run: RunSpec;
}

/** An example once it is built; null where it is no module by itself: what an interpreter brings along has its own tests. */
export function exampleOf(name: string, { carried, manifest: { abi, sre }, module }: Built): Example | null {
  if (sre !== "wasm" || carried.files.size > 0) return null;
  const { entry, input } = expectedOf(name);
  const component = abi === componentAbi.name;
  const form = component ? hex(Buffer.concat(encodeForm(componentAbi.form(module, PROFILES.at(-1)!, means)))) : null;
  const run = { module: name, abi, entry, input: hex(readFileSync(join(EXAMPLES, name, input))), limits: LIMITS };
  return { name, module: hex(module), form, run };
}

/** The job of running examples. */
export const jobOf = (examples: readonly Example[]): EngineJob => ({
  modules: Object.fromEntries(examples.map(({ name, module }) => [name, module])),
  forms: Object.fromEntries(examples.flatMap(({ name, form }) => (form === null ? [] : [[name, form]]))),
  runs: examples.map(({ run }) => run),
  ...{ raw: [], features: [], wrong: [] },
});
