// A data directory that has lost its genesis: told as what it is, and nothing is put in its place.
import { existsSync, renameSync } from "node:fs";
import { expect, test } from "vitest";
import { nodeCrypto } from "../../host/crypto.ts";
import { startNode } from "../../host/node/index.ts";
import { refusedWith, someHome, Undo } from "../support/house.ts";

test("a node without the genesis of its ledger refuses to start, makes no new one, and starts once it is back", async () => {
  const undo = new Undo();
  try {
    const home = someHome(undo);
    const start = () => startNode({ home, crypto: nodeCrypto, listen: { host: "127.0.0.1", port: 0 } });
    await (await start()).close();
    renameSync(home.genesis, `${home.genesis}.kept`);
    expect(await refusedWith(start())).toBe("STORAGE_CORRUPT");
    expect(existsSync(home.genesis)).toBe(false);
    renameSync(`${home.genesis}.kept`, home.genesis);
    await (await start()).close();
  } finally {
    await undo.run();
  }
});
