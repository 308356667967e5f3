// The adapter for Rust: cargo for a crate, rustc for one file, by any toolchain of this machine that has the standard
// library for the target: a program for WASI preview 1, or a library of the type `cdylib` that exports functions of `bytes/1` or of a component's world.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LockstepError } from "../../chain/protocol/index.ts";
import { findCommands } from "../programs.ts";
import type { Compiled, Language, SourceTree, Tool } from "./language.ts";
import { BUILD_LIMITS } from "./limits.ts";
import { type Command, missing, runCommand, warningsIn, withCopy } from "./tools.ts";
import { COMPONENT_ABI } from "./wasm-tools.ts";

/** An ABI's kind of crate, and the names of its target, the present one first. */
const FORMS = {
  "wasi/1": { crate: "bin", targets: ["wasm32-wasip1", "wasm32-wasi"] },
  // A library for WASI would import what a panic needs to be printed.
  "bytes/1": { crate: "cdylib", targets: ["wasm32-unknown-unknown"] },
  // The first target makes a component by itself, of the world that the crate's own bindings name.
  [COMPONENT_ABI]: { crate: "cdylib", targets: ["wasm32-wasip2", "wasm32-unknown-unknown"] },
} as const;
type Form = (typeof FORMS)[keyof typeof FORMS];

const MANIFEST = "Cargo.toml";

const TOOL: Tool = {
  name: "rustc",
  ways: [`rustup target add ${FORMS["wasi/1"].targets[0]}`, "apt-get install cargo libstd-rust-dev-wasm32 lld"],
  version: async () => (await findRust(FORMS["wasi/1"]))?.version ?? null,
};

/** Rust to a command of `wasi/1`, to functions of `bytes/1`, or to a component. */
export const RUST: Language = {
  name: "rust",
  title: "Rust",
  endings: [".rs"],
  starts: [MANIFEST],
  tools: [TOOL],
  abis: Object.keys(FORMS),
  // A crate may include any file of its own; what cargo wrote is none.
  isSource: (path) => !path.startsWith("target/"),
  compile: (tree, abi = "wasi/1") => compile(tree, FORMS[abi as keyof typeof FORMS]),
  template: {
    example: "rust-iban",
    files: ["lockstep.json", "Cargo.toml", "Cargo.lock", "src/main.rs", "input.txt"],
    about: "`src/main.rs` reads account numbers, one a line, and says which are valid",
  },
};

/** A toolchain that can build for a target. */
interface Rust {
  readonly crate: Form["crate"];
  readonly rustc: string;
  readonly target: string;
  readonly version: string;
}

async function compile(tree: SourceTree, form: Form): Promise<Compiled> {
  return withCopy(tree, async (folder) => {
    const rust = await findRust(form);
    if (rust === null) {
      const [first, ...others] = TOOL.ways;
      const ways = [first!.replace(FORMS["wasi/1"].targets[0], form.targets[0]), ...others];
      throw missing("Rust for WebAssembly", [{ ...TOOL, ways }]);
    }
    const command = {
      folder,
      env: { ...homes(), RUSTC: rust.rustc, CARGO_ENCODED_RUSTFLAGS: flags(folder).join("\x1f") },
    };
    const { stderr } = await runCommand(
      tree.entry === MANIFEST ? cargo(command, tree, rust) : rustc(command, tree, rust),
    );
    const module = new Uint8Array(readFileSync(outputIn(folder, rust.target)));
    return {
      module,
      toolchain: { name: TOOL.name, version: rust.version },
      used: [...tree.files.keys()],
      entries: null,
      warnings: warningsIn(stderr, folder),
    };
  });
}

type Basis = Pick<Command, "folder" | "env">;

function cargo(basis: Basis, { files }: SourceTree, { rustc, target }: Rust): Command {
  // Without a lockfile the newest of each dependency would be taken, another one tomorrow.
  const pinned = files.has("Cargo.lock") ? "--locked" : "--offline";
  const args = ["build", "--quiet", "--release", pinned, "--target", target, "--target-dir", "target"];
  return { ...basis, title: "cargo", path: join(dirname(rustc), "cargo"), args };
}

function rustc(basis: Basis, { entry }: SourceTree, { crate, rustc: path, target }: Rust): Command {
  const options = ["--edition=2021", "-Copt-level=3", `--target=${target}`, ...flags(basis.folder)];
  const output = ["--crate-name=program", `--crate-type=${crate}`, "--out-dir=.", "-oprogram.wasm"];
  return { ...basis, title: "rustc", path, args: [...options, ...output, "--", entry] };
}

/** What makes the module free of debug names and of the place where it was built. */
function flags(folder: string): string[] {
  const moved = [folder, ...Object.values(homes())].map((path) => `--remap-path-prefix=${path}=.`);
  return ["-Cstrip=symbols", `-Clink-arg=-zstack-size=${BUILD_LIMITS.stackBytes}`, ...moved];
}

/** Where cargo and rustup keep what they have fetched. */
function homes(): Record<string, string> {
  const home = process.env["HOME"] ?? "/";
  const { CARGO_HOME = join(home, ".cargo"), RUSTUP_HOME = join(home, ".rustup") } = process.env;
  return { CARGO_HOME, RUSTUP_HOME };
}

/** The first rustc of this machine that has the standard library for a target. */
async function findRust({ crate, targets }: Form): Promise<Rust | null> {
  for (const rustc of findCommands("rustc")) {
    const command = { title: "rustc", path: rustc, folder: tmpdir(), env: homes() };
    for (const target of targets) {
      const asked = runCommand({ ...command, args: ["--print=target-libdir", `--target=${target}`] });
      const library = await asked.then(
        ({ stdout }) => stdout.trim(),
        () => null,
      );
      if (library === null || !existsSync(library)) continue;
      const { stdout } = await runCommand({ ...command, args: ["--version"] });
      return { crate, rustc, target, version: /^rustc (\S+)/.exec(stdout)?.[1] ?? "unknown" };
    }
  }
  return null;
}

/** The module that was made: the only one there may be. */
function outputIn(folder: string, target: string): string {
  const alone = join(folder, "program.wasm");
  if (existsSync(alone)) return alone;
  const release = join(folder, "target", target, "release");
  const modules = existsSync(release) ? readdirSync(release).filter((name) => name.endsWith(".wasm")) : [];
  if (modules.length === 1) return join(release, modules[0]!);
  const found = modules.length === 0 ? "no module" : `${modules.sort().join(" and ")}`;
  const wanted = `one binary, or one library with crate-type = ["cdylib"]`;
  throw new LockstepError("BUILD_FAILED", `the crate makes ${found}; a function is ${wanted}`);
}
