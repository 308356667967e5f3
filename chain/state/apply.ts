// The only place that knows all types of transactions: what is common to them first, then the type's own check, and
// only if nothing refused it, its writes. A refused transaction therefore changes nothing.
import { type AuthenticTransaction, LockstepError } from "../protocol/index.ts";
import type { Block } from "./block.ts";
import { applyAccept, checkAccept } from "./transactions/accept.ts";
import { applyCancel, checkCancel } from "./transactions/cancel.ts";
import { applyCommon, checkCommon, type Signed } from "./transactions/common.ts";
import { applyDeploy, checkDeploy } from "./transactions/deploy.ts";
import { applyDrain, checkDrain } from "./transactions/drain.ts";
import { applyFaucet, checkFaucet } from "./transactions/faucet.ts";
import { applyJob, checkJob } from "./transactions/job.ts";
import { applyName, checkName } from "./transactions/name.ts";
import { applyRefuse, checkRefuse } from "./transactions/refuse.ts";
import { applyRegister, checkRegister } from "./transactions/register.ts";
import { applyResult, checkResult } from "./transactions/result.ts";
import { applyRevoke, checkRevoke } from "./transactions/revoke.ts";
import { applyRotate, checkRotate } from "./transactions/rotate.ts";
import { applyTransfer, checkTransfer } from "./transactions/transfer.ts";
import { applyUnbond, checkUnbond } from "./transactions/unbond.ts";

/** What a transaction will write once nothing refused it. */
type Writes = () => void;

/** Runs a type's check; what it found out, if it did not refuse, is what the writes need. */
function step<B, P>(
  block: Block,
  signed: Signed,
  body: B,
  check: (block: Block, body: B, signed: Signed) => LockstepError | P,
  write: (block: Block, body: B, plan: P, signed: Signed) => void,
): LockstepError | Writes {
  const plan = check(block, body, signed);
  return plan instanceof LockstepError ? plan : () => write(block, body, plan, signed);
}

function prepare(block: Block, tx: AuthenticTransaction): LockstepError | Writes {
  const { body } = tx;
  switch (body.type) {
    case "transfer":
      return step(block, tx, body, checkTransfer, applyTransfer);
    case "faucet":
      return step(block, tx, body, checkFaucet, applyFaucet);
    case "deploy":
      return step(block, tx, body, checkDeploy, applyDeploy);
    case "name":
      return step(block, tx, body, checkName, applyName);
    case "register":
      return step(block, tx, body, checkRegister, applyRegister);
    case "drain":
      return step(block, tx, body, checkDrain, applyDrain);
    case "unbond":
      return step(block, tx, body, checkUnbond, applyUnbond);
    case "job":
      return step(block, tx, body, checkJob, applyJob);
    case "accept":
      return step(block, tx, body, checkAccept, applyAccept);
    case "refuse":
      return step(block, tx, body, checkRefuse, applyRefuse);
    case "result":
      return step(block, tx, body, checkResult, applyResult);
    case "cancel":
      return step(block, tx, body, checkCancel, applyCancel);
    case "rotate":
      return step(block, tx, body, checkRotate, applyRotate);
    case "revoke":
      return step(block, tx, body, checkRevoke, applyRevoke);
  }
}

/**
 * Why a transaction can't be applied now, or null. With `ahead` transactions of the same account known to come before
 * it only what is common to all types is tested, since they may make true what its own type needs.
 */
export function checkTransaction(block: Block, tx: AuthenticTransaction, ahead: bigint): LockstepError | null {
  const refused = checkCommon(block, tx, ahead);
  if (refused !== null || ahead > 0n) return refused;
  const outcome = prepare(block, tx);
  return outcome instanceof LockstepError ? outcome : null;
}

/** Applies a transaction to a block; the refusal when it was refused and changed nothing. */
export function applyTransaction(block: Block, tx: AuthenticTransaction): LockstepError | null {
  const refused = checkCommon(block, tx, 0n);
  if (refused !== null) return refused;
  const outcome = prepare(block, tx);
  if (outcome instanceof LockstepError) return outcome;
  applyCommon(block, tx);
  outcome();
  return null;
}
