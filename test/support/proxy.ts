// A road to a node that tests can disturb: it passes requests and answers on, or loses either.
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Undo } from "./house.ts";

/** What becomes of a request: it and its answer pass, it is lost, or it arrives and its answer is lost. */
export type Fate = "pass" | "lose-request" | "lose-answer";

/** Opens a proxy in front of a node; `fate` decides for each request, by its path and body. Its address. */
export async function openProxy(undo: Undo, node: string, fate: (path: string, body: string) => Fate): Promise<string> {
  const server = createServer(async (asked, answer) => {
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const decided = fate(asked.url!, body.toString("latin1"));
    if (decided === "lose-request") return void answer.destroy();
    const { method, headers, url } = asked;
    const passed = request(new URL(url!, node), { method, headers }, (given) => {
      if (decided === "lose-answer") return void given.resume().on("end", () => answer.destroy());
      answer.writeHead(given.statusCode!, given.headers);
      answer.flushHeaders();
      given.on("error", () => answer.destroy());
      given.pipe(answer);
    });
    answer.on("close", () => passed.destroy());
    passed.on("error", () => answer.destroy());
    passed.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
