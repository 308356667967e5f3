// Images for tests, made on the spot: a static busybox under the names of its tools, and a script as the program.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Digest } from "../../chain/protocol/index.ts";
import { archiveOf, writeImage, writeTar } from "../../sre/container/index.ts";
import { BUSYBOX } from "./docker-engine.ts";

const TOOLS = [
  ...["sh", "cat", "ls", "id", "tr", "ln", "mkdir", "mkfifo", "yes", "sleep", "nc", "tail", "grep", "touch", "mount"],
  ...["head", "dd", "env", "chmod"],
];

/** An image as its files and as the archive of them. */
export interface TestImage {
  readonly id: Digest;
  readonly config: Uint8Array;
  readonly layer: Uint8Array;
  readonly archive: Uint8Array;
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex") as Digest;

/** The layer of all of them: the busybox, and a script for each tool. */
export function busyboxLayer(): Uint8Array {
  const tool = (name: string) => new TextEncoder().encode(`#!/bin/busybox sh\nexec /bin/busybox ${name} "$@"\n`);
  return writeTar([
    { path: "bin/busybox", bytes: readFileSync(BUSYBOX), executable: true },
    ...TOOLS.map((name) => ({ path: `bin/${name}`, bytes: tool(name), executable: true })),
  ]);
}

/** The image whose program is a script of the shell. */
export function busyboxImage(
  script: string,
  { architecture = "amd64", warm = false, layer = busyboxLayer() } = {},
): TestImage {
  const command = ["/bin/busybox", "sh", "-c", script, "sh"];
  const config = writeImage({ architecture, command, env: ["PATH=/bin"], layers: [sha256(layer)], warm });
  const id = sha256(config);
  return { id, config, layer, archive: archiveOf(id, config, new Map([[sha256(layer), layer]])) };
}
