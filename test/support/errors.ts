// How tests name a refusal: by its closed code, never by its wording.
import { type ErrorCode, LockstepError } from "../../chain/protocol/index.ts";

/** Runs an action that must be refused; its code, or null when it wasn't. Anything but our own error is rethrown. */
export function codeOf(action: () => unknown): ErrorCode | null {
  return refusalOf(action)?.code ?? null;
}

/** Runs an action that must be refused; the refusal, or null when there was none. */
export function refusalOf(action: () => unknown): LockstepError | null {
  try {
    action();
  } catch (error) {
    if (error instanceof LockstepError) return error;
    throw error;
  }
  return null;
}
