// Two runs beside each other: which parts of them differ, and where first, in the guest's own terms: the host call by its
// number and name, the byte of its result, of the output, of the memory.
import type { Exit, HostCall, Region, Value } from "./answer.ts";
import { CALLS, PIECE_BYTES } from "./limits.ts";
import { fromHex } from "./regions.ts";

/** Bytes that are shown of a difference. */
const SHOWN_BYTES = 8;
/** Characters that are shown of a value's text. */
const SHOWN_CHARS = 60;

/** The parts of a run in the order in which they are told: memories come as `memory 0` and so on. */
type Part = "exit" | "host calls" | "logs" | "output" | "fuel" | (string & {});

/** A run and how it is called in sentences. */
export interface Side {
  readonly name: string;
  readonly run: Exit;
}

const regionsOf = ({ regions }: Exit): ReadonlyMap<string, Region> => new Map(regions.map((one) => [one.name, one]));

/** The parts that differ; memories are looked at where `memories` says so. */
export function partsThatDiffer(base: Exit, own: Exit, memories = true): Part[] {
  const [left, right] = [regionsOf(base), regionsOf(own)];
  const names = [...new Set([...left.keys(), ...right.keys()])].filter(
    (name) => memories || !name.startsWith("memory"),
  );
  const regions = names.filter((name) => JSON.stringify(left.get(name)) !== JSON.stringify(right.get(name)));
  const differs = {
    exit: base.exit !== own.exit || base.code !== own.code,
    "host calls": base.calls.count !== own.calls.count || base.calls.sha256 !== own.calls.sha256,
    logs: regions.includes("logs") || base.truncated !== own.truncated,
    output: regions.includes("output"),
    fuel: base.fuel !== own.fuel,
  };
  const answer = (Object.keys(differs) as (keyof typeof differs)[]).filter((part) => differs[part]);
  return [...answer, ...regions.filter((name) => name !== "logs" && name !== "output")];
}

/** The pieces of both runs' regions that must be seen to tell where they differ. */
export function piecesToSee(base: Exit, own: Exit): (readonly [region: string, piece: number])[] {
  const [left, right] = [regionsOf(base), regionsOf(own)];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) => {
    const piece = firstPiece(left.get(name), right.get(name));
    return piece === null ? [] : [[name, piece] as const];
  });
}

/** The first piece in which two regions differ; null where they do not, or only one ends before the other. */
function firstPiece(left: Region | undefined, right: Region | undefined): number | null {
  const [mine, others] = [new Map(left?.pieces), new Map(right?.pieces)];
  const differing = [...mine.keys(), ...others.keys()].filter((piece) => mine.get(piece) !== others.get(piece));
  return differing.length === 0 ? null : Math.min(...differing);
}

/** What runs are asked to show for `tellDifferences`, besides their calls. */
export interface Shown {
  readonly pieces: readonly (readonly [region: string, piece: number])[];
  /** Full names of host functions, by the names that calls have. */
  readonly fullNames: ReadonlyMap<string, string>;
}

/** One sentence for each part that differs. */
export function tellDifferences(base: Side, own: Side, shown: Shown, memories = true): string[] {
  return partsThatDiffer(base.run, own.run, memories).map((part) => {
    if (part === "exit") return `exit: ${both(base, own, ({ code, exit }) => (code === 0 ? exit : `${exit} ${code}`))}`;
    if (part === "fuel") return `fuel: ${both(base, own, ({ fuel }) => fuel)}`;
    if (part === "host calls") return tellCall(base, own, shown.fullNames);
    return tellRegion(part, base, own, shown);
  });
}

const both = (base: Side, own: Side, of: (run: Exit) => string): string =>
  `${of(base.run)} ${base.name}, ${of(own.run)} ${own.name}`;

/** The first host call that is another. */
export function tellCall(base: Side, own: Side, fullNames: ReadonlyMap<string, string>): string {
  const [left, right] = [base.run.told, own.run.told];
  const nameOf = ({ name }: HostCall) => fullNames.get(name) ?? name;
  const at = left.findIndex((call, index) => JSON.stringify(call) !== JSON.stringify(right[index]));
  const place = at < 0 ? left.length : at;
  const [mine, others] = [left[place], right[place]];
  const where = `host call ${place + 1}`;
  if (mine === undefined && others === undefined) {
    const counts = both(base, own, ({ calls: { count, sha256 } }) => `${count} of digest ${sha256.slice(0, 16)}`);
    return place === CALLS ? `host calls: after the first ${CALLS}; ${counts}` : `host calls: ${counts}`;
  }
  if (mine === undefined || others === undefined) {
    const [more, less] = mine === undefined ? [own, base] : [base, own];
    return `${where}: ${nameOf((mine ?? others)!)} ${more.name}, none ${less.name}`;
  }
  if (mine.name !== others.name) return `${where}: ${nameOf(mine)} ${base.name}, ${nameOf(others)} ${own.name}`;
  for (const kind of ["args", "results"] as const) {
    const [before, after] = [mine[kind], others[kind]];
    const index = before.findIndex((value, at) => JSON.stringify(value) !== JSON.stringify(after[at]));
    if (index < 0 && before.length === after.length) continue;
    const what = `${kind === "args" ? "argument" : "result"} ${(index < 0 ? before.length : index) + 1}`;
    const [one, other] = [before[Math.max(index, 0)], after[Math.max(index, 0)]];
    return `${where}, ${nameOf(mine)}: ${what} ${tellValues(one, other, base.name, own.name)}`;
  }
  return `${where}, ${nameOf(mine)}: its bytes behind the first that are told`;
}

function tellValues(one: Value | undefined, other: Value | undefined, base: string, own: string): string {
  if (one !== undefined && other !== undefined && "bytes" in one && "bytes" in other && one.bytes !== other.bytes) {
    return tellBytes(fromHex(one.bytes), fromHex(other.bytes), 0, base, own);
  }
  return `is ${textOf(one)} ${base}, ${textOf(other)} ${own}`;
}

function textOf(value: Value | undefined): string {
  if (value === undefined) return "nothing";
  return "bytes" in value ? `${value.size} bytes` : value.text.slice(0, SHOWN_CHARS);
}

/** Where two pieces of bytes differ, the first of them being byte `start` of the whole. */
function tellBytes(
  one: Uint8Array,
  other: Uint8Array,
  start: number,
  base: string,
  own: string,
  address: (at: number) => string = String,
): string {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at++;
  const show = (bytes: Uint8Array) => {
    const shown = bytes.subarray(at, at + SHOWN_BYTES);
    return shown.length === 0 ? "the end" : Buffer.from(shown).toString("hex");
  };
  return `from byte ${address(start + at)} is ${show(one)} ${base}, ${show(other)} ${own}`;
}

function tellRegion(name: string, base: Side, own: Side, { pieces }: Shown): string {
  const [left, right] = [regionsOf(base.run).get(name), regionsOf(own.run).get(name)];
  const index = pieces.findIndex(([region]) => region === name);
  const [one, other] = [base.run.pieces[index] ?? "", own.run.pieces[index] ?? ""];
  if (one !== other) {
    const start = pieces[index]![1] * PIECE_BYTES;
    const address = name.startsWith("memory") ? (at: number) => `0x${at.toString(16)}` : (at: number) => String(at);
    return `${name}: ${tellBytes(fromHex(one), fromHex(other), start, base.name, own.name, address)}`;
  }
  const sizes = [left, right].map((region) => (region === undefined ? "nothing" : `${region.size} bytes`));
  if (sizes[0] !== sizes[1]) return `${name}: ${sizes[0]} ${base.name}, ${sizes[1]} ${own.name}`;
  if (name === "logs" && base.run.truncated !== own.run.truncated) return `${name}: cut off in one of them`;
  return `${name}: somewhere in the ${PIECE_BYTES} bytes from ${(firstPiece(left, right) ?? 0) * PIECE_BYTES}`;
}
