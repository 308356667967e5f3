// Every way the product can refuse, as one closed list of codes, and the one table that maps a code to what
// each door shows for it: exit status on the command line, HTTP status, JSON-RPC error code.
// A code names a cause, never a place; the message says what was wrong, where, and what to do.

/** What the doors show for a code: process exit status, HTTP status, JSON-RPC error code. */
interface ErrorRow {
  readonly exit: number;
  readonly http: number;
  readonly rpc: number;
}

const row = (exit: number, http: number, rpc: number): ErrorRow => ({ exit, http, rpc });

/**
 * Exit statuses, the same on every command: 0 done, 1 refused or failed by its content (also the verdict
 * REJECT and a run whose guest did not end `ok`), 2 bad usage or malformed input (also MALFORMED),
 * 3 something needed is missing or out of reach (also UNVERIFIABLE), 4 a fault of host, engine or storage.
 */
const TABLE = {
  // Form: bytes that are not what they should be.
  USAGE: row(2, 400, -32602),
  MALFORMED: row(2, 400, -32602),
  TOO_LARGE: row(2, 413, -32602),
  OUT_OF_RANGE: row(2, 400, -32602),
  // Things that are not there.
  NOT_FOUND: row(3, 404, -32004),
  UNREACHABLE: row(3, 502, -32005),
  TIMEOUT: row(3, 504, -32006),
  BUSY: row(3, 503, -32007),
  PORT_IN_USE: row(3, 500, -32603),
  FORBIDDEN: row(3, 403, -32008),
  // Keys and signatures.
  KEY_REFUSED: row(1, 403, -32010),
  KEY_PERMISSIONS: row(1, 500, -32011),
  KEY_UNKNOWN: row(1, 403, -32012),
  KEY_INACTIVE: row(1, 403, -32013),
  SIGNATURE_INVALID: row(1, 403, -32014),
  // Transactions, in the order in which the ledger tests for them.
  WRONG_CHAIN: row(1, 409, -32020),
  TX_VERSION: row(1, 409, -32021),
  TX_EXPIRED: row(1, 409, -32022),
  TX_EXPIRY_TOO_FAR: row(1, 409, -32023),
  WRONG_NONCE: row(1, 409, -32024),
  FUNDS: row(1, 402, -32025),
  OVERFLOW: row(1, 409, -32026),
  FAUCET_CLOSED: row(1, 403, -32027),
  DEPLOYMENT_UNKNOWN: row(1, 404, -32029),
  DEPLOYMENT_EXISTS: row(1, 409, -32030),
  NOT_OWNER: row(1, 403, -32031),
  CALLER_REFUSED: row(1, 403, -32032),
  PROVIDER_UNKNOWN: row(1, 404, -32033),
  PROVIDER_STAKE: row(1, 409, -32034),
  PROVIDER_DRAINING: row(1, 409, -32035),
  STAKE_LOCKED: row(1, 409, -32036),
  PRICE_CEILING: row(1, 409, -32037),
  DEADLINE: row(1, 409, -32038),
  LIMITS: row(1, 409, -32039),
  JOB_UNKNOWN: row(1, 404, -32040),
  JOB_STATE: row(1, 409, -32041),
  NOT_ASSIGNED: row(1, 403, -32042),
  WRONG_ATTEMPT: row(1, 409, -32043),
  RECEIPT_REFUSED: row(1, 409, -32044),
  UNSUPPORTED: row(1, 409, -32045),
  NAME_REFUSED: row(1, 409, -32046),
  KEY_IN_USE: row(1, 409, -32047),
  // Blobs and storage.
  DIGEST_MISMATCH: row(1, 409, -32050),
  QUOTA: row(1, 507, -32051),
  STORAGE_FULL: row(4, 507, -32052),
  STORAGE_CORRUPT: row(4, 500, -32053),
  STORAGE_VERSION: row(4, 500, -32054),
  STORAGE_LOCKED: row(4, 500, -32055),
  // Building and running.
  BUILD_FAILED: row(1, 422, -32060),
  INVALID_MODULE: row(1, 422, -32061),
  FAULT: row(4, 500, -32062),
  ISOLATION: row(3, 501, -32063),
  DIVERGED: row(4, 500, -32064),
  INTERNAL: row(4, 500, -32603),
} as const satisfies Record<string, ErrorRow>;

/** A closed error code. */
export type ErrorCode = keyof typeof TABLE;

/** Every code with its row, for the tables in the README and for tests. */
export const ERROR_TABLE: Readonly<Record<ErrorCode, ErrorRow>> = TABLE;

/** Whether a string, say from a peer's answer, is one of our codes. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(TABLE, code);
}

/** Plain data that goes along with a code, safe to print and to send: never a secret, never a stack. */
export type ErrorData = Readonly<Record<string, string | number | boolean>>;

/** The one error class. `message` is a clear sentence for people, `code` and `data` are for programs. */
export class LockstepError extends Error {
  readonly code: ErrorCode;
  readonly data: ErrorData;

  constructor(code: ErrorCode, message: string, data: ErrorData = {}) {
    super(message);
    this.name = "LockstepError";
    this.code = code;
    this.data = data;
  }
}
