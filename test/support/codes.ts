// The table of error codes as the README shows it.
import { ERROR_TABLE } from "../../chain/protocol/index.ts";

/** One line per code, in the order of the table in the code. */
export function codeTable(): string {
  const rows = Object.entries(ERROR_TABLE).map(
    ([code, { exit, http, rpc }]) => `| \`${code}\` | ${exit} | ${http} | ${rpc} |`,
  );
  return ["| Code | Exit | HTTP | JSON-RPC |", "| ---- | ---- | ---- | -------- |", ...rows].join("\n");
}
