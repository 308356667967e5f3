// A node's start and end: what stops it from starting is told by code and leaves nothing locked; whoever holds on to a
// connection without using it is hung up on.
import { chmodSync, existsSync, renameSync, rmSync, truncateSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, expect, test } from "vitest";
import { API_LIMITS } from "../../host/api/limits.ts";
import { nodeCrypto } from "../../host/crypto.ts";
import { type Home, keyPath, ORDERER_KEY, startNode } from "../../host/node/index.ts";
import { openHouse, refusedWith, someHome, Undo } from "../support/house.ts";

const undo = new Undo();
afterAll(() => undo.run());

const start = (home: Home, port = 0) => startNode({ home, crypto: nodeCrypto, listen: { host: "127.0.0.1", port } });

test("a request's head that drips in is not waited for", async () => {
  const house = await openHouse();
  undo.push(() => house.undo.run());
  const begin = performance.now();
  const socket = connect(Number(new URL(house.node.address).port), "127.0.0.1");
  socket.write("GET /v1/status HTTP/1.1\r\n");
  const timer = setInterval(() => socket.write("x: y\r\n"), 1000);
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(timer);
  expect(performance.now() - begin).toBeGreaterThan(API_LIMITS.headMs - 1000);
});

test("event streams that were left free their places", async () => {
  const house = await openHouse();
  undo.push(() => house.undo.run());
  for (let at = 0; at < API_LIMITS.streams + 10; at++) {
    const ending = new AbortController();
    const answer = await fetch(`${house.node.address}/v1/events`, { signal: ending.signal });
    expect(answer.status).toBe(200);
    ending.abort();
  }
});

test("a port in use is PORT_IN_USE, and the directory is free again afterwards", async () => {
  const house = await openHouse();
  undo.push(() => house.undo.run());
  const home = someHome(undo);
  expect(await refusedWith(start(home, Number(new URL(house.node.address).port)))).toBe("PORT_IN_USE");
  await (await start(home)).close();
});

test("a directory in use is STORAGE_LOCKED, and whoever uses it is none the worse", async () => {
  const house = await openHouse();
  undo.push(() => house.undo.run());
  expect(await refusedWith(start(house.home))).toBe("STORAGE_LOCKED");
  expect((await house.client.status()).height).toBeGreaterThan(0n);
});

test("the same chain goes on at the next start", async () => {
  const home = someHome(undo);
  const first = await start(home);
  await first.close();
  const second = await start(home);
  await second.close();
  expect(second.genesis).toEqual(first.genesis);
});

test("a database that is gone is said, and never begun again under the same name", async () => {
  const home = someHome(undo);
  await (await start(home)).close();
  for (const end of ["", "-wal", "-shm"]) rmSync(`${home.ledger}${end}`, { force: true });
  expect(await refusedWith(start(home))).toBe("STORAGE_CORRUPT");
  expect(existsSync(home.ledger)).toBe(false);
});

test("a start that was cut off before or after the database was made is no loss", async () => {
  for (const cut of ["before", "after"]) {
    const home = someHome(undo);
    const first = await start(home);
    await first.close();
    renameSync(home.genesis, home.stagedGenesis);
    if (cut === "before") for (const end of ["", "-wal", "-shm"]) rmSync(`${home.ledger}${end}`, { force: true });
    const second = await start(home);
    await second.close();
    expect(second.genesis).toEqual(first.genesis);
    expect(existsSync(home.genesis)).toBe(true);
  }
});

test("an orderer's key that others may read is KEY_PERMISSIONS", async () => {
  const home = someHome(undo);
  await (await start(home)).close();
  chmodSync(keyPath(home, ORDERER_KEY), 0o644);
  expect(await refusedWith(start(home))).toBe("KEY_PERMISSIONS");
});

test("a database that was cut off is STORAGE_CORRUPT", async () => {
  const home = someHome(undo);
  await (await start(home)).close();
  truncateSync(home.ledger, 5000);
  expect(await refusedWith(start(home))).toBe("STORAGE_CORRUPT");
});
