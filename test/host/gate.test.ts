// The bound on blob bytes in memory: what is let in, what is refused, and that every passage ends.
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { Gate } from "../../host/api/gate.ts";
import { codeOf } from "../support/errors.ts";

test("bytes up to the limit are let in, beyond it BUSY, and there is room again once some have left", () => {
  const gate = new Gate(100);
  const leave = gate.enter(60);
  gate.enter(40);
  expect(codeOf(() => gate.enter(1))).toBe("BUSY");
  leave();
  leave();
  gate.enter(60);
  expect(codeOf(() => gate.enter(1))).toBe("BUSY");
});

test("one passage alone is let in whatever its size", () => {
  const gate = new Gate(100);
  const leave = gate.enter(1000);
  expect(codeOf(() => gate.enter(1))).toBe("BUSY");
  leave();
  gate.enter(1000);
});

test("an answer counts until it is sent or its reader is gone", () => {
  const gate = new Gate(100);
  const answer = new EventEmitter();
  gate.untilSent(100, answer as ServerResponse);
  expect(codeOf(() => gate.enter(1))).toBe("BUSY");
  answer.emit("close");
  gate.enter(100);
});
