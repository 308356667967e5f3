// Components that handle HTTP requests: the request is the input, the response the output (SPEC rule Y12).
import { afterAll, describe, expect, test } from "vitest";
import { inspect, LocalSandbox } from "../../sre/wasm/index.ts";
import { means } from "../../sre/wasm/means.ts";
import { component } from "./support/component.ts";
import { ALLOCATOR } from "./support/component-text.ts";
import { sha256, type TaskOptions, task, text } from "./support/tasks.ts";
import { WASI2 } from "./support/wasi2.ts";

const HANDLE = "wasi:http/incoming-handler@0.2.3#handle";
const TYPES = "wasi:http/types@0.2.3";

const IMPORTS = `
  (import "${TYPES}" "[constructor]fields" (func $fields (result i32)))
  (import "${TYPES}" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
  (import "${TYPES}" "[method]incoming-request.path-with-query" (func $path (param i32 i32)))
  (import "${TYPES}" "[method]incoming-request.method" (func $method (param i32 i32)))
  (import "${TYPES}" "[method]incoming-request.headers" (func $headers (param i32) (result i32)))
  (import "${TYPES}" "[method]incoming-request.consume" (func $consume (param i32 i32)))
  (import "${TYPES}" "[method]incoming-body.stream" (func $stream (param i32 i32)))
  (import "${TYPES}" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "${TYPES}" "[method]outgoing-response.set-status-code" (func $status (param i32 i32) (result i32)))
  (import "${TYPES}" "[method]outgoing-response.body" (func $body (param i32 i32)))
  (import "${TYPES}" "[method]outgoing-body.write" (func $out (param i32 i32)))
  (import "${TYPES}" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "${TYPES}" "[static]response-outparam.set" (func $set (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.3" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.3" "[resource-drop]output-stream" (func $drop (param i32)))`;

/** A handler with this code. */
const handler = (code: string, fields = "") =>
  component(
    `package demo:app; world app { import wasi:http/types@0.2.3; import wasi:io/streams@0.2.3; export wasi:http/incoming-handler@0.2.3; } ${WASI2}`,
    `(module ${IMPORTS} ${ALLOCATOR} ${fields}
      (data (i32.const 256) "x-made-by") (data (i32.const 272) "guest") (data (i32.const 280) "bad name")
      (func (export "${HANDLE}") (param $request i32) (param $to i32) (local $headers i32) (local $answer i32) (local $sink i32) ${code}))`,
  );

/** Answers 201 with a header, and path and body of the request as its body. */
const ECHO = `
  (local.set $headers (call $fields))
  (call $append (local.get $headers) (i32.const 256) (i32.const 9) (i32.const 272) (i32.const 5) (i32.const 0))
  (local.set $answer (call $response (local.get $headers)))
  (drop (call $status (local.get $answer) (i32.const 201)))
  (call $body (local.get $answer) (i32.const 32))
  (call $out (i32.load (i32.const 36)) (i32.const 48))
  (local.set $sink (i32.load (i32.const 52)))
  (call $path (local.get $request) (i32.const 64))
  (call $write (local.get $sink) (i32.load (i32.const 68)) (i32.load (i32.const 72)) (i32.const 80))
  (call $consume (local.get $request) (i32.const 96))
  (call $stream (i32.load (i32.const 100)) (i32.const 112))
  (call $read (i32.load (i32.const 116)) (i64.const 1000) (i32.const 128))
  (if (i32.eqz (i32.load8_u (i32.const 128))) (then
    (call $write (local.get $sink) (i32.load (i32.const 132)) (i32.load (i32.const 136)) (i32.const 80))))
  (call $drop (local.get $sink))
  (call $finish (i32.load (i32.const 36)) (i32.const 0) (i32.const 0) (i32.const 144))
  (call $set (local.get $to) (i32.const 0) (local.get $answer) (i32.const 0) (i32.const 0) (i32.const 0))`;

const sandbox = new LocalSandbox({ sha256, engine: { name: "v8", version: process.versions.v8 }, means });
afterAll(() => sandbox.close());

const ask = async (module: Uint8Array, request: object, options: TaskOptions = {}) => {
  const whole = { method: "GET", path: "/", headers: [], body: "", ...request };
  const input = JSON.stringify([whole]);
  const outcome = await sandbox.run(task(module, { abi: "component/1", entry: HANDLE, input, ...options }));
  if (outcome.kind === "fault") throw new Error(outcome.message);
  const { output, note } = outcome;
  const answer = output.length === 0 ? null : (JSON.parse(text(output)) as { readonly body: string });
  return { exit: outcome.answer.exit.kind, note, answer, body: Buffer.from(answer?.body ?? "", "base64").toString() };
};

describe("a handler of requests (Y12)", () => {
  test("takes a request and gives a response, each in instances of its own", async () => {
    const echo = await handler(ECHO);
    const { entries, signatures } = inspect(echo, {}, means);
    expect(entries).toEqual([HANDLE]);
    expect(signatures[0]).toContain(
      "func(request: record { method: string, path: string, headers: list<tuple<string, string>>",
    );
    const body = Buffer.from("the body").toString("base64");
    const first = await ask(echo, { method: "POST", path: "/a?b=1", body });
    expect(first).toMatchObject({ exit: "ok", body: "/a?b=1the body" });
    expect(first.answer).toMatchObject({ status: 201, headers: [["x-made-by", "guest"]] });
    expect(await ask(echo, { path: "/next" })).toMatchObject({ exit: "ok", body: "/next" });
  });

  test("no response, an error, a status or header that is none", async () => {
    expect(await ask(await handler(""), {})).toMatchObject({ exit: "bad-answer", note: "the handler set no response" });
    const error = "(call $set (local.get $to) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))";
    expect(await ask(await handler(error), {})).toMatchObject({
      exit: "bad-answer",
      note: "the handler answered with an error instead of a response",
    });
    const odd = `(local.set $headers (call $fields))
      (call $append (local.get $headers) (i32.const 280) (i32.const 8) (i32.const 272) (i32.const 5) (i32.const 0))
      (if (i32.eqz (i32.load8_u (i32.const 0))) (then (unreachable)))
      (call $append (call $headers (local.get $request)) (i32.const 256) (i32.const 9) (i32.const 272) (i32.const 5) (i32.const 0))
      (if (i32.ne (i32.load8_u (i32.const 1)) (i32.const 2)) (then (unreachable)))
      (local.set $answer (call $response (local.get $headers)))
      (if (i32.eqz (call $status (local.get $answer) (i32.const 99))) (then (unreachable)))
      (call $set (local.get $to) (i32.const 0) (local.get $answer) (i32.const 0) (i32.const 0) (i32.const 0))`;
    expect((await ask(await handler(odd), {})).answer).toEqual({ body: "", headers: [], status: 200 });
    expect((await ask(await handler(ECHO), { path: 1 })).exit).toBe("bad-input");
    expect((await ask(await handler(ECHO), { path: "/long" }, { limits: { output: 3 } })).exit).toBe("output-limit");
  });

  test("requests of its own are refused by name", async () => {
    const module = await component(
      `package demo:app; world app { import wasi:http/types@0.2.3; export wasi:http/incoming-handler@0.2.3; } ${WASI2}`,
      `(module (import "${TYPES}" "[constructor]fields" (func $fields (result i32)))
        (import "${TYPES}" "[constructor]outgoing-request" (func $new (param i32) (result i32))) ${ALLOCATOR}
        (func (export "${HANDLE}") (param i32 i32) (drop (call $new (call $fields)))))`,
    );
    expect(() => inspect(module, {}, means)).toThrow("imports wasi:http/types@0.2.3#[constructor]outgoing-request");
  });
});
