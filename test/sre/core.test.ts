// The parts of sre/core by themselves, each against its rule told a second time (SPEC rules T1 to T3, C1 to C3, L1).
import { describe, expect, test } from "vitest";
import type { Digest } from "../../chain/protocol/index.ts";
import { LogicalClock, Logs, Randomness, Transcript } from "../../sre/core/index.ts";
import { hex, sha256, text, utf8 } from "./support/tasks.ts";

const seed = "0123456789abcdef".repeat(4) as Digest;

describe("the transcript", () => {
  test("records name, numbers of arguments and results, and tagged values", () => {
    const transcript = new Transcript(sha256);
    transcript.record("f", [{ kind: "i32", value: -2 }], [{ kind: "f64", value: 1.5 }]);
    transcript.record(
      "go",
      [
        { kind: "bytes", value: utf8("hi") },
        { kind: "f64", value: Number.NaN },
        { kind: "i64", value: -3n },
      ],
      [],
    );
    const first = [1, ...utf8("f"), 1, 1, 0x01, 0xff, 0xff, 0xff, 0xfe, 0x02, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0];
    const nan = [0x02, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0];
    const long = [0x04, ...Array(7).fill(0xff), 0xfd];
    const second = [2, ...utf8("go"), 3, 0, 0x03, 0, 0, 0, 2, ...utf8("hi"), ...nan, ...long];
    const one = sha256(new Uint8Array([...new Uint8Array(32), ...first]));
    const two = sha256(new Uint8Array([...one, ...second]));
    expect(transcript.finish()).toEqual({ sha256: hex(two), count: 2n });
  });

  test("writes every NaN alike", () => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, 0xfff0000000000123n);
    const digests = [view.getFloat64(0), Number.NaN].map((value) => {
      const transcript = new Transcript(sha256);
      transcript.record("f", [{ kind: "f64", value }], []);
      return transcript.finish().sha256;
    });
    expect(digests[0]).toBe(digests[1]);
  });
});

describe("randomness", () => {
  test("is SHA-256 over seed and counter", () => {
    const random = new Randomness(seed, sha256);
    const block = (n: number) => sha256(new Uint8Array([...Buffer.from(seed, "hex"), 0, 0, 0, 0, 0, 0, 0, n]));
    const stream = [...block(0), ...block(1), ...block(2)];
    expect(Array.from(stream, () => random.byte())).toEqual(stream);
  });

  test("is one stream, whether by single bytes or by many at once", () => {
    const [single, many] = [new Randomness(seed, sha256), new Randomness(seed, sha256)];
    for (const count of [0, 1, 31, 0, 32, 33, 5, 100, 64, 7]) {
      expect(Array.from(many.bytes(count))).toEqual(Array.from({ length: count }, () => single.byte()));
    }
    expect(many.int53()).toBe(single.int53());
  });

  test("gives integers of 53 bits", () => {
    const [bytes, integers] = [new Randomness(seed, sha256), new Randomness(seed, sha256)];
    for (let index = 0; index < 100; index++) {
      const seven = Array.from({ length: 7 }, () => bytes.byte());
      const told = seven.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) & (2n ** 53n - 1n);
      expect(BigInt(integers.int53())).toBe(told);
    }
  });
});

test("the logical clock moves by a millisecond per reading, by waiting, and not by a look", () => {
  const clock = new LogicalClock(41n);
  expect([clock.read(), clock.read(), clock.now, clock.read()]).toEqual([41n, 42n, 43n, 43n]);
  clock.pass(10n);
  expect([clock.now, clock.read()]).toEqual([54n, 54n]);
});

test("logs keep copies, whole lines and cut ones", () => {
  const logs = new Logs(7);
  const line = utf8("abc");
  logs.line(line);
  line.fill(0x7a);
  expect([text(logs.bytes()), logs.truncated]).toEqual(["abc\n", false]);
  logs.line(utf8("de"));
  expect([text(logs.bytes()), logs.truncated]).toEqual(["abc\nde\n", false]);
  logs.line(utf8(""));
  expect([text(logs.bytes()), logs.truncated]).toEqual(["abc\nde\n", true]);
  const stream = new Logs(5);
  stream.write(utf8("ab"));
  stream.write(utf8("c\nd"));
  expect([text(stream.bytes()), stream.truncated]).toEqual(["abc\nd", false]);
});
