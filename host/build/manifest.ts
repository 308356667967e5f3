// The manifest: what is known about a module besides its bytes. It is a note for people and tools, never a proof:
// everything but the source digest and the toolchain can be derived from the module again.
import { createHash } from "node:crypto";
import { z } from "zod";
import { LockstepError } from "../../chain/protocol/index.ts";
import { BUILD_LIMITS } from "./limits.ts";
