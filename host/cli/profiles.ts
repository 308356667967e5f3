// How a determinism profile is told to people: its label, its id, and the engines that can run its calls again.
import { CONTAINER_PROFILE } from "../../sre/container/index.ts";
import { JAVASCRIPT } from "../../sre/quickjs/index.ts";
import { type EngineName, findProfile, type Profile } from "../../sre/wasm/index.ts";
import { FLOATS, INTEGERS } from "../../sre/webgpu/index.ts";

const ENGINES: Readonly<Record<EngineName, string>> = {
  v8: "V8",
  spidermonkey: "SpiderMonkey",
  javascriptcore: "JavaScriptCore",
};

const engineNames = ({ engines }: Profile): string => engines.map((name) => ENGINES[name]).join(", ");

/** A profile in one line, such as `wasm-1+memory64 (V8, SpiderMonkey) wasm-1-83…`; that of containers says no engine, since none repeats it; the bare id of one unknown here. */
export function profileSentence(id: string): string {
  if (id === CONTAINER_PROFILE) return `container-1 (not repeatable) ${id}`;
  if (id === INTEGERS) return `kernels of integers (any device) ${id}`;
  if (id === FLOATS) return `kernels of floats (one class of devices, chosen when it is run or deployed) ${id}`;
  if (id.startsWith(FLOATS)) return `kernels of floats (devices of this class) ${id}`;
  const profile = id === JAVASCRIPT.id ? JAVASCRIPT : findProfile(id);
  return profile === undefined ? id : `${profile.label} (${engineNames(profile)}) ${id}`;
}
