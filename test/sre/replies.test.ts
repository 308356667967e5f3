// A worker's words are hostile: a guest that broke out speaks with its voice. Frames, replies, and what the sandbox
// does with a process that lies.
import { describe, expect, test } from "vitest";
import { FrameBuffer } from "../../sre/wasm/process/frames.ts";
import { readReply } from "../../sre/wasm/process/reply.ts";
import { TRY_NAMES } from "../../sre/wasm/process/walls/index.ts";
import { encodeFrame, REPLY, ReplyWriter, WIRE_LIMITS } from "../../sre/wasm/wire.ts";
import { LIMITS, text, utf8 } from "./support/tasks.ts";

interface Exit {
  readonly exit: string;
  readonly code: number;
  readonly fuel: bigint;
  readonly count: bigint;
  readonly calls: Uint8Array;
  readonly note: string;
  readonly truncated: number;
  readonly output: Uint8Array;
  readonly logs: Uint8Array;
  /** Sizes as claimed, where they differ. */
  readonly outputSize?: number;
  readonly logsSize?: number;
}
const GOOD: Exit = {
  ...{ exit: "ok", code: 0, fuel: 5n, count: 0n, calls: new Uint8Array(32), note: "", truncated: 0 },
  ...{ output: utf8("ab"), logs: utf8("c") },
};

const payload = (writer: ReplyWriter): Uint8Array => writer.frame().subarray(WIRE_LIMITS.prefixBytes);
function exit(changes: Partial<Exit> = {}): Uint8Array {
  const all = { ...GOOD, ...changes };
  const writer = new ReplyWriter().begin(REPLY.exit).text(all.exit).u32(all.code).u64(all.fuel);
  writer.u64(all.count).bytes(all.calls).text(all.note).u8(all.truncated);
  writer.u32(all.outputSize ?? all.output.length).u32(all.logsSize ?? all.logs.length);
  return payload(writer.bytes(all.output).bytes(all.logs));
}
const read = (bytes: Uint8Array) => readReply(bytes, LIMITS);
/** A reply of a type and any bytes. */
const raw = (type: number, ...bytes: number[]) => new Uint8Array([type, ...bytes]);

describe("a reply", () => {
  test("an honest one is read", () => {
    const ending = { kind: "exit", output: utf8("ab"), logs: utf8("c"), fuel: 5n, truncated: false };
    expect(read(exit())).toMatchObject({ type: "ending", ending: { ...ending, exit: { kind: "ok", code: 0 } } });
    expect(read(exit({ exit: "code", code: -2, note: "it said so" }))).toMatchObject({
      ending: { exit: { kind: "code", code: -2 }, output: utf8("ab"), note: "it said so" },
    });
    expect(read(exit({ exit: "trap", output: utf8(""), note: "it did", truncated: 1 }))).toMatchObject({
      ending: { exit: { kind: "trap", code: 0 }, note: "it did", truncated: true },
    });
    const ready = payload(new ReplyWriter().begin(REPLY.ready).u8(2).text("write").text("read"));
    expect(read(ready)).toEqual({ type: "ready", refused: ["write", "read"] });
    expect(read(raw(REPLY.form, 0, 1))).toEqual({ type: "form", form: new Uint8Array([0, 1]) });
    expect(read(raw(REPLY.spent))).toEqual({ type: "spent" });
    expect(readReply(payload(new ReplyWriter().begin(REPLY.trace).text("==> log()")), null)).toEqual({
      type: "trace",
      line: "==> log()",
    });
  });

  test.each<[string, Partial<Exit>]>([
    ["more fuel than the limit", { fuel: LIMITS.fuel + 1n }],
    ["more calls than there are integers", { count: 2n ** 63n }],
    ["the exit of a code without one", { exit: "code", output: utf8("") }],
    ["a code with another exit", { code: 3 }],
    ["an unknown exit", { exit: "fine" }],
    ["output with an exit that has none", { exit: "trap" }],
    ["a note on an exit that needs none", { note: "well done" }],
    ["more output than there are bytes", { outputSize: 4 }],
    ["fewer bytes than there are", { logsSize: 0 }],
    ["more output than the limit", { output: new Uint8Array(LIMITS.output + 1) }],
    ["more logs than the limit", { logs: new Uint8Array(LIMITS.logs + 1) }],
    ["a truth value that is neither", { truncated: 2 }],
    ["a digest that is too short", { calls: new Uint8Array(31) }],
  ])("%s is a lie", (_what, changes) => {
    expect(read(exit(changes))).toBeNull();
  });

  test("nothing is read that is cut off at any byte, or followed by one more", () => {
    const whole = exit({ exit: "trap", output: utf8(""), note: "why" });
    expect(read(whole)).not.toBeNull();
    for (let size = 0; size < whole.length; size++) expect(read(whole.subarray(0, size))).toBeNull();
    expect(read(new Uint8Array([...whole, 0]))).toBeNull();
    expect(read(raw(REPLY.spent, 0))).toBeNull();
  });

  test("unknown types, endless texts, bad UTF-8, long lists, and an ending when nothing runs are lies", () => {
    expect(read(raw(0))).toBeNull();
    expect(read(raw(99))).toBeNull();
    const long = utf8("x".repeat(WIRE_LIMITS.textChars + 1));
    expect(read(raw(REPLY.trace, long.length & 255, long.length >> 8, ...long))).toBeNull();
    expect(read(raw(REPLY.trace, 1, 0, 0xff))).toBeNull();
    const names = [...TRY_NAMES, "read"];
    const ready = new ReplyWriter().begin(REPLY.ready).u8(names.length);
    for (const name of names) ready.text(name);
    expect(read(payload(ready))).toBeNull();
    expect(read(payload(new ReplyWriter().begin(REPLY.ready).u8(1).text("fly")))).toBeNull();
    expect(readReply(exit(), null)).toBeNull();
  });

  test("no bytes whatever make the reader throw (seeded)", () => {
    let state = 20_251_125;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 5_000; round++) {
      const bytes = round % 2 === 0 ? exit() : Uint8Array.from({ length: random(80) }, () => random(256));
      for (let change = random(3); change > 0; change--) bytes[random(bytes.length)] = random(256);
      // It would throw here.
      const reply = read(bytes.subarray(0, random(bytes.length + 1)));
      if (reply?.type === "ending" && reply.ending.kind === "exit" && reply.ending.fuel > LIMITS.fuel)
        throw new Error("a lie");
    }
  });
});

test("frames come in any pieces, and none may promise more than is allowed", () => {
  const bytes = new Uint8Array([
    ...encodeFrame([utf8("bo"), utf8("dy")]),
    ...encodeFrame([]),
    ...encodeFrame([utf8("x")]),
  ]);
  for (const step of [1, 2, 5, 100]) {
    const buffer = new FrameBuffer();
    const seen: string[] = [];
    for (let at = 0; at < bytes.length; at += step) {
      buffer.push(bytes.subarray(at, at + step));
      for (let frame = buffer.next(4); frame !== null; frame = buffer.next(4)) {
        if (frame === "too-large") throw new Error("too large");
        seen.push(text(frame));
      }
    }
    expect(seen).toEqual(["body", "", "x"]);
  }
  const buffer = new FrameBuffer();
  buffer.push(bytes);
  expect(buffer.next(3)).toBe("too-large");
});

test("of bytes that come one by one no chunk is kept", () => {
  const bytes = encodeFrame([new Uint8Array(1 << 16).fill(7), utf8("end")]);
  const buffer = new FrameBuffer();
  const chunks = Array.from(bytes, (byte) => new Uint8Array([byte]));
  let early = 0;
  for (const chunk of chunks) {
    if (buffer.next(1 << 20) !== null) early++;
    buffer.push(chunk);
  }
  expect(early).toBe(0);
  // A kept chunk would show what became of it.
  for (const chunk of chunks) chunk.fill(0);
  expect(buffer.next(1 << 20)).toEqual(bytes.subarray(WIRE_LIMITS.prefixBytes));
});
