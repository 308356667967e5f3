// A receipt's signature under `openssl pkeyutl`: the envelope's PAE bytes, the signature, and the provider's key as
// DER are all that it takes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatCheckpoint, pae, parseNote, spkiOf, utf8Decode, utf8Encode } from "../../chain/protocol/index.ts";
import { basicPlan, makeReceipt, SIGNERS } from "../support/receipts.ts";
import { component } from "../support/require.ts";

const made = makeReceipt(basicPlan());
const { envelope } = made.sealed;

component("openssl")("openssl", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lockstep-openssl-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function verifies(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
    const files = { message, signature, key: spkiOf(publicKey) };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const { status, stdout } = spawnSync(
      "openssl",
      [
        "pkeyutl",
        "-verify",
        "-pubin",
        "-keyform",
        "DER",
        "-inkey",
        "key",
        "-rawin",
        "-in",
        "message",
        "-sigfile",
        "signature",
      ],
      { cwd: folder, encoding: "utf8" },
    );
    return status === 0 && stdout.includes("Signature Verified Successfully");
  }

  const signed = pae(envelope.payloadType, envelope.payload);
  const { sig } = envelope.signatures[0];

  test("accepts a receipt's signature over the envelope's PAE", () => {
    expect(verifies(signed, sig, SIGNERS.provider.publicKey)).toBe(true);
  });

  test("accepts the log's signature over a checkpoint's text", () => {
    const note = parseNote(utf8Encode(made.proofs.head.checkpoint));
    const text = formatCheckpoint({ origin: made.proofs.head.key.name, size: made.log.size, root: made.log.root() });
    expect(verifies(utf8Encode(text), note.signatures[0]!.signature, SIGNERS.log.publicKey)).toBe(true);
  });

  test("refuses the payload without its PAE, a changed message, a changed signature, another key", () => {
    const changed = utf8Encode(utf8Decode(signed).replace('"attempt":1', '"attempt":2'));
    const other = sig.with(3, sig[3]! ^ 1);
    expect(verifies(envelope.payload, sig, SIGNERS.provider.publicKey)).toBe(false);
    expect(verifies(changed, sig, SIGNERS.provider.publicKey)).toBe(false);
    expect(verifies(signed, other, SIGNERS.provider.publicKey)).toBe(false);
    expect(verifies(signed, sig, SIGNERS.stranger.publicKey)).toBe(false);
  });
});
