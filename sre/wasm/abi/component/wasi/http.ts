// `wasi:http` as far as a handler of requests needs it: the request comes from the call, the response is its answer. There
// is no network: requests of the guest's own are not offered.
import type { Value, ValueType } from "../../../values/index.ts";
import { InputStream, OutputStream, Pollable } from "./io.ts";
import { bytes, Failure, Handle, handle, list, object, type System, text, unsigned } from "./system.ts";

const TYPES = "wasi:http/types";
const HEADERS: ValueType = { kind: "list", of: { kind: "tuple", of: [{ kind: "string" }, { kind: "string" }] } };

/** What a call's request is. */
export const REQUEST: ValueType = {
  kind: "record",
  fields: [
    { name: "method", type: { kind: "string" } },
    { name: "path", type: { kind: "string" } },
    { name: "headers", type: HEADERS },
    { name: "body", type: { kind: "bytes" } },
  ],
};
/** What a call's response is. */
export const RESPONSE: ValueType = {
  kind: "record",
  fields: [
    { name: "status", type: { kind: "integer", bits: 16, signed: false } },
    { name: "headers", type: HEADERS },
    { name: "body", type: { kind: "bytes" } },
  ],
};

/** Methods that have a case of their own. */
const METHODS = ["get", "head", "post", "put", "delete", "connect", "options", "trace", "patch"];
/** Names and values that a header may have (RFC 9110). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const BAD_VALUE = /[\0\r\n]/;

type Field = readonly [name: string, value: Uint8Array];

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The classes of the interface for one run, and the request's way through them. */
export function http(system: System) {
  const call = <T>(name: string, args: readonly unknown[], act: () => T): T =>
    system.call(`${TYPES}#${name}`, args, act);
  const refuse = (tag: string): never => {
    throw new Failure({ tag, val: undefined });
  };
  const used = (): never => {
    throw new Failure(undefined);
  };

  class Fields extends Handle {
    list: readonly Field[] = [];
    /** Headers of a request can't be changed. */
    fixed = false;

    constructor() {
      super(system);
    }

    static of(list: readonly Field[], fixed: boolean): Fields {
      const fields = new Fields();
      fields.list = list;
      fields.fixed = fixed;
      return fields;
    }

    static fromList(entries: unknown): Fields {
      return call("fields.from-list", [entries], () => {
        const pairs = list(entries).map(list);
        return Fields.of(
          pairs.map(([name, value]) => checked(name, value)),
          false,
        );
      });
    }

    /** Charges the way through all fields, as 8 bytes each. */
    private walk(): void {
      system.world.charge(8 * this.list.length);
    }

    private named(name: unknown): readonly Field[] {
      const wanted = text(name).toLowerCase();
      this.walk();
      return this.list.filter(([own]) => own.toLowerCase() === wanted);
    }

    private without(name: unknown): readonly Field[] {
      if (this.fixed) refuse("immutable");
      const wanted = text(name).toLowerCase();
      this.walk();
      return this.list.filter(([own]) => own.toLowerCase() !== wanted);
    }

    get(name: unknown): Uint8Array[] {
      return call("fields.get", [this, name], () => this.named(name).map(([, value]) => value));
    }

    has(name: unknown): boolean {
      return call("fields.has", [this, name], () => this.named(name).length > 0);
    }

    set(name: unknown, values: unknown): void {
      call("fields.set", [this, name, values], () => {
        const added = list(values);
        this.list = [...this.without(name), ...added.map((value) => checked(name, value))];
      });
    }

    delete(name: unknown): void {
      call("fields.delete", [this, name], () => {
        this.list = this.without(name);
      });
    }

    append(name: unknown, value: unknown): void {
      call("fields.append", [this, name, value], () => {
        if (this.fixed) refuse("immutable");
        this.walk();
        this.list = [...this.list, checked(name, value)];
      });
    }

    entries(): unknown {
      return call("fields.entries", [this], () => this.list.map(([name, value]) => [name, value]));
    }

    clone(): Fields {
      return call("fields.clone", [this], () => Fields.of(this.list, false));
    }
  }

  /** A header that may be; `invalid-syntax` for another. */
  function checked(name: unknown, value: unknown): Field {
    if (!NAME.test(text(name)) || BAD_VALUE.test(decoder.decode(bytes(value)))) refuse("invalid-syntax");
    return [text(name), bytes(value)];
  }

  class FutureTrailers extends Handle {
    private taken = false;

    subscribe(): Pollable {
      return call("future-trailers.subscribe", [this], () => new Pollable(system, null));
    }

    get(): unknown {
      return call("future-trailers.get", [this], () => {
        if (this.taken) return { tag: "err", val: undefined };
        this.taken = true;
        return { tag: "ok", val: { tag: "ok", val: undefined } };
      });
    }
  }

  class IncomingBody extends Handle {
    private readonly body: Uint8Array;
    private streaming = false;

    constructor(body: Uint8Array) {
      super(system);
      this.body = body;
    }

    stream(): InputStream {
      return call("incoming-body.stream", [this], () => {
        if (this.streaming) used();
        this.streaming = true;
        let at = 0;
        return new InputStream(system, (most) => {
          const begin = at;
          at = Math.min(this.body.length, begin + most);
          return this.body.subarray(begin, at);
        });
      });
    }

    static finish(body: unknown): FutureTrailers {
      return call("incoming-body.finish", [body], () => new FutureTrailers(system));
    }
  }

  class IncomingRequest extends Handle {
    private readonly request: readonly Value[];
    /** Made once, however often they are asked for. */
    private readonly fields: readonly Field[];
    private consumed = false;

    constructor(request: readonly Value[]) {
      super(system);
      this.request = request;
      const fields = request[2] as readonly (readonly [string, string])[];
      this.fields = fields.map(([name, value]) => [name, encoder.encode(value)]);
    }

    method(): unknown {
      return call("incoming-request.method", [this], () => {
        const method = this.request[0] as string;
        const known = METHODS.find((name) => name.toUpperCase() === method);
        return known === undefined ? { tag: "other", val: method } : { tag: known, val: undefined };
      });
    }

    pathWithQuery(): string {
      return call("incoming-request.path-with-query", [this], () => this.request[1] as string);
    }

    scheme(): undefined {
      return call("incoming-request.scheme", [this], () => undefined);
    }

    authority(): undefined {
      return call("incoming-request.authority", [this], () => undefined);
    }

    headers(): Fields {
      return call("incoming-request.headers", [this], () => Fields.of(this.fields, true));
    }

    consume(): IncomingBody {
      return call("incoming-request.consume", [this], () => {
        if (this.consumed) used();
        this.consumed = true;
        return new IncomingBody(this.request[3] as Uint8Array);
      });
    }
  }

  class OutgoingBody extends Handle {
    private writing = false;

    write(): OutputStream {
      return call("outgoing-body.write", [this], () => {
        if (this.writing) used();
        this.writing = true;
        return new OutputStream(system, (contents) => system.world.print(contents));
      });
    }

    static finish(body: unknown, trailers: unknown): void {
      call("outgoing-body.finish", [body, trailers], () => undefined);
    }
  }

  class OutgoingResponse extends Handle {
    status = 200;
    readonly fields: Fields;
    private bodied = false;

    constructor(headers: unknown) {
      super(system);
      this.fields = handle(headers, Fields);
    }

    statusCode(): number {
      return call("outgoing-response.status-code", [this], () => this.status);
    }

    setStatusCode(status: unknown): void {
      call("outgoing-response.set-status-code", [this, status], () => {
        const code = unsigned(status, 16);
        if (code < 100 || code > 599) used();
        this.status = code;
      });
    }

    headers(): Fields {
      return call("outgoing-response.headers", [this], () => Fields.of(this.fields.list, true));
    }

    body(): OutgoingBody {
      return call("outgoing-response.body", [this], () => {
        if (this.bodied) used();
        this.bodied = true;
        return new OutgoingBody(system);
      });
    }
  }

  let response: OutgoingResponse | "error" | null = null;

  class ResponseOutparam extends Handle {
    static set(param: unknown, answer: unknown): void {
      call("response-outparam.set", [param, answer], () => {
        const { tag, val } = object(answer);
        response = tag === "ok" ? handle(val, OutgoingResponse) : "error";
      });
    }
  }

  /** What a handler may name and never gets. */
  class Nothing extends Handle {}

  return {
    imports: {
      [TYPES]: {
        ...{ OutgoingRequest: Nothing, RequestOptions: Nothing, IncomingResponse: Nothing },
        FutureIncomingResponse: Nothing,
        ...{ Fields, FutureTrailers, IncomingBody, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam },
        httpErrorCode: (error: unknown) => call("http-error-code", [error], () => undefined),
      },
    },
    /** What the handler is called with. */
    arguments: (request: Value): readonly unknown[] => [
      new IncomingRequest(request as readonly Value[]),
      new ResponseOutparam(system),
    ],
    /** What it has answered; in words, why that is no response. */
    answer(): Value | string {
      if (response === null) return "the handler set no response";
      if (response === "error") return "the handler answered with an error instead of a response";
      const headers = response.fields.list.map(([name, value]) => [name, decoder.decode(value)]);
      return [response.status, headers, system.world.output.bytes()];
    },
  };
}
