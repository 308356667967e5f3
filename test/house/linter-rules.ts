// Makes the linter's rules per room out of rooms.ts: forbidden imports, globals and properties.
// lint.test.ts compares the result with biome.rooms.json, which biome.json extends; after a change here or in
// rooms.ts, `npm test -- test/house/lint.test.ts -u` writes that file anew.
import { ARROWS, DRIVERS, PURE, ROOMS, type Room, SIDE_DOORS } from "./rooms.ts";

const TIME = "The host hands time in.";
const IO = "No input or output here; the host does it.";
const COLLECTOR = "Garbage collection is not deterministic.";
const LOCALE = "Locales differ between machines.";
const SHARED = "No shared memory here.";

/** Not even in the rooms of chain and sre that need Node. */
const BELOW_HOST = {
  Date: TIME,
  performance: TIME,
  Buffer: "Use Uint8Array below host.",
  crypto: "Cryptography enters as the Crypto interface of chain/protocol.",
};

/** Not in rooms that run in browsers unchanged. */
const PORTABLE = {
  ...BELOW_HOST,
  ...{ setTimeout: TIME, setInterval: TIME, setImmediate: TIME, queueMicrotask: TIME },
  ...{ fetch: IO, XMLHttpRequest: IO, WebSocket: IO, console: IO, process: IO, navigator: IO },
  ...{ WeakRef: COLLECTOR, FinalizationRegistry: COLLECTOR, Intl: LOCALE },
  ...{ SharedArrayBuffer: SHARED, Atomics: SHARED },
  globalThis: "No ambient names here.",
  Function: "No code from text here.",
};

const STRICT = {
  ...PORTABLE,
  WebAssembly: "The engine belongs to sre/wasm.",
  TextEncoder: "Use utf8Encode of chain/protocol.",
  TextDecoder: "Use utf8Decode of chain/protocol.",
};

/** Properties that no object may be asked for below host. */
const LOCALES = ["localeCompare", "toLocaleString", "toLocaleUpperCase", "toLocaleLowerCase", "toLocaleDateString"];
const RANDOM = { object: "Math", property: "random", message: "Randomness is handed in by the host." };
const EXACT_MATH = {
  object: "Math",
  allowProperties: "abs ceil clz32 floor fround imul max min round sign sqrt trunc".split(" "),
  message: "Random, or of a precision that is the engine's choice.",
};
const NO_PROMISE = { object: "Promise", allowProperties: [], message: "Pure rooms are synchronous." };

const rule = (options: object) => ({ level: "error", options });

function deny(
  includes: readonly string[],
  deniedGlobals: object,
  properties: readonly object[],
  noNode: "error" | "off",
) {
  const entries = [...properties, ...LOCALES.map((property) => ({ property, message: LOCALE }))];
  const rules = {
    style: { noRestrictedGlobals: rule({ deniedGlobals }) },
    nursery: { noJsRestrictedProperties: rule({ entries }) },
    correctness: { noNodejsModules: noNode },
  };
  return { includes, linter: { rules } };
}

/** How imports of a file or folder read in a room: `../` at any depth and the last two names of its path. */
function spelled(from: Room, path: string): string {
  const inHost = from === "host" && path.startsWith("host/");
  return inHost ? `./${path.slice("host/".length)}` : `../**/${path.split("/").slice(1).join("/")}`;
}

function arrowsOf(room: Room) {
  const others = ROOMS.filter((other) => other !== room && other !== "host");
  const allowed = others.filter((other) => (ARROWS[room] as readonly Room[]).includes(other));
  const doors = allowed.map((other) => `${other}/index.ts`);
  doors.push(...Object.keys(SIDE_DOORS).filter((path) => SIDE_DOORS[path]?.includes(room)));
  const closed = others.filter((other) => !allowed.includes(other)).map((other) => spelled(room, `${other}/**`));
  if (!room.startsWith("host")) closed.push("../**/host/**");
  const patterns = [{ group: closed, message: `${room} may import ${allowed.join(", ") || "no other room"}.` }];
  if (allowed.length > 0) {
    const behind = allowed.map((other) => spelled(room, `${other}/**`));
    patterns.push({
      group: [...behind, ...doors.map((door) => `!${spelled(room, door)}`)],
      message: "Another room is imported through its index.ts.",
    });
  }
  if (room.startsWith("chain/")) patterns.push({ group: ["node:crypto"], message: BELOW_HOST.crypto });
  return {
    includes: [room === "host" ? "host/*" : `${room}/**`],
    linter: { rules: { style: { noRestrictedImports: rule({ patterns }) } } },
  };
}

/** The text of biome.rooms.json; later entries win over earlier ones, so strictness rises downwards. */
export function linterRules(): string {
  const drivers = DRIVERS.map((path) => `!${path}${path.endsWith(".ts") ? "" : "/**"}`);
  const pure = PURE.map((room) => `${room}/**`);
  const overrides = [
    deny(["chain/**", "sre/**", ...drivers], BELOW_HOST, [RANDOM], "off"),
    deny(["sre/wasm/**", "sre/quickjs/**", ...drivers], PORTABLE, [EXACT_MATH], "error"),
    deny(pure, STRICT, [EXACT_MATH, NO_PROMISE], "error"),
    ...ROOMS.map(arrowsOf),
  ];
  // One entry a line, so that a change reads as one.
  const lines = overrides.map((override) => JSON.stringify(override)).join(",\n");
  return `{ "root": false, "overrides": [\n${lines}\n] }\n`;
}
