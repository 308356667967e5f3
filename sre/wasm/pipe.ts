// A worker process's end of its pipe: frames in, replies out, one after the other. After each it stays awake for a moment
// and looks for the next one itself, since waking a sleeping processor takes longer than a small job; then it waits.
import { readSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { availableParallelism } from "node:os";
import { refusedHere } from "./process/walls/tries.ts";
import { decodeJob, decodePrefix, type JobHeader, REPLY, ReplyWriter, WIRE_LIMITS } from "./wire.ts";

/** Bytes that are read at once; a longer frame gets a buffer of its own. */
const READ_BYTES = 64 * 1024;
/** Milliseconds that a process stays awake after a job: what the sandbox takes to send the next one, and some. */
const AWAKE_MS = 0.1;
/** A second processor has the sandbox, so that staying awake takes nothing from it. */
const WORTHWHILE = availableParallelism() > 1;

/** Writes replies to the sandbox; each must be put together and sent before the next one begins. */
export const writer = new ReplyWriter();

let buffer: Uint8Array = new Uint8Array(READ_BYTES);
let filled = 0;

/** Makes room for so many bytes in all. */
function reserve(size: number): void {
  if (size <= buffer.length) return;
  const larger = new Uint8Array(size);
  larger.set(buffer.subarray(0, filled));
  buffer = larger;
}

/** Bytes of the frame that begins the buffer, once it is known and whole; null before. */
function wholeFrame(): number | null {
  if (filled < WIRE_LIMITS.prefixBytes) return null;
  const size = WIRE_LIMITS.prefixBytes + decodePrefix(buffer);
  if (filled >= size) return size;
  reserve(size);
  return null;
}

/** Whether more came while the process stayed awake for a moment. */
function more(): boolean {
  for (const until = performance.now() + AWAKE_MS; performance.now() < until; ) {
    try {
      const count = readSync(0, buffer, filled, buffer.length - filled, null);
      if (count === 0) process.exit();
      filled += count;
      return true;
    } catch (error) {
      // Nothing is there yet.
      if ((error as { readonly code?: unknown }).code !== "EAGAIN") throw error;
    }
  }
  return false;
}

/** Sends a frame. */
export function send(frame: Uint8Array): void {
  let at = 0;
  while (at < frame.length) at += writeSync(1, frame, at);
}

/** Says that what was asked for has no answer, and why. */
export function refuse(message: string): void {
  send(writer.begin(REPLY.fault).text(message).frame());
}

function greet(): void {
  const refused = refusedHere();
  writer.begin(REPLY.ready).u8(refused.length);
  for (const name of refused) writer.text(name);
  send(writer.frame());
}

/**
 * Says that the process is ready and does what it is asked, until the pipe is closed. The body is a view that is
 * overwritten afterwards. `rest` is called when nobody waits.
 */
export function serve<Header extends JobHeader>(
  act: (header: Header, body: Uint8Array) => void,
  rest: () => void = () => {},
): void {
  // An error's stack costs more than all else of finding nothing there yet.
  Error.stackTraceLimit = 0;
  const serveAll = () => {
    for (let end = wholeFrame(); end !== null; end = wholeFrame()) {
      const { header, body } = decodeJob(buffer.subarray(WIRE_LIMITS.prefixBytes, end));
      // It trusts the sandbox, which asks of each kind of process only what that does.
      act(header as Header, body);
      buffer.copyWithin(0, end, filled);
      filled -= end;
      if (buffer.length > READ_BYTES && filled <= READ_BYTES) buffer = buffer.slice(0, READ_BYTES);
      rest();
    }
  };
  const callback = (count: number, bytes: Uint8Array) => {
    reserve(filled + count);
    buffer.set(bytes.subarray(0, count), filled);
    filled += count;
    serveAll();
    while (WORTHWHILE && more()) serveAll();
    return true;
  };
  // Whoever reads the pipe that way has made it one whose reads don't block.
  new Socket({ fd: 0, writable: false, onread: { buffer: new Uint8Array(READ_BYTES), callback } });
  greet();
}
