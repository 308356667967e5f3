// The stream to and from a container's program: an HTTP connection that the engine turns into a raw one, on which stdin
// goes out as it is and stdout and stderr come back in frames. Written on the socket itself, since an HTTP client hides
// the body of a refusal here.
import { connect, type Socket } from "node:net";
import { LockstepError } from "../../../chain/protocol/index.ts";
import { ENGINE_MS } from "../limits.ts";
import { failureOf, refusalOf } from "./api.ts";

/** Bytes of the answer's head at most. */
const HEAD_BYTES = 16 * 1024;
const HEAD_END = Buffer.from("\r\n\r\n");

/** Opens the stream at a path with its version. UNREACHABLE, TIMEOUT, NOT_FOUND or FAULT, as for any call. */
export async function attach(socketPath: string, path: string): Promise<Socket> {
  const socket = connect(socketPath);
  const what = "attaching to a container";
  try {
    return await Promise.race([opened(socket, path, what), lateness(socket, what)]);
  } catch (error) {
    socket.destroy();
    throw error instanceof LockstepError ? error : failureOf(error, socketPath, what);
  }
}

function lateness(socket: Socket, what: string): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(
      () => reject(new LockstepError("TIMEOUT", `the engine does not answer ${what}`)),
      ENGINE_MS.ask,
    );
    socket.once("close", () => clearTimeout(timer));
    socket.once("upgraded", () => clearTimeout(timer));
  });
}

async function opened(socket: Socket, path: string, what: string): Promise<Socket> {
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n`,
  );
  let seen = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const onData = (part: Buffer) => {
      seen = Buffer.concat([seen, part]);
      const end = seen.indexOf(HEAD_END);
      if (end < 0) {
        if (seen.length > HEAD_BYTES) reject(new LockstepError("FAULT", `the engine's answer to ${what} has no end`));
        return;
      }
      const status = Number(seen.toString("latin1", 9, 12));
      const rest = seen.subarray(end + HEAD_END.length);
      if (status !== 101 && status !== 200) return reject(refusalOf(what, status, rest));
      socket.off("data", onData);
      socket.pause();
      if (rest.length > 0) socket.unshift(rest);
      socket.emit("upgraded");
      resolve(socket);
    };
    socket.on("data", onData);
    socket.once("error", reject);
    socket.once("end", () => reject(new LockstepError("UNREACHABLE", `the engine hung up while ${what}`)));
  });
}

/** The streams in the frames. */
export type Channel = "stdout" | "stderr";
const CHANNELS: Readonly<Record<number, Channel>> = { 1: "stdout", 2: "stderr" };
/** Bytes before a frame: the channel, three zeros, the length. */
const FRAME_HEAD = 8;

/** Takes frames apart as they come, in parts of any size. */
export class Frames {
  private readonly take: (channel: Channel, bytes: Uint8Array) => void;
  private readonly head = Buffer.alloc(FRAME_HEAD);
  private headBytes = 0;
  private left = 0;

  constructor(take: (channel: Channel, bytes: Uint8Array) => void) {
    this.take = take;
  }

  /** Takes a part. FAULT for a frame of no known channel. */
  push(part: Uint8Array): void {
    let at = 0;
    while (at < part.length) {
      if (this.left > 0) {
        const bytes = part.subarray(at, at + this.left);
        this.left -= bytes.length;
        at += bytes.length;
        this.take(CHANNELS[this.head[0]!]!, bytes);
        continue;
      }
      const bytes = part.subarray(at, at + FRAME_HEAD - this.headBytes);
      this.head.set(bytes, this.headBytes);
      this.headBytes += bytes.length;
      at += bytes.length;
      if (this.headBytes < FRAME_HEAD) return;
      this.headBytes = 0;
      this.left = this.head.readUInt32BE(4);
      if (CHANNELS[this.head[0]!] === undefined)
        throw new LockstepError("FAULT", "the engine sent a frame of no known channel");
    }
  }
}
