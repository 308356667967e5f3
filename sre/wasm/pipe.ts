// A worker process's end of its pipe: frames in, replies out, one after the other. Reads block: there is no event loop to
// wake, which saves time.
import { readSync, writeSync } from "node:fs";
import { refusedHere } from "./process/walls/tries.ts";
import { decodeJob, decodePrefix, type JobHeader, REPLY, ReplyWriter, WIRE_LIMITS } from "./wire.ts";

/** Bytes that are read at once; a longer frame gets a buffer of its own. */
const READ_BYTES = 64 * 1024;

/** Writes replies to the sandbox; each must be put together and sent before the next one begins. */
export const writer = new ReplyWriter();

let buffer: Uint8Array = new Uint8Array(READ_BYTES);
let filled = 0;

/** Reads until `size` bytes are in the buffer; false when the sandbox has closed the pipe. */
function fill(size: number): boolean {
  if (size > buffer.length) {
    const larger = new Uint8Array(size);
    larger.set(buffer.subarray(0, filled));
    buffer = larger;
  }
  while (filled < size) {
    const count = readSync(0, buffer, filled, buffer.length - filled, null);
    if (count === 0) return false;
    filled += count;
  }
  return true;
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
  greet();
  while (fill(WIRE_LIMITS.prefixBytes)) {
    const end = WIRE_LIMITS.prefixBytes + decodePrefix(buffer);
    if (!fill(end)) break;
    const { header, body } = decodeJob(buffer.subarray(WIRE_LIMITS.prefixBytes, end));
    // It trusts the sandbox, which asks of each kind of process only what that does.
    act(header as Header, body);
    buffer.copyWithin(0, end, filled);
    filled -= end;
    if (buffer.length > READ_BYTES && filled <= READ_BYTES) buffer = buffer.slice(0, READ_BYTES);
    rest();
  }
}
