// What runs inside a container besides the job's own program: a script on a static busybox that the host lends, which
// takes the job's files from stdin, runs the program, and sends what it left on stdout.
import { LockstepError } from "../../chain/protocol/index.ts";

/** Where the job's things lie inside. */
export const JOB_FOLDER = "/job";
/** Where the lent busybox lies inside. */
export const BUSYBOX = "/sre/busybox";

/**
 * The first process. Its own end is 0 when it has sent everything, whatever became of the program; the program's is in
 * `code`. All other processes of the container end with it.
 */
export const SCRIPT = [
  `cd ${JOB_FOLDER} && ${BUSYBOX} tar -x -f - && ${BUSYBOX} mkdir -p files out || exit 120`,
  `${BUSYBOX} sh run < input`,
  "echo $? > code",
  // Logs are cut at one byte past their limit, so that they can be seen to be cut.
  `[ "$(${BUSYBOX} stat -c %s stderr)" -gt "$(${BUSYBOX} cat keep)" ] && ${BUSYBOX} truncate -s "$(${BUSYBOX} cat keep)" stderr`,
  `exec ${BUSYBOX} tar -c -f - code stdout stderr out`,
].join("\n");

/** What the program is given. */
export interface ProgramCall {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Variables beside the image's own. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder to begin in. */
  readonly folder: string;
  /** Whether stdout belongs to the logs too. */
  readonly joined: boolean;
}

/** The script `run` of a job. MALFORMED for text that no program can be given. */
export function runScript({ command, env, folder, joined }: ProgramCall): Uint8Array {
  const words = [...command, ...Object.values(env), folder];
  if (words.some((word) => word.includes("\u0000"))) {
    throw new LockstepError("MALFORMED", "an argument or variable has a NUL in it, which no program can be given");
  }
  const misnamed = Object.keys(env).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name));
  if (misnamed !== undefined) throw new LockstepError("MALFORMED", `"${misnamed}" is no name of a variable`);
  const streams = joined ? `> ${JOB_FOLDER}/stderr 2>&1` : `> ${JOB_FOLDER}/stdout 2> ${JOB_FOLDER}/stderr`;
  const lines = [
    `: > ${JOB_FOLDER}/stdout`,
    `: > ${JOB_FOLDER}/stderr`,
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `cd ${quoted(folder)} || exit 126`,
    `exec ${command.map(quoted).join(" ")} ${streams}`,
  ];
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

/** A word that the shell takes as it is. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
