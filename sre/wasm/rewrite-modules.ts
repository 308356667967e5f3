// What a process does that rewrites modules and never runs a guest: what it makes serves all who run the module.
import { findAbi, type Means } from "./abi/index.ts";
import { evaluate } from "./evaluate.ts";
import { encodeForm, FORM_BYTES } from "./form.ts";
import type { Kind } from "./kind.ts";
import { refuse, send, serve, writer } from "./pipe.ts";
import { findProfile } from "./profile.ts";
import { REPLY, type RewriteHeader } from "./wire.ts";

/** Serves until the pipe is closed. */
export function rewriteModules(kind: Pick<Kind, "abis" | "profiles">): void {
  // What components need, once the sandbox has sent it.
  let means: Means | null = null;
  serve(({ abi, profile, transpiler }: RewriteHeader, body) => {
    let source = body;
    if (transpiler !== null) {
      const files = transpiler.map((size) => {
        const file = source.slice(0, size);
        source = source.subarray(size);
        return file;
      });
      means = { evaluate, transpiler: files };
    }
    const form = encodeForm(findAbi(abi, kind.abis)!.form(source, findProfile(profile, kind.profiles)!, means));
    const size = form.reduce((sum, piece) => sum + piece.length, 0);
    if (size > FORM_BYTES) {
      refuse("the rewritten module is too large to be passed on");
      return;
    }
    writer.begin(REPLY.form);
    for (const piece of form) writer.bytes(piece);
    send(writer.frame());
  });
}
