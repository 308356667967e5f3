// `wasi:cli`, `wasi:clocks` and `wasi:random`: what is not streams or files.
import { NS_PER_MS } from "../../../world/index.ts";
import { InputStream, OutputStream, Pollable } from "./io.ts";
import { Handle, object, type System, u64, unsigned } from "./system.ts";

const NS_PER_SECOND = 1_000_000_000n;
const LATEST = 2n ** 64n - 1n;

/** A time in the shape of `wasi:clocks/wall-clock.datetime`. */
export const datetime = (nanoseconds: bigint) => ({
  seconds: nanoseconds / NS_PER_SECOND,
  nanoseconds: Number(nanoseconds % NS_PER_SECOND),
});

class TerminalInput extends Handle {}
class TerminalOutput extends Handle {}

/** `wasi:cli` but for its entry. Standard output is the run's output where the entry is `wasi:cli/run`, else it goes to the logs. */
export function cli(system: System) {
  const { world } = system;
  const call =
    <T>(name: string, act: () => T) =>
    () =>
      system.call(`wasi:cli/${name}`, [], act);
  const logs = () => new OutputStream(system, (bytes) => world.log(bytes));
  const output = () => (system.streams ? new OutputStream(system, (bytes) => world.print(bytes)) : logs());
  const none = (name: string) => call(name, () => undefined);
  return {
    "wasi:cli/environment": {
      getEnvironment: call("environment#get-environment", () => world.env.map(([name, value]) => [name, value])),
      getArguments: call("environment#get-arguments", () => [...world.args]),
      initialCwd: call("environment#initial-cwd", () => "/"),
    },
    "wasi:cli/exit": {
      exit: (status: unknown) =>
        system.call("wasi:cli/exit#exit", [status], () => system.exit(object(status)["tag"] === "ok" ? 0 : 1)),
      exitWithCode: (code: unknown) =>
        system.call("wasi:cli/exit#exit-with-code", [code], () => system.exit(unsigned(code, 8))),
    },
    "wasi:cli/stdin": {
      getStdin: call("stdin#get-stdin", () => new InputStream(system, (most) => world.input.read(most))),
    },
    "wasi:cli/stdout": { getStdout: call("stdout#get-stdout", output) },
    "wasi:cli/stderr": { getStderr: call("stderr#get-stderr", logs) },
    "wasi:cli/terminal-input": { TerminalInput },
    "wasi:cli/terminal-output": { TerminalOutput },
    "wasi:cli/terminal-stdin": { getTerminalStdin: none("terminal-stdin#get-terminal-stdin") },
    "wasi:cli/terminal-stdout": { getTerminalStdout: none("terminal-stdout#get-terminal-stdout") },
    "wasi:cli/terminal-stderr": { getTerminalStderr: none("terminal-stderr#get-terminal-stderr") },
  };
}

/** `wasi:clocks`. */
export function clocks(system: System) {
  const { world } = system;
  const monotonic = "wasi:clocks/monotonic-clock";
  const wall = "wasi:clocks/wall-clock";
  const later = (duration: bigint) => {
    const due = world.elapsed + duration;
    return due > LATEST ? LATEST : due;
  };
  return {
    [monotonic]: {
      now: () => system.call(`${monotonic}#now`, [], () => world.runTime()),
      resolution: () => system.call(`${monotonic}#resolution`, [], () => NS_PER_MS),
      subscribeInstant: (when: unknown) =>
        system.call(`${monotonic}#subscribe-instant`, [when], () => new Pollable(system, u64(when))),
      subscribeDuration: (time: unknown) =>
        system.call(`${monotonic}#subscribe-duration`, [time], () => new Pollable(system, later(u64(time)))),
    },
    [wall]: {
      now: () => system.call(`${wall}#now`, [], () => datetime(world.wallTime())),
      resolution: () => system.call(`${wall}#resolution`, [], () => datetime(NS_PER_MS)),
    },
  };
}

/** `wasi:random`: all of it is the context's seeded stream. */
export function random(system: System) {
  const { world } = system;
  const number = () => new DataView(world.randomBytes(8).buffer).getBigUint64(0, true);
  const some = (name: string) => (length: unknown) =>
    system.call(name, [length], () => world.randomBytes(system.count(u64(length), name)));
  const one = (name: string) => () => system.call(name, [], number);
  return {
    "wasi:random/random": {
      getRandomBytes: some("wasi:random/random#get-random-bytes"),
      getRandomU64: one("wasi:random/random#get-random-u64"),
    },
    "wasi:random/insecure": {
      getInsecureRandomBytes: some("wasi:random/insecure#get-insecure-random-bytes"),
      getInsecureRandomU64: one("wasi:random/insecure#get-insecure-random-u64"),
    },
    "wasi:random/insecure-seed": {
      insecureSeed: () => system.call("wasi:random/insecure-seed#insecure-seed", [], () => [number(), number()]),
    },
  };
}
