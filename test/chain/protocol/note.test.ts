// Signed notes and checkpoints: vectors made by other software, and every malformed form refused.
import { describe, expect, test } from "vitest";
import {
  base64Encode,
  concat,
  equalBytes,
  formatCheckpoint,
  formatVerifierKey,
  hexDecode,
  hexEncode,
  NOTE_LIMITS,
  noteKey,
  openCheckpoint,
  openNote,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  portableSigner,
  signNote,
  utf8Decode,
  utf8Encode,
} from "../../../chain/protocol/index.ts";
import { nodeCrypto as crypto } from "../../../host/crypto.ts";
import { codeOf } from "../../support/errors.ts";

const signer = portableSigner(new Uint8Array(32).fill(1));
const stranger = portableSigner(new Uint8Array(32).fill(2));
const origin = "ledger.example/log";
const key = noteKey(crypto, origin, signer.publicKey);
const root = crypto.sha256(utf8Encode("root"));
const text = formatCheckpoint({ origin, size: 1000, root });
const signed = utf8Decode(signNote(crypto, signer, origin, text));
const open = (note: string) => openCheckpoint(crypto, utf8Encode(note), key);
const lineOf = (note: string) => note.slice(note.lastIndexOf("\n\n") + 2);

describe("vectors of other software", () => {
  // From the documentation of Go's golang.org/x/mod/sumdb/note.
  const goKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  const goText =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const goLine =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

  test("a note signed by Go opens", () => {
    const peter = parseVerifierKey(crypto, goKey);
    const { text: found, signers } = openNote(crypto, utf8Encode(`${goText}\n${goLine}`), [key, peter]);
    expect(found).toBe(goText);
    expect(signers).toEqual([peter]);
  });

  test("keys of running logs have the id that they carry", () => {
    for (const known of [goKey, "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]) {
      expect(formatVerifierKey(parseVerifierKey(crypto, known))).toBe(known);
    }
  });

  test("the specifications' example notes are read", () => {
    const sofa =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
      "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    const checkpoint = parseCheckpoint(parseNote(utf8Encode(sofa)).text);
    expect(checkpoint.origin).toBe("example.com/behind-the-sofa");
    expect(checkpoint.size).toBe(20852163);
    const poem =
      "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n" +
      "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    const note = parseNote(utf8Encode(poem));
    expect(note.text.endsWith("\n\ned è subito sera.\n")).toBe(true);
    expect(note.signatures.map((line) => [line.name, hexEncode(line.id), line.signature.length])).toEqual([
      ["quasimodo.example/salvatore", "367ba04b", 64],
    ]);
  });
});

describe("checkpoints", () => {
  test("have this exact form", () => {
    expect(text).toBe(`${origin}\n1000\n${base64Encode(root)}\n`);
    expect(signed.startsWith(`${text}\n— ${origin} `)).toBe(true);
    expect(signed.endsWith("\n")).toBe(true);
  });

  test("open under the log's key, at any size", () => {
    for (const size of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      const note = signNote(crypto, signer, origin, formatCheckpoint({ origin, size, root }));
      const found = openCheckpoint(crypto, note, key);
      expect([found.origin, found.size, hexEncode(found.root)]).toEqual([origin, size, hexEncode(root)]);
    }
  });

  test("every flipped bit is refused", () => {
    const bytes = utf8Encode(signed);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bent = bytes.slice();
      bent[bit >> 3]! ^= 1 << (bit & 7);
      expect(codeOf(() => openCheckpoint(crypto, bent, key))).not.toBeNull();
    }
  });

  test("a head of another log by the same key is refused", () => {
    const other = formatCheckpoint({ origin: "other.example", size: 1000, root });
    expect(codeOf(() => open(utf8Decode(signNote(crypto, signer, origin, other))))).toBe("MALFORMED");
  });

  test("extension lines are ignored where they may stand", () => {
    const note = utf8Decode(signNote(crypto, signer, origin, `${text}extension 1\n`));
    expect(open(note).size).toBe(1000);
  });

  test.each([
    ["two lines", "o\n1\n"],
    ["an empty origin", `\n1\n${base64Encode(root)}\n`],
    ["a leading zero", `o\n01\n${base64Encode(root)}\n`],
    ["a plus sign", `o\n+1\n${base64Encode(root)}\n`],
    ["a negative size", `o\n-1\n${base64Encode(root)}\n`],
    ["a size beyond 2^53", `o\n9007199254740992\n${base64Encode(root)}\n`],
    ["a size beyond 2^63", `o\n9223372036854775808\n${base64Encode(root)}\n`],
    ["a short root", `o\n1\n${base64Encode(root.slice(1))}\n`],
    ["a root with stray bits", `o\n1\n${base64Encode(root).slice(0, -2)}B=\n`],
    ["a root without padding", `o\n1\n${base64Encode(root).slice(0, -1)}\n`],
    ["an empty extension line", `o\n1\n${base64Encode(root)}\n\n`],
    ["no final newline", `o\n1\n${base64Encode(root)}`],
    ["a carriage return", `o\r\n1\r\n${base64Encode(root)}\r\n`],
  ])("parseCheckpoint refuses %s", (_, input) => {
    expect(codeOf(() => parseCheckpoint(input))).toBe("MALFORMED");
  });

  test.each([
    ["an empty origin", { origin: "", size: 1, root }],
    ["an origin of two lines", { origin: "a\nb", size: 1, root }],
    ["a fractional size", { origin, size: 1.5, root }],
    ["a negative size", { origin, size: -1, root }],
    ["a short root", { origin, size: 1, root: root.slice(1) }],
  ])("formatCheckpoint refuses %s", (_, checkpoint) => {
    expect(codeOf(() => formatCheckpoint(checkpoint))).toBe("MALFORMED");
  });
});

describe("signatures", () => {
  const strangerLine = lineOf(utf8Decode(signNote(crypto, stranger, "witness.example", text)));

  test("of unknown keys are ignored, even under the known key's name", () => {
    const sameName = lineOf(utf8Decode(signNote(crypto, stranger, origin, text)));
    expect(open(`${text}\n${strangerLine}${sameName}${lineOf(signed)}`).size).toBe(1000);
    expect(open(`${text}\n${lineOf(signed)}${strangerLine}`).size).toBe(1000);
  });

  test("of unknown keys alone are not enough", () => {
    expect(codeOf(() => open(`${text}\n${strangerLine}`))).toBe("KEY_UNKNOWN");
  });

  test("a bad one of the known key refuses the note, a good one beside it or not", () => {
    const other = lineOf(utf8Decode(signNote(crypto, signer, origin, `${text}x\n`)));
    expect(codeOf(() => open(`${text}\n${other}`))).toBe("SIGNATURE_INVALID");
    expect(codeOf(() => open(`${text}\n${lineOf(signed)}${other}`))).toBe("SIGNATURE_INVALID");
    expect(codeOf(() => open(`${text}\n${other}${lineOf(signed)}`))).toBe("SIGNATURE_INVALID");
  });

  test("of several trusted keys are all told", () => {
    const witness = noteKey(crypto, "witness.example", stranger.publicKey);
    const both = utf8Encode(signed + strangerLine);
    expect(openNote(crypto, both, [key, witness]).signers).toEqual([key, witness]);
    expect(openNote(crypto, utf8Encode(signed), [witness, key]).signers).toEqual([key]);
    expect(codeOf(() => openNote(crypto, both, []))).toBe("KEY_UNKNOWN");
  });

  const strange = "— stranger AAAAAAA=\n";
  test("at least sixteen large ones fit, a flood does not", () => {
    const large = `— post.quantum ${base64Encode(new Uint8Array(5_000))}\n`;
    expect(open(`${signed}${large.repeat(16)}`).size).toBe(1000);
    expect(open(`${signed}${strange.repeat(NOTE_LIMITS.signatures - 1)}`).size).toBe(1000);
    expect(codeOf(() => open(`${signed}${strange.repeat(NOTE_LIMITS.signatures)}`))).toBe("TOO_LARGE");
    expect(codeOf(() => open(`${"x".repeat(NOTE_LIMITS.bytes)}\n${signed}`))).toBe("TOO_LARGE");
  });
});

describe("malformed notes", () => {
  const line = lineOf(signed);
  test.each([
    ["nothing", ""],
    ["no signature block", text],
    ["a blank line without signatures", `${text}\n`],
    ["no final newline", signed.slice(0, -1)],
    ["two final newlines", `${signed}\n`],
    ["a hyphen for the dash", signed.replace("\u2014", "-")],
    ["two spaces after the dash", signed.replace("\u2014 ", "\u2014  ")],
    ["no space after the name", `${text}\n${line.replace(`${origin} `, origin)}`],
    ["a plus in the name", `${text}\n${line.replace(origin, "a+b")}`],
    ["a no-break space in the name", `${text}\n${line.replace(origin, "a\u00a0b")}`],
    ["a next-line character in the name", `${text}\n${line.replace(origin, "a\u0085b")}`],
    ["an empty name", `${text}\n${line.replace(origin, "")}`],
    ["a line that is no signature", `${signed}hello\n`],
    ["a tab", `a\tb\n\n${line}`],
    ["a carriage return", signed.replaceAll("\n", "\r\n")],
    ["a null character", `\0\n\n${line}`],
    ["a signature of nothing but an id", `${text}\n— ${origin} AAAAAA==\n`],
    ["base64 without padding", signed.replace(/=+\n$/, "\n")],
    ["a space after the signature", signed.replace(/\n$/, " \n")],
  ])("parseNote refuses %s", (_, input) => {
    expect(codeOf(() => parseNote(utf8Encode(input)))).toBe("MALFORMED");
  });

  test("parseNote refuses what is not UTF-8", () => {
    expect(codeOf(() => parseNote(concat(Uint8Array.of(0xff), utf8Encode(signed))))).toBe("MALFORMED");
  });

  test("signNote signs only what parseNote reads back", () => {
    for (const bad of ["no newline", "tab\t\n", "", "\u007f\r\n"]) {
      expect(codeOf(() => signNote(crypto, signer, origin, bad))).toBe("MALFORMED");
    }
    for (const name of ["", "a b", "a+b", "a\nb", "a\u2003b"]) {
      expect(codeOf(() => signNote(crypto, signer, name, text))).toBe("MALFORMED");
    }
    const tricky = "a\n\n— not a signature\n";
    expect(openNote(crypto, signNote(crypto, signer, origin, tricky), [key]).text).toBe(tricky);
  });
});

describe("verifier keys", () => {
  const spelled = formatVerifierKey(key);

  test("come back, with the log id that Sigstore uses", () => {
    const parsed = parseVerifierKey(crypto, spelled);
    expect(equalBytes(parsed.publicKey, signer.publicKey)).toBe(true);
    const preimage = concat(utf8Encode(`${origin}\n`), Uint8Array.of(1), signer.publicKey);
    expect(hexEncode(parsed.id)).toBe(hexEncode(crypto.sha256(preimage)));
  });

  const [name, id, encoded] = spelled.split("+") as [string, string, string];
  const identity = concat(Uint8Array.of(1, 1), new Uint8Array(31));
  test.each([
    ["nothing", "", "MALFORMED"],
    ["no id", `${name}+${encoded}`, "MALFORMED"],
    ["another id", `${name}+00000000+${encoded}`, "MALFORMED"],
    ["a capital in the id", `${name}+${id.toUpperCase()}+${encoded}`, "MALFORMED"],
    ["another name", `x${name}+${id}+${encoded}`, "MALFORMED"],
    ["a space in the name", `a b+${id}+${encoded}`, "MALFORMED"],
    ["another algorithm", `${name}+${id}+${base64Encode(concat(Uint8Array.of(2), signer.publicKey))}`, "MALFORMED"],
    ["a key cut off", `${name}+${id}+${encoded.slice(0, -4)}`, "MALFORMED"],
    ["something after it", `${spelled}\n`, "MALFORMED"],
    ["a key that may not sign", `${name}+${id}+${base64Encode(identity)}`, "KEY_REFUSED"],
  ])("parseVerifierKey refuses %s", (_, input, code) => {
    expect(codeOf(() => parseVerifierKey(crypto, input))).toBe(code);
  });

  test("a key is admitted before it is trusted", () => {
    expect(codeOf(() => noteKey(crypto, origin, hexDecode("00".repeat(32))))).toBe("KEY_REFUSED");
  });
});
