// The profiles of JavaScript: a profile of WebAssembly, under which the interpreter runs, and what the interpreter is.
import { PROFILES, type Profile } from "../wasm/parts.ts";

/** Counts the changes of the rules that neither the image nor a number of the WebAssembly profile shows. */
export const VERSION = 1;

/**
 * SHA-256 of the module with the image, before it is rewritten: interpreter, prelude and start in one. A test makes it
 * anew; a change here is a new profile.
 */
export const IMAGE_DIGEST = "b4a742615fa1d226460812875b4d541ae1f08cf88c82f1c46adb98a8daa076d0";

/** Hexadecimal digits of each of the two digests that are in an id. */
const DIGITS = 16;

/** The interpreter needs no optional feature, so there is one profile. */
const { id, engines, features } = PROFILES[0]!;
const under = id.slice(id.lastIndexOf("-") + 1, id.lastIndexOf("-") + 1 + DIGITS);

/** The profile of JavaScript: `quickjs-1-`, digits of the image's digest, `-`, digits of the WebAssembly profile's id. */
export const JAVASCRIPT: Profile = {
  id: `quickjs-${VERSION}-${IMAGE_DIGEST.slice(0, DIGITS)}-${under}`,
  ...{ label: `quickjs-${VERSION}`, features, engines },
};
