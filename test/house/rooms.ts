// The house as data: the rooms, the arrows between them, the doors, and which rooms are pure.
// ARCHITECTURE.md draws it; linter-rules.ts makes linter rules of it; arrows.test.ts holds the code to it.

/** Who may import whom. A folder that is no key here is no room; `host` itself means the files right under host/. */
export const ARROWS = {
  "chain/protocol": [],
  "chain/state": ["chain/protocol"],
  "chain/store": ["chain/state", "chain/protocol"],
  "chain/consensus": ["chain/state", "chain/store", "chain/protocol"],
  "chain/light": ["chain/protocol"],
  "sre/core": ["chain/protocol"],
  "sre/walls": ["chain/protocol"],
  "sre/wasm": ["sre/core", "sre/walls", "chain/protocol"],
  "sre/quickjs": ["sre/wasm", "sre/core", "chain/protocol"],
  "sre/container": ["sre/core", "sre/walls", "chain/protocol"],
  "sre/gpu": ["chain/protocol"],
  "sre/webgpu": ["sre/wasm", "sre/core", "chain/protocol"],
  host: ["chain/protocol"],
  "host/client": ["host", "chain/protocol"],
  "host/engines": ["host", "sre/wasm"],
  "host/check": ["host", "host/engines", "sre/wasm", "sre/quickjs", "sre/core", "chain/protocol"],
  "host/build": ["host", "sre/wasm", "sre/quickjs", "sre/container", "sre/webgpu", "sre/core", "chain/protocol"],
  "host/api": ["host", "chain/consensus", "chain/store", "chain/state", "chain/protocol"],
  "host/node": [
    ...["host", "host/api", "host/client"],
    ...["chain/consensus", "chain/store", "chain/state", "chain/light", "chain/protocol"],
    ...["sre/wasm", "sre/quickjs", "sre/container", "sre/core"],
  ],
  "host/explorer": ["host/client", "chain/light", "chain/protocol", "sre/wasm", "sre/quickjs", "sre/core"],
  "host/cli": [
    ...["host", "host/node", "host/api", "host/client", "host/build", "host/check"],
    ...["chain/consensus", "chain/store", "chain/state", "chain/light", "chain/protocol"],
    ...["sre/wasm", "sre/quickjs", "sre/container", "sre/webgpu", "sre/gpu", "sre/core"],
  ],
} as const satisfies Record<string, readonly string[]>;

/** A room's folder. */
export type Room = keyof typeof ARROWS;

/** Every room. */
export const ROOMS = Object.keys(ARROWS) as Room[];

/**
 * Files besides index.ts by which a room may be entered, and by whom: what needs Node stays out of browsers, and
 * commands that need little start without the rest.
 */
export const SIDE_DOORS: Readonly<Record<string, readonly Room[]>> = {
  "sre/wasm/process.ts": ["host/node", "host/cli", "host/engines"],
  "sre/wasm/means.ts": ["host/build", "host/node", "host/cli", "host/check"],
  "sre/wasm/examine.ts": ["host/check"],
  "sre/quickjs/kind.ts": ["host/check"],
  "host/engines/text.ts": ["host/check"],
  "sre/quickjs/file.ts": ["host/node", "host/cli", "host/check"],
  "sre/wasm/parts.ts": ["sre/quickjs"],
  "sre/wasm/run-guests.ts": ["sre/quickjs"],
  "sre/wasm/rewrite-modules.ts": ["sre/quickjs"],
  "sre/wasm/walled.ts": ["sre/webgpu"],
  "sre/wasm/between.ts": ["sre/webgpu"],
  "sre/container/docker.ts": ["host/node", "host/cli"],
  "sre/webgpu/sandbox.ts": ["host/cli"],
  "sre/gpu/machine.ts": ["host/cli"],
  "chain/store/sqlite.ts": ["host/node", "host/cli"],
  "host/node/data.ts": ["host/cli"],
};

/** Folders without clock, randomness, locale, I/O or promise; tsconfig.pure.json lists the same. */
export const PURE = [
  "chain/protocol",
  "chain/state",
  "chain/light",
  "sre/core",
  "sre/wasm/rewrite",
  "sre/wasm/values",
] as const;

/** Files of otherwise browser-safe rooms that need Node: the worker processes of sre/wasm, the engine of sre/container, the device of sre/webgpu. */
export const DRIVERS = [
  ...["sre/wasm/evaluate.ts", "sre/wasm/means.ts"],
  ...["sre/wasm/process.ts", "sre/wasm/process", "sre/wasm/pipe.ts"],
  ...["sre/wasm/walled.ts", "sre/wasm/between.ts", "sre/webgpu/sandbox.ts", "sre/webgpu/dawn", "sre/gpu/machine.ts"],
  ...["sre/wasm/rewriter.ts", "sre/wasm/rewrite-modules.ts", "sre/wasm/worker.ts", "sre/wasm/run-guests.ts"],
  ...["sre/quickjs/file.ts", "sre/quickjs/rewriter.ts", "sre/quickjs/worker.ts"],
  ...["sre/container/docker.ts", "sre/container/docker"],
] as const;

/** The room that a file belongs to, or null: `sre/wasm/abi/bytes/index.ts` → `sre/wasm`, `host/x.ts` → `host`. */
export function roomOf(file: string): Room | null {
  const [top, second, third] = file.split("/");
  const folder = third === undefined ? `${top}` : `${top}/${second}`;
  return Object.hasOwn(ARROWS, folder) ? (folder as Room) : null;
}

/** Whether a file may import another of ours: its own room at will, other rooms along an arrow through a door. */
export function mayImport(from: string, to: string): boolean {
  const [source, target] = [roomOf(from), roomOf(to)];
  if (source === null || target === null) return false;
  if (source === target) return true;
  const arrows: readonly Room[] = ARROWS[source];
  if (!arrows.includes(target)) return false;
  return target === "host" || to === `${target}/index.ts` || (SIDE_DOORS[to]?.includes(source) ?? false);
}
