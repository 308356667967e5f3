// Tests of what a language's toolchain builds: skipped with their reason where it is not installed.
import { describe } from "vitest";
import { type Component, component, present } from "./require.ts";

/** What each language needs besides the installation, and components in it where they need something else. */
const NEEDS: Readonly<Record<string, Component | null>> = {
  assemblyscript: null,
  javascript: null,
  typescript: null,
  c: "wasi-libc",
  cpp: "wasi-libcxx",
  rust: "rust-wasi",
  go: "go-wasi",
  zig: "zig",
  python: "python-wasi",
  wat: null,
  wgsl: "webgpu",
  "javascript component": "javascript-components",
  "python component": "componentize-py",
  container: "zig-docker",
};

function needOf(language: string): Component | null {
  const need = NEEDS[language];
  if (need === undefined) throw new Error(`say in NEEDS what ${language} needs`);
  return need;
}

/** Whether what is written in a language can be built here. */
export function canBuild(language: string): boolean {
  const need = needOf(language);
  return need === null || present(need);
}

/** `describe` for what is written in a language, or what stands in for it while its toolchain is missing. */
export function suiteFor(language: string): (title: string, suite: () => void) => void {
  const need = needOf(language);
  return need === null ? (title, suite) => describe(title, suite) : component(need);
}
