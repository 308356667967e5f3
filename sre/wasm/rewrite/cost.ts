// The price of everything in fuel units, with its reason. One unit is about one simple machine operation; the
// prices follow measured time, typical and worst, on V8 above all (`bench/metered/operations.ts`, `bench/README.md`).
// Loads that miss every cache stay far above their price: a dearer load makes all else wronger. A change here changes
// the profile id.

/** Prices of instructions, charged with the region that holds them (SPEC rule F2). */
export const COST = {
  /** Constants, local reads, blocks, drops and nops: a compiler makes no code of them. */
  free: 0,
  /** Integer arithmetic, comparisons, conversions, local and global writes, unconditional branches. */
  simple: 1,
  /** Loads and stores that hit the first-level cache. */
  memory: 2,
  /** Float arithmetic, its canonical NaN included. */
  float: 2,
  /** A conditional branch: 4 to 5 ns when mispredicted. A select is a conditional move: `simple`. */
  branch: 4,
  /** br_table: a bounds check and an indirect jump, 6 ns when mispredicted. */
  branchTable: 6,
  /** ref.func: engines keep an object for each function that it names. */
  reference: 2,
  /** Float-to-integer truncation with its range checks. */
  truncate: 4,
  /** memory.size, table.get, table.set. */
  runtime: 4,
  /** Division of 32-bit and 64-bit integers. */
  divide32: 10,
  divide64: 16,
  /** Division and square root of floats. */
  floatDivide32: 6,
  floatDivide64: 8,
  sqrt32: 8,
  sqrt64: 12,
  /** Lane-wise integer operations, and the ones that take a handful of machine instructions. */
  vector: 1,
  vectorSlow: 4,
  /** Lane-wise float operations, the canonical NaN included; division and square root by lane width. */
  vectorFloat: 2,
  vectorDivide32: 8,
  vectorDivide64: 12,
  vectorSqrt32: 12,
  vectorSqrt64: 20,
  /** A call with its frame; an indirect call with its table and signature checks, 12 ns when mispredicted. */
  call: 5,
  callIndirect: 16,
  /** A call that leaves WebAssembly for the host. */
  callHost: 50,
  /** A bulk operation before its length is counted. */
  bulk: 8,
  /**
   * memory.grow and table.grow before their length is counted. V8 makes a new buffer and changes protections, 60 to
   * 180 µs; JavaScriptCore copies the table, 2 ms at a million functions.
   */
  grow: 10_000,
  /** Raising an exception: 0.2 µs on V8, 2 to 6 and below a deep stack 50 on JavaScriptCore, 25 to 60 on Firefox. */
  throw: 1000,
} as const;

/** The most that a function may cost that is charged where it is called. */
export const FLAT_LIMIT = 48;

/** The most that a cold region may cost, so that what it does unpaid is little: a message, a host call and the end. */
export const COLD_LIMIT = 100;

/** Bytes of stack metric that a late function, which checks where it calls, may need beside what it calls checked. */
export const LATE_BYTES = 4096;

/** A function whose regions cost more together is a check point, even if it calls nothing. */
export const CHECK_LIMIT = 500;

/** Charged at each function entry, besides 1 per 8 parameters and locals (they are zeroed or moved). */
export const ENTRY_COST = 1;
/** Charged each time that a loop's header is passed, so that no loop is free. */
export const LOOP_COST = 1;
/** Fuel per page of 64 KiB that memory.grow adds: the kernel zeroes it when it is touched, 32 µs in 16 faults. */
export const PAGE_COST = 4096;
/** Fuel per element of table.grow and bulk operations: functions take V8 up to 70 ns each, JavaScriptCore 270. */
export const ELEMENT_COST = 8;
/**
 * Fuel per export when an instance is made: V8 makes an object for each function, 2 to 3 µs. Per function, element and
 * instruction of a constant expression it is `ELEMENT_COST`, per page `PAGE_COST`.
 */
export const EXPORT_COST = 100;
/** Bytes moved or filled per unit of fuel, as a shift: 8 bytes. */
export const BULK_SHIFT = 3;
/** Bytes of stack metric per frame besides 8 for each parameter, local and operand: return address, spills. */
export const FRAME_BYTES = 64;
/**
 * Bytes of stack metric that a call takes which comes into a linked module: the caller's thunk and the door here have
 * frames and pass each value once more.
 */
export const LINK_FRAME_BYTES = 128;
export const LINK_SLOT_BYTES = 16;
