// What a process does that rewrites modules and never runs a guest: what it makes serves all who run the module.
import { encodeForm, FORM_BYTES } from "./form.ts";
import { abiOf, type Kind, profileOf } from "./kind.ts";
import { refuse, send, serve, writer } from "./pipe.ts";
import { REPLY, type RewriteHeader } from "./wire.ts";

/** Serves until the pipe is closed. */
export function rewriteModules(kind: Pick<Kind, "abis" | "profiles">): void {
  serve(({ abi, profile }: RewriteHeader, source) => {
    const form = encodeForm(abiOf(kind, abi)!.form(source, profileOf(kind, profile)!));
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
