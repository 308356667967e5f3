// The attack program: native code, as a guest that broke out of its engine would have it, since JavaScript can't make
// most system calls. A whole Linux executable of a few hundred bytes, made here: it makes the calls of a table one
// after the other, writes each result over the call's number, and at last writes the table to its standard output.
import { hexDecode } from "../../chain/protocol/index.ts";
import { type Architecture, numberOf, type SyscallName } from "./syscalls.ts";

/** One system call to try. A string is passed as the address of its UTF-8 bytes and a zero, bytes as their address. */
export interface Syscall {
  readonly call: SyscallName;
  readonly args: readonly (number | string | Uint8Array)[];
  /** Passes the result on as the first argument of the call after this one. */
  readonly feedsNext?: boolean;
}

/** Bytes of a row: the call's number, later its result; six arguments; the address that also gets the result. */
const ROW = 64;
const WORD = 8n;
/** Where the kernel puts the file: once to be run, once to be written to. 64 KiB apart, the largest page there is. */
const CODE = 0x40_0000n;
const DATA = 0x41_0000n;
const CODE_AT = 0xc0n;
const TABLE_AT = 0x100n;

/**
 * The loop over the table, as an assembler makes it. On x86-64: `lea rbx,[table]`, then `mov` of number and arguments
 * into rax, rdi, rsi, rdx, r10, r8, r9, `syscall`, `mov [rbx],rax`, `mov rcx,[rbx+56]`, `mov [rcx],rax`, `add rbx,64`,
 * and back. On AArch64 the same with `adr x19,table`, x8, x0 to x5, `svc 0`, `str`.
 */
const LOOP: Readonly<Record<Architecture, string>> = {
  x64: "488d1d39000100 488b03 488b7b08 488b7310 488b5318 4c8b5320 4c8b4328 4c8b4b30 0f05 488903 488b4b38 488901 4883c340 ebd3",
  arm64: "13020810 680240f9 608640a9 628e41a9 649642a9 010000d4 600200f9 691e40f9 200100f9 73020191 f7ffff17",
};
/** ELF's machine numbers. */
const MACHINE: Readonly<Record<Architecture, number>> = { x64: 62, arm64: 183 };

function header(view: DataView, architecture: Architecture): void {
  const { byteLength } = view;
  // 64-bit, little-endian, version 1; an executable.
  view.setUint32(0, 0x7f454c46);
  view.setUint32(4, 0x02010100);
  view.setUint16(16, 2, true);
  view.setUint16(18, MACHINE[architecture], true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, CODE + CODE_AT, true);
  // Program headers right behind this header of 64 bytes; two of 56 bytes.
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 2, true);
  for (const [at, address, flags] of [
    [64, CODE, 5],
    [120, DATA, 6],
  ] as const) {
    view.setUint32(at, 1, true);
    view.setUint32(at + 4, flags, true);
    view.setBigUint64(at + 16, address, true);
    view.setBigUint64(at + 24, address, true);
    view.setBigUint64(at + 32, BigInt(byteLength), true);
    view.setBigUint64(at + 40, BigInt(byteLength), true);
    view.setBigUint64(at + 48, DATA - CODE, true);
  }
}

/** The bytes behind the table, and the addresses that they get. */
class Pool {
  readonly pieces: Uint8Array[] = [];
  #at: bigint;

  constructor(at: bigint) {
    this.#at = at;
  }

  /** The number, or the address of the bytes. */
  place(value: number | string | Uint8Array): bigint {
    if (typeof value === "number") return BigInt.asUintN(64, BigInt(value));
    const bytes = typeof value === "string" ? new TextEncoder().encode(`${value}\0`) : value;
    // Each piece on a word of its own, as structures want it.
    const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8 || 8);
    padded.set(bytes);
    this.pieces.push(padded);
    const at = this.#at;
    this.#at += BigInt(padded.length);
    return at;
  }
}

/** The program for a list of calls. A call that the processor does not have becomes number -1, which no kernel knows. */
export function attackProgram(architecture: Architecture, calls: readonly Syscall[]): Uint8Array {
  const table = DATA + TABLE_AT;
  const own: readonly Syscall[] = [
    ...calls,
    { call: "write", args: [1, Number(table), calls.length * ROW] },
    { call: "exit_group", args: [0] },
  ];
  const size = BigInt(own.length * ROW);
  // The word behind the table takes the results that nobody wants twice.
  const unwanted = table + size;
  const pool = new Pool(unwanted + WORD);
  const rows = own.map(({ args, call, feedsNext }, index) => {
    const next = table + BigInt((index + 1) * ROW) + WORD;
    const words = Array.from({ length: 6 }, (_, at) => pool.place(args[at] ?? 0));
    return [BigInt(numberOf(call, architecture) ?? -1), ...words, feedsNext ? next : unwanted];
  });
  const pieces = pool.pieces.reduce((sum, piece) => sum + piece.length, 0);
  const image = new Uint8Array(Number(TABLE_AT + size + WORD) + pieces);
  const view = new DataView(image.buffer);
  header(view, architecture);
  image.set(hexDecode(LOOP[architecture].replaceAll(" ", "")), Number(CODE_AT));
  for (const [index, word] of rows.flat().entries()) {
    view.setBigUint64(Number(TABLE_AT) + 8 * index, BigInt.asUintN(64, word), true);
  }
  let at = Number(TABLE_AT + size + WORD);
  for (const piece of pool.pieces) {
    image.set(piece, at);
    at += piece.length;
  }
  return image;
}

/** What the calls answered, from what the program wrote; null when it did not come to its end. */
export function readResults(written: Uint8Array, calls: number): readonly bigint[] | null {
  if (written.length < calls * ROW) return null;
  const view = new DataView(written.buffer, written.byteOffset, written.byteLength);
  return Array.from({ length: calls }, (_, index) => view.getBigInt64(index * ROW, true));
}
