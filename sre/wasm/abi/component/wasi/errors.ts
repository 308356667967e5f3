// The world's refusals in the words of `wasi:filesystem`.
import type { Problem, ProblemCode } from "../../../world/index.ts";

const CODES: Readonly<Record<ProblemCode, string>> = {
  ...{ acces: "access", badf: "bad-descriptor", busy: "busy", exist: "exist", fbig: "file-too-large" },
  ...{ ilseq: "illegal-byte-sequence", inval: "invalid", isdir: "is-directory", loop: "loop", mfile: "quota" },
  ...{ nametoolong: "name-too-long", noent: "no-entry", nospc: "insufficient-space", notcapable: "not-permitted" },
  ...{ notdir: "not-directory", notempty: "not-empty", notsock: "unsupported", notsup: "unsupported" },
  ...{ perm: "not-permitted", spipe: "invalid-seek" },
};

/** The `error-code` of a refusal. */
export const errorCode = ({ code }: Problem): string => CODES[code];
