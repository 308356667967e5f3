// The README tells the truth: every command in it is run, in order, in a folder of its own; its tables are those of
// the code.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GRADES } from "../../chain/protocol/index.ts";
import { codeTable } from "../support/codes.ts";
import { CHECKOUT, lockstep, type Ran, scratchFolder, startNode } from "../support/command-line.ts";
import { present } from "../support/require.ts";

const readme = readFileSync(join(CHECKOUT, "README.md"), "utf8");
const { scripts } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
const ENTRY = "node host/launch.js host/cli/main.ts";

/** Every command that the README shows, in order. */
const commands = [...readme.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block]) =>
  block!
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\$ /, "")),
);

const folder = scratchFolder();
const home = join(folder, "home");
const results = new Map<string, Pick<Ran, "status" | "stdout" | "stderr">>();
const DONE = { status: 0, stdout: Buffer.alloc(0), stderr: "" };
let url: string | undefined;

async function run(command: string): Promise<Pick<Ran, "status" | "stdout" | "stderr">> {
  // This very run.
  if (command === "npm test") return DONE;
  const [program, ...args] = command.split(" ");
  if (program !== "npm") {
    if (program === "openssl" && !present("openssl")) return DONE;
    const { status, stdout, stderr } = spawnSync(program!, args, { cwd: folder });
    return { status, stdout, stderr: stderr.toString() };
  }
  const ours = command === "npm run quickstart" ? ["quickstart"] : args.slice(4);
  if (ours[0] === "node") {
    // Any free port, since the usual one may be taken on a machine that runs tests.
    [url] = await startNode(home, ours.slice(1));
    return DONE;
  }
  return lockstep(ours, { home, ...(url === undefined ? {} : { url }) });
}

const checkout = process.cwd();
beforeAll(async () => {
  process.chdir(folder);
  for (const command of commands) results.set(command, await run(command));
});
afterAll(() => process.chdir(checkout));

describe("the README's commands", () => {
  test("are all there", () => {
    expect(commands).toContain("npm run quickstart");
    expect(commands).toContain("npm test");
    expect(commands.length).toBeGreaterThan(10);
    expect(commands.filter((line) => !/^(npm (test$|run (quickstart$|-s lockstep -- ))|openssl )/.test(line))).toEqual(
      [],
    );
    expect([scripts["lockstep"], scripts["quickstart"]]).toEqual([ENTRY, `${ENTRY} quickstart`]);
  });

  test.each(commands.map((command) => [command]))("%s", (command) => {
    const { status, stderr } = results.get(command)!;
    expect({ status, stderr }).toMatchObject({ status: 0 });
  });

  test("print what it shows", () => {
    const shown = /^```text\n(ledger .*?)^```$/ms.exec(readme)![1]!;
    const steps = (text: string): string[] => [...text.matchAll(/^(\w+) +/gm)].map(([, step]) => step!);
    expect(steps(results.get("npm run quickstart")!.stdout.toString())).toEqual(steps(shown));
  });
});

/** The rows of the table that begins with a heading. */
function rows(heading: string): string[][] {
  const table = readme.slice(readme.indexOf(heading)).split("\n\n")[0]!;
  return table
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe("the README's tables", () => {
  test("of codes is the one in the code", () => {
    expect(readme).toContain(`\n\n${codeTable()}\n\n`);
  });

  test("of grades names them all, the weakest first", () => {
    expect(rows("| Grade ").map(([grade]) => grade)).toEqual(GRADES.map((grade) => `\`${grade}\``));
  });

  test("of exit statuses and verdicts are what help says", async () => {
    const help = (await lockstep(["--help"], { home })).stdout.toString();
    const verdicts = new Map(rows("| Verdict ").map(([verdict, status]) => [status!, verdict!.replaceAll("`", "")]));
    const told = rows("| Status ").map(([status, meaning]) => {
      const plain = `${meaning![0]!.toLowerCase()}${meaning!.slice(1)}`;
      const verdict = verdicts.get(status!);
      return `  ${status}  ${plain}${verdict === undefined ? "" : `; for verify ${verdict}`}`;
    });
    expect(told).toHaveLength(5);
    expect(help).toContain(`\nExit status:\n${told.join("\n")}\n`);
  });
});
