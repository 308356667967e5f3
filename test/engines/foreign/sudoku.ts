// A sudoku as a question to a solver of bit-vector logic (SMT-LIB 2), and the answers read.

/** A puzzle with one solution; zeros are to be filled in. */
export const PUZZLE = "530070000600195000098000060800060003400803001700020006060000280000419005000080079";
export const SOLUTION = "534678912672195348198342567859761423426853791713924856961537284287419635345286179";

const NINE = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
/** The 27 groups of nine cells whose digits differ. */
const GROUPS = NINE.flatMap((group) => [
  NINE.map((cell) => 9 * group + cell),
  NINE.map((cell) => 9 * cell + group),
  NINE.map((cell) => 27 * Math.floor(group / 3) + 3 * (group % 3) + 9 * Math.floor(cell / 3) + (cell % 3)),
]);

const cell = (index: number) => `c${index}`;
const digit = (value: number | string) => `#x${value}`;
const is = (index: number, value: string) => `(= ${cell(index)} ${digit(value)})`;

/** Asks for a solution, and then for a second one. */
export function question(puzzle: string, solution: string): string {
  const cells = [...puzzle];
  return [
    "(set-option :produce-models true)",
    "(set-logic QF_BV)",
    ...cells.map((_, index) => `(declare-const ${cell(index)} (_ BitVec 4))`),
    ...cells.map((_, index) => `(assert (and (bvule ${digit(1)} ${cell(index)}) (bvule ${cell(index)} ${digit(9)})))`),
    ...GROUPS.map((group) => `(assert (distinct ${group.map(cell).join(" ")}))`),
    ...cells.flatMap((given, index) => (given === "0" ? [] : [`(assert ${is(index, given)})`])),
    "(check-sat)",
    `(get-value (${cells.map((_, index) => cell(index)).join(" ")}))`,
    `(assert (not (and ${[...solution].map((value, index) => is(index, value)).join(" ")})))`,
    "(check-sat)",
    "(exit)",
    "",
  ].join("\n");
}

/** What was found: how each question was answered, and the digits in the order of the cells. */
export function answersIn(output: string): { readonly verdicts: readonly string[]; readonly digits: string } {
  const values = new Map(
    [...output.matchAll(/\(c(\d+) #[xb]([0-9a-f]+)\)/g)].map(([, at, bits]) => [Number(at), bits!]),
  );
  const digits = [...values]
    .sort(([a], [b]) => a - b)
    .map(([, bits]) => Number.parseInt(bits, bits.length === 4 ? 2 : 16));
  return { verdicts: output.match(/\b(un)?sat\b/g) ?? [], digits: digits.join("") };
}
