// `check`: whether a function gives one answer everywhere, what of its surroundings it depends on, and where its fuel goes.
import { type Command, Option } from "commander";
import { type Code, cidOf, type Fuel, type Json, LockstepError } from "../../../chain/protocol/index.ts";
import { JAVASCRIPT_ABI } from "../../../sre/quickjs/index.ts";
import {
  type Compared,
  type Dependence,
  type FuelTable,
  foldedStacks,
  fuelTable,
  OPTIONAL_ENGINES,
} from "../../check/index.ts";
import { DEFAULT_LIMITS } from "../../defaults.ts";
import { writeWhole } from "../../node/data.ts";
import { type Checked, checkLocally } from "../checking.ts";
import { type ContextOptions, readContext, withContextOptions } from "../context.ts";
import {
  type Callable,
  callableAt,
  type GuessOptions,
  type InputOptions,
  languageSentence,
  readInput,
  withGuessOptions,
  withInput,
} from "../functions.ts";
import { withDefault } from "../options.ts";
import { oneLine } from "../output.ts";
import { inSource } from "../places.ts";
import { profileSentence } from "../profiles.ts";
import type { Session } from "../session.ts";
import { refOf, wholeOption } from "../values.ts";
import { onStop } from "../wait.ts";

interface Options extends GuessOptions, InputOptions, ContextOptions {
  readonly fuel: bigint;
  readonly engine?: readonly string[];
  readonly folded?: string;
}

/** Functions that the table shows. */
const ROWS = 20;

/** Adds the command. */
export function define(command: Command, session: Session): void {
  const taking = withInput(command.argument("<path>", "a project's folder, a source file or a module"));
  withContextOptions(withGuessOptions(taking))
    .addOption(withDefault("--fuel <units>", "fuel limit", wholeOption, String(DEFAULT_LIMITS.fuel)))
    .addOption(
      new Option("--engine <names...>", "engines to ask besides V8; by default jsc, where it is installed").choices(
        OPTIONAL_ENGINES,
      ),
    )
    .option("--folded <file>", "write the stacks with their fuel, for a flame graph")
    .addHelpText(
      "after",
      "\nThe exit status is 0 where the answer is the same everywhere, however the function ends.\n\nExample:\n  lockstep check guest-examples/assemblyscript-csv --input guest-examples/assemblyscript-csv/sales.csv",
    )
    .action(async (path: string, options: Options) => act(session, path, options));
}

async function act(session: Session, path: string, options: Options): Promise<void> {
  onStop(session);
  const input = await readInput(session, options);
  const callable = await callableAt(session, path, options);
  const { abi, profile, module, sre } = callable.manifest;
  const code: Code = { sre, abi, profile, entry: callable.entry, module };
  const context = readContext(session, options, callable.carried);
  const limits = { ...DEFAULT_LIMITS, fuel: options.fuel as Fuel };
  const request = { input: refOf(session.crypto, input), limits, context: context.request };
  const bytes = { module: callable.module, input, files: context.files };
  session.output.progress("running it here and in other engines");
  const checked = await checkLocally(session, code, request, bytes, options.engine);
  const { flat, names } = checked.forms;
  const table = fuelTable(checked.profiled, names, flat);
  if (options.folded !== undefined) {
    const stacks = [...foldedStacks(checked.profiled, names)].join("");
    writeWhole(options.folded, Buffer.from(stacks), 0o644);
  }
  session.output.result(text(callable, checked, table), document(callable, checked, table));
  const wrong = checked.compared.filter(({ verdict }) => verdict !== "same");
  if (wrong.length > 0) throw failure(wrong);
}

/** The error of a check that failed. */
function failure(wrong: readonly Compared[]): LockstepError {
  const differing = wrong.filter(({ verdict }) => verdict === "differs");
  const names = (differing.length > 0 ? differing : wrong).map(({ name }) => name).join(", ");
  const many = names.includes(",");
  if (differing.length === 0) {
    return new LockstepError(
      "FAULT",
      `${names} ${many ? "give" : "gives"} no answer, so that nothing was compared there`,
    );
  }
  const what = `one job has several answers: ${names} ${many ? "differ" : "differs"}, so that a receipt of it can't be had again; report this`;
  return new LockstepError("DIVERGED", what);
}

const row = (name: string, said: string): string => `${name.padEnd(14)}${oneLine(said)}`;

function text({ entry, manifest, places }: Callable, checked: Checked, table: FuelTable): string {
  const { abi, module, profile } = manifest;
  const lines = [
    row("module", `${cidOf(module.sha256)} (${module.size} bytes), ${languageSentence(manifest)}`),
    row("entry", `${entry} (${abi})`),
    row("profile", profileSentence(profile)),
    row("answer", inSource(answerSentence(checked), places)),
    ...checked.compared.flatMap((one) => {
      const [first, ...rest] = comparedSentences(one);
      return [row(one.name, first!), ...rest.map((line) => row("", line))];
    }),
    ...checked.unasked.map(({ name, why }) => row(name, why)),
    ...checked.depends.map((one) => row(one.on, dependenceSentence(one))),
    "",
    ...tableLines(table, abi),
  ];
  return lines.join("\n");
}

const sizeOf = ({ run }: Checked, wanted: (name: string) => boolean): number =>
  run.regions.reduce((sum, { name, size }) => sum + (wanted(name) ? size : 0), 0);

function answerSentence(checked: Checked): string {
  const { calls, code, exit, fuel, note } = checked.run;
  const [output, logs, memory] = ["output", "logs", "memory"].map((what) =>
    sizeOf(checked, (name) => name.startsWith(what)),
  );
  const ended = `exit ${exit}${exit === "code" ? ` ${code}` : ""}${note === "" ? "" : ` (${note})`}`;
  return `${ended}, ${fuel} fuel, ${output} bytes of output and ${logs} of logs, ${calls.count} host calls, ${memory} bytes of memory`;
}

function comparedSentences({ differences, name, runs, verdict }: Compared): readonly string[] {
  if (verdict === "none") return [`no answer: ${differences[0]}`];
  if (verdict === "differs") return ["DIFFERS", ...differences];
  if (name === "sandbox") return [`the same answer, ${runs} runs in one process`];
  return [`the same answer and memory, ${runs} runs in one process, other jobs between`];
}

function dependenceSentence({ call, parts, verdict }: Dependence): string {
  if (verdict === "unasked") return "never asked for";
  const told = call === null ? "" : `; ${call}`;
  return verdict === "asked" ? `asked for; the answer is the same${told}` : `changes ${parts.join(", ")}${told}`;
}

function tableLines({ cut, flat, fuel, rows }: FuelTable, abi: string): string[] {
  const share = (part: bigint) => `${(Number((part * 1000n) / (fuel === 0n ? 1n : fuel)) / 10).toFixed(1)}%`;
  const line = (...[self, part, total, calls, name]: readonly string[]) =>
    `${self!.padStart(14)}${part!.padStart(8)}${total!.padStart(15)}${calls!.padStart(11)}  ${name}`;
  const shown = rows.slice(0, ROWS);
  const rest = rows.slice(ROWS).reduce((sum, { self }) => sum + self, 0n);
  return [
    line("fuel", "share", "with callees", "calls", "function"),
    ...shown.map(({ calls, name, self, total }) => line(String(self), share(self), String(total), String(calls), name)),
    ...(rows.length > ROWS ? [line(String(rest), share(rest), "", "", `${rows.length - ROWS} more`)] : []),
    line(String(fuel), share(fuel), "", "", "all"),
    ...(flat === 0 ? [] : [`${flat} small functions are in no row: their callers pay for them.`]),
    ...(abi === JAVASCRIPT_ABI
      ? ["The functions are the interpreter's; those of the program are not told apart."]
      : []),
    ...(cut
      ? ["Some ways to functions were too deep or too many to be told apart: with callees is at least so much."]
      : []),
  ];
}

function document({ entry, manifest }: Callable, checked: Checked, { cut, flat, rows }: FuelTable): Json {
  const { calls, code, exit, fuel } = checked.run;
  const [output, logs, memory] = ["output", "logs", "memory"].map((what) =>
    sizeOf(checked, (name) => name.startsWith(what)),
  );
  return {
    ...{ module: cidOf(manifest.module.sha256), abi: manifest.abi, entry, profile: manifest.profile },
    answer: { exit: { kind: exit, code }, fuel, output: output!, logs: logs!, memory: memory!, calls: calls.count },
    compared: checked.compared.map((one) => ({ ...one, differences: [...one.differences] })),
    unasked: checked.unasked.map((one) => ({ ...one })),
    depends: checked.depends.map((one) => ({ ...one, parts: [...one.parts] })),
    functions: rows.map(({ calls: times, name, self, total }) => ({
      name,
      fuel: String(self),
      total: String(total),
      calls: times,
    })),
    ...{ flat, cut },
  };
}
