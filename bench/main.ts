// `npm run bench [-- NAME…] [--small]`: runs bench/NAME.bench.ts, all of them without a name, one after the other
// so that none disturbs another, and prints a table for each beside the machine that it was measured on.
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Bench, table } from "./table.ts";

const SUFFIX = ".bench.ts";
const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();
const small = process.argv.includes("--small");
const wanted = process.argv.slice(2).filter((argument) => argument !== "--small");
const unknown = wanted.filter((name) => !known.includes(name));

if (unknown.length > 0 || known.length === 0) {
  console.error(`there is no benchmark "${unknown.join(`", "`)}"; there are: ${known.join(", ") || "none"}`);
  process.exit(2);
}
const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown processor"}`;
console.log(
  `${machine}, Node ${process.version}, ${new Date().toISOString()}${small ? ", small sizes: no figures" : ""}`,
);
for (const file of wanted.length > 0 ? wanted : known) {
  const bench = (await import(pathToFileURL(join(import.meta.dirname, `${file}${SUFFIX}`)).href)) as Bench;
  console.log(`\n${file}: ${bench.name}`);
  try {
    console.log(table(await bench.run({ small })));
  } catch (error) {
    console.error("FAILED", error);
    process.exitCode = 1;
  }
}
