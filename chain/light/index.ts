// The door of chain/light: offline verification of receipts. Nothing behind it signs.
export { LIGHT_LIMITS } from "./limits.ts";
export {
  CHECKS,
  type Check,
  type CheckName,
  missing,
  type Outcome,
  type ReceiptContent,
  type Report,
  type Verdict,
  verdictOf,
} from "./report.ts";
export { readTrustFile, Trust, type TrustedKey, trustedKey, trustFile } from "./trust.ts";
export { type Policy, verifyReceipt } from "./verify.ts";
