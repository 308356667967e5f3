// The process that crash tests kill: a real sequencer over a real file under load. Each acknowledgement goes out by a
// synchronous write before anything else happens: "INDEX ID", one a line, and "failed CODE" where a submission failed.
// Usage: writer.ts FILE ACKS(- for stdout) SYNCHRONOUS TRANSACTIONS(0 for no end)
import { closeSync, openSync, writeSync } from "node:fs";
import { LockstepError } from "../../chain/protocol/index.ts";
import { openWorld, transfer, type World } from "./world.ts";

const [file, acks, synchronous, count] = process.argv.slice(2);
const fd = acks === "-" ? 1 : openSync(acks!, "a");
const say = (line: string) => writeSync(fd, `${line}\n`);
const world = open();
say("ready");

function open(): World {
  try {
    return openWorld(file!, synchronous === "NORMAL" ? "NORMAL" : "FULL");
  } catch (error) {
    say(`failed ${codeOf(error)}`);
    process.exit(3);
  }
}

function codeOf(error: unknown): string {
  return error instanceof LockstepError ? error.code : String(error);
}

let left = Number(count) || Number.POSITIVE_INFINITY;

/** One person's stream: a few transactions at a time in a row, so that blocks hold several of one sender. */
async function stream(at: number): Promise<void> {
  const from = world.people[at]!;
  while (left > 0) {
    const burst = Math.min(left, 1 + ((at * 7 + Number(from.nonce)) % 5));
    left -= burst;
    const sent = Array.from({ length: burst }, (_, step) => {
      const bytes = transfer(world, from, world.people[(at + step + 1) % world.people.length]!);
      return send(bytes);
    });
    await Promise.all(sent);
  }
}

/** Submits until it is applied: on a full disk somebody makes room sooner or later. */
async function send(bytes: Uint8Array): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      const { index, id } = await world.sequencer.submit(bytes);
      say(`${index} ${id}`);
      return;
    } catch (error) {
      const code = codeOf(error);
      say(`failed ${code}`);
      if (code !== "STORAGE_FULL" && code !== "WRONG_NONCE") throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

try {
  await Promise.all(world.people.map((_, at) => stream(at)));
  await world.sequencer.close();
  world.store.close();
} catch {
  process.exitCode = 3;
}
if (fd !== 1) closeSync(fd);
process.exit();
