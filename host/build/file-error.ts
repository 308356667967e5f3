// What the file system says, in our codes and one sentence.
import { LockstepError } from "../../chain/protocol/index.ts";

/** The error for a file that could not be read or written; an error of ours passes through. */
export function fileError(error: unknown, action: "read" | "write", path: string): LockstepError {
  if (error instanceof LockstepError) return error;
  const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  if (reason === "ENOENT" || reason === "ENOTDIR") {
    return new LockstepError("NOT_FOUND", `${path} does not exist; check the path`);
  }
  const full = reason === "ENOSPC" || reason === "EDQUOT";
  const advice = full ? "make room on the disk" : "check the path and its permissions";
  return new LockstepError(full ? "STORAGE_FULL" : "USAGE", `could not ${action} ${path} (${reason}); ${advice}`);
}
