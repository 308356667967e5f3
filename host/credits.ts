// How amounts are said to people. The ledger counts in micro-credits, a million to the credit; nothing signed or stored
// goes through here.

/** Micro-credits as credits, for people. */
export function credits(amount: bigint): string {
  const fraction = String(amount % 1_000_000n)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return `${amount / 1_000_000n}${fraction === "" ? "" : `.${fraction}`}`;
}
