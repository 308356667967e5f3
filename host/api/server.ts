// The HTTP server around the routes: one port, bounded in connections, time and bytes, on the loopback interface unless it
// is told otherwise.
import { createServer, type Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { LockstepError } from "../../chain/protocol/index.ts";
import { errorResponse } from "./answers.ts";
import type { Backend } from "./backend.ts";
import { blobRoutes } from "./blob-routes.ts";
import { EventFeed, eventRoute } from "./event-route.ts";
import { ledgerRoutes } from "./ledger-routes.ts";
import { API_LIMITS } from "./limits.ts";
import { listingRoutes } from "./listing-routes.ts";
import { proofRoutes } from "./proof-routes.ts";

/** Where to listen: `port` 0 takes any free one. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** A server that answers. */
export interface ApiServer {
  /** Its address, such as `http://127.0.0.1:7300`. */
  readonly address: string;
  /** Ends event streams, lets requests in progress finish, and stops. */
  close(): Promise<void>;
}

const OWN_PAGES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Any web page that the person at this machine looks at can send requests here. Reading its answer is kept from it by
 * the browser, filling the blob store is kept from it here: only pages of this machine may send.
 */
async function refuseStrangePages(context: Context, next: () => Promise<void>): Promise<void> {
  const origin = context.req.header("origin");
  const reads = context.req.method === "GET" || context.req.method === "HEAD";
  if (!reads && origin !== undefined && !OWN_PAGES.includes(URL.parse(origin)?.hostname ?? "")) {
    throw new LockstepError("CALLER_REFUSED", "web pages of other sites may not send anything to this node");
  }
  await next();
}

/** The whole API as one application, without a server around it. */
export function apiOf(backend: Backend, feed: EventFeed): Hono {
  const app = new Hono();
  app.use(refuseStrangePages);
  app.get("/healthz", (c) => c.text("ok\n"));
  app.route("/v1", proofRoutes(backend));
  app.route("/v1", ledgerRoutes(backend));
  app.route("/v1", listingRoutes(backend));
  app.route("/v1", blobRoutes(backend));
  app.route("/v1", eventRoute(feed));
  app.notFound((c) => errorResponse(c, new LockstepError("NOT_FOUND", "this node's API has no such route")));
  app.onError((error, c) => errorResponse(c, error));
  return app;
}

function listening(server: Server, { host, port }: Listen): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(
        new LockstepError(
          taken ? "PORT_IN_USE" : "USAGE",
          taken
            ? `port ${port} on ${host} is in use; stop what uses it or choose another with --port`
            : `can't listen on ${host} port ${port} (${error.code ?? "unknown error"})`,
        ),
      );
    });
    server.listen(port, host, () => {
      const bound = server.address();
      const at = typeof bound === "object" && bound !== null ? bound.port : port;
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${at}`);
    });
  });
}

/** Starts to serve a node; PORT_IN_USE, or USAGE for an address that can't be bound. */
export async function serveApi(backend: Backend, listen: Listen): Promise<ApiServer> {
  const options = {
    maxHeaderSize: API_LIMITS.headBytes,
    headersTimeout: API_LIMITS.headMs,
    requestTimeout: API_LIMITS.requestMs,
    keepAliveTimeout: API_LIMITS.keepAliveMs,
    connectionsCheckingInterval: 2_000,
  };
  const feed = new EventFeed(backend);
  const server = createAdaptorServer({
    fetch: apiOf(backend, feed).fetch,
    createServer,
    serverOptions: options,
  }) as Server;
  server.maxConnections = API_LIMITS.connections;
  try {
    return { address: await listening(server, listen), close: () => stop(server, feed) };
  } catch (error) {
    feed.close();
    throw error;
  }
}

/** Stops listening, ends event streams, and gives requests in progress a little time. */
function stop(server: Server, feed: EventFeed): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), API_LIMITS.closingStepMs);
    const late = setTimeout(() => server.closeAllConnections(), API_LIMITS.closingMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(late);
      resolve();
    });
    feed.close();
  });
}
