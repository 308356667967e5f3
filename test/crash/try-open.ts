// A second process that opens a ledger's database and says how that went: "opened" or the refusal's code.
import { LockstepError } from "../../chain/protocol/index.ts";
import { SqliteStore } from "../../chain/store/sqlite.ts";
import { nodeCrypto } from "../../host/crypto.ts";

try {
  new SqliteStore({ crypto: nodeCrypto, file: process.argv[2]! }).close();
  console.log("opened");
} catch (error) {
  console.log(error instanceof LockstepError ? error.code : String(error));
}
