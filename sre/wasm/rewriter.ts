// The program of a process that rewrites modules and never runs a guest: what it makes serves all who run the module.
import { findAbi } from "./abi/index.ts";
import { encodeForm, FORM_BYTES } from "./form.ts";
import { refuse, send, serve, writer } from "./pipe.ts";
import { findProfile } from "./profile.ts";
import { REPLY, type RewriteHeader } from "./wire.ts";

serve(({ abi, profile }: RewriteHeader, source) => {
  const form = encodeForm(findAbi(abi)!.form(source, findProfile(profile)!));
  const size = form.reduce((sum, piece) => sum + piece.length, 0);
  if (size > FORM_BYTES) {
    refuse("the rewritten module is too large to be passed on");
    return;
  }
  writer.begin(REPLY.form);
  for (const piece of form) writer.bytes(piece);
  send(writer.frame());
});
