// `npm run check`: types, the pure rooms' types, then linter and formatter, one line each.
// It lives beside the tests since it judges the house and is no part of the product.
import { spawnSync } from "node:child_process";

const CHECKS: readonly (readonly [name: string, script: string, ...args: string[]])[] = [
  ["types", "node_modules/typescript/bin/tsc", "-p", "tsconfig.json"],
  ["types of the pure rooms", "node_modules/typescript/bin/tsc", "-p", "tsconfig.pure.json"],
  ["linter and formatter", "node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"],
];

let failures = 0;
for (const [name, ...command] of CHECKS) {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, command, { encoding: "utf8" });
  if (status !== 0) {
    failures += 1;
    process.stdout.write(stdout + stderr + (error ? `${error.message}\n` : ""));
  }
  process.stdout.write(`${status === 0 ? "ok    " : "FAILED"} ${name}\n`);
}
process.exitCode = failures === 0 ? 0 : 1;
