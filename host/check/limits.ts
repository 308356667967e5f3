// How much of a run an examination tells.

/** Host calls that are told of a run. */
export const CALLS = 10_000;
/** Bytes of a value in a call that are told. */
export const VALUE_BYTES = 1_024;
/** Bytes of a region that one digest stands for. */
export const PIECE_BYTES = 65_536;
