// The conformance vectors of receipts: genuine ones and refusals that every verifier must make, as data that a second
// implementation can read. Made here from fixed keys; what is stored under test/data/receipts is what verifiers use.
import type { TrustedKey, Verdict } from "../../chain/light/index.ts";
import {
  buildReceiptFile,
  canonicalize,
  type Digest,
  type JobRecord,
  type Json,
  keyId,
  logOrigin,
  parseCanonical,
  type Signer,
  STATEMENT_PAYLOAD_TYPE,
  seal,
  utf8Decode,
  utf8Encode,
} from "../../chain/protocol/index.ts";
import { at, replaced } from "./json-mutants.ts";
import {
  acceptedRecord,
  basicPlan,
  digestOfText,
  FILES,
  makeBackwards,
  makeLocalReceipt,
  makeLoggedLocal,
  makeMisnamed,
  makeReceipt,
  type Plan,
  SIGNERS,
  sealLocal,
  trustedKeys,
} from "./receipts.ts";

/** A policy as JSON: digests and lengths of the verifier's files, trusted keys as in a trust file. */
export interface VectorPolicy {
  readonly trust: readonly { [member: string]: Json }[];
  readonly module?: { sha256: string; size: number };
  readonly input?: { sha256: string; size: number };
  readonly output?: { sha256: string; size: number };
  readonly requireLedger?: boolean;
  readonly requireFinal?: boolean;
}

/** One case: a receipt's bytes (text), a policy, and the verdict that every verifier must reach. */
export interface Vector {
  readonly name: string;
  readonly receipt: string;
  readonly policy: VectorPolicy;
  readonly verdict: Verdict;
}

const LISTED = trustedKeys().map((key: TrustedKey) => ({ role: key.role, key: key.key }));
const [LOG, PROVIDER] = LISTED as [(typeof LISTED)[0], (typeof LISTED)[0]];
const TRUST: VectorPolicy = { trust: LISTED };
const plan = basicPlan();
const made = makeReceipt(plan);
const genuine = utf8Decode(made.bytes);
const local = utf8Decode(makeLocalReceipt());

const ENTRY = ["bundle", "verificationMaterial", "tlogEntries", 0] as const;
const PROOF = [...ENTRY, "inclusionProof"] as const;
const NOTE = [...PROOF, "checkpoint", "envelope"] as const;
const SIGNATURES = ["bundle", "dsseEnvelope", "signatures"] as const;

type Place = readonly (string | number)[];
const json = JSON.parse(genuine);
const set = (place: Place, value: unknown): string => replaced(json, place, value as never);
const get = (place: Place): string => at(json, place) as string;
const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64");
const recordOf = (change: (record: JobRecord) => JobRecord): Partial<Plan> => ({
  record: (sealed) => change(acceptedRecord(plan.result, sealed, SIGNERS.provider)),
});
const accepted = (change: Partial<NonNullable<JobRecord["accepted"]>>) =>
  recordOf((record) => ({ ...record, accepted: { ...record.accepted!, ...change } }));
const receiptOf = (changes: Partial<Plan>): string => utf8Decode(makeReceipt(basicPlan(changes)).bytes);
const withProofs = (proofs: Parameters<typeof buildReceiptFile>[1]): string =>
  utf8Decode(buildReceiptFile(made.sealed.envelope, proofs));

/** A receipt whose statement was changed before it was signed: signed and still wrong. */
function signedStatement(change: (text: string) => string, signer: Signer = SIGNERS.provider): string {
  const payload = utf8Encode(change(utf8Decode(made.sealed.statementBytes)));
  return utf8Decode(buildReceiptFile(seal(signer, STATEMENT_PAYLOAD_TYPE, payload), null));
}

function withLocalPayload(): string {
  const envelope = at(JSON.parse(local), ["bundle", "dsseEnvelope"]);
  return set(["bundle", "dsseEnvelope"], envelope);
}

const ACCEPTED: [string, string, VectorPolicy?][] = [
  ["accepted", genuine, { ...TRUST, ...FILES }],
  ["final", receiptOf(recordOf((record) => ({ ...record, status: "final" }))), { ...TRUST, requireFinal: true }],
  ["local, its key trusted", local],
  ["a log that vouches for its providers", genuine, { trust: [{ ...LOG, vouches: true }] }],
  ["within both keys' windows", genuine, { trust: LISTED.map((key) => ({ ...key, from: "1700000002000" })) }],
];

const UNVERIFIABLE: [string, string, VectorPolicy?][] = [
  ["no trusted keys", genuine, { trust: [] }],
  ["log key not trusted", genuine, { trust: [PROVIDER] }],
  ["provider key not trusted", genuine, { trust: [LOG] }],
  [
    "keys trusted until just before acceptance",
    genuine,
    { trust: LISTED.map((key) => ({ ...key, until: "1700000002000" })) },
  ],
  ["accepted but not final", genuine, { ...TRUST, requireFinal: true }],
  ["logged, no job record", withProofs({ ...made.proofs, record: null })],
  ["a job's receipt without proofs", withProofs(null)],
  ["local, key not trusted", local, { trust: [LOG] }],
  ["local, key trusted for a time only", local, { trust: [{ ...PROVIDER, from: "0" }] }],
];

const other = { sha256: digestOfText("other") as string, size: 5 };
const stranger = keyId(SIGNERS.stranger.publicKey);
const smallOrder = { publicKey: new Uint8Array(32), sign: () => new Uint8Array(64) };

const REJECT: [string, string, VectorPolicy?][] = [
  ["another module file", genuine, { ...TRUST, module: other }],
  ["another input file", genuine, { ...TRUST, input: other }],
  ["another output file", genuine, { ...TRUST, output: other }],
  ["an input of the same digest and another length", genuine, { ...TRUST, input: { ...FILES.input, size: 99 } }],
  ["local where a ledger is required", local, { ...TRUST, requireLedger: true }],
  ["local where finality is required", local, { ...TRUST, requireFinal: true }],
  ["job expired", receiptOf(recordOf((record) => ({ ...record, status: "expired", accepted: null })))],
  ["job cancelled", receiptOf(recordOf((record) => ({ ...record, status: "cancelled", accepted: null })))],
  ["job still running", receiptOf(recordOf((record) => ({ ...record, status: "running", accepted: null })))],
  ["job expired though its record has a result", receiptOf(recordOf((record) => ({ ...record, status: "expired" })))],
  ["another receipt was accepted", receiptOf(accepted({ receipt: digestOfText("x") }))],
  ["another key was accepted", receiptOf(accepted({ key: stranger }))],
  ["another attempt was accepted", receiptOf(recordOf((record) => ({ ...record, attempt: 2 })))],
  ["another call was ordered", receiptOf(recordOf((record) => ({ ...record, call: digestOfText("x") })))],
  ["block of another chain", receiptOf({ block: (entry) => ({ ...entry, chain: digestOfText("x") }) })],
  ["another state root", receiptOf({ block: (entry) => ({ ...entry, stateRoot: digestOfText("x") }) })],
  ["log of another chain", receiptOf({ origin: logOrigin(digestOfText("x") as Digest) })],
  ["block entry before the receipt", utf8Decode(makeBackwards(made))],
  ["block index changed", set(["record", "index"], "7")],
  ["block height changed", set(["record", "block", "height"], "8")],
  ["inclusion path changed", set([...PROOF, "hashes", 0], base64(new Uint8Array(32)))],
  ["inclusion path too short", set([...PROOF, "hashes"], (at(json, [...PROOF, "hashes"]) as string[]).slice(1))],
  ["state path changed", set(["record", "state", "levels", 0, 0], base64(new Uint8Array(32).fill(1)))],
  ["record not the one in the state", recordChanged()],
  [
    "checkpoint's signature changed",
    set(
      NOTE,
      get(NOTE).replace(/(.{8})==?\n$/, (tail) => tail.replace(/^./, "A")),
    ),
  ],
  [
    "provider key of small order",
    receiptOf({ provider: smallOrder }),
    { trust: [LOG, { role: "provider", key: keyId(smallOrder.publicKey) }] },
  ],
  ["statement changed after signing", changedPayload()],
];

function recordChanged(): string {
  const text = Buffer.from(get(["record", "record"]), "base64").toString();
  return set(["record", "record"], base64(text.replace('"status":"accepted"', '"status":"final"')));
}

/** The payload changed and everything unsigned made to fit: only the signature can tell. */
function changedPayload(): string {
  const statement = parseCanonical(made.sealed.statementBytes, 8192) as { [member: string]: Json };
  const text = utf8Decode(canonicalize(statement)).replace('"elapsedUs":"1500"', '"elapsedUs":"1501"');
  const envelope = { ...made.sealed.envelope, payload: utf8Encode(text) };
  return utf8Decode(buildReceiptFile(envelope, null));
}

const misnamed = makeMisnamed(made, "other.example/log");

/** A local receipt under a payload type of choice, signed with it. */
function signedLocal(payloadType: string): string {
  const { payload } = sealLocal().envelope;
  return utf8Decode(buildReceiptFile(seal(SIGNERS.provider, payloadType, payload), null));
}

const MALFORMED: [string, string, VectorPolicy?][] = [
  ["empty", ""],
  ["not JSON", "receipt"],
  ["cut off", genuine.slice(0, -1)],
  ["a newline after", `${genuine}\n`],
  ["a byte order mark before", `\ufeff${genuine}`],
  ["white space inside", genuine.replace('{"bundle":', '{ "bundle":')],
  ["an escape", genuine.replace('"mediaType"', '"\\u006dediaType"')],
  [
    "members in another order",
    `{"mediaType":${JSON.stringify(json.mediaType)},"bundle":${JSON.stringify(json.bundle)},"record":${JSON.stringify(json.record)}}`,
  ],
  ["a member twice", genuine.replace(',"record":', ',"record":null,"record":')],
  ["an unknown member", genuine.replace(/}$/, ',"unknown":null}')],
  ["a member missing", replaced(json, [], { bundle: json.bundle, mediaType: json.mediaType })],
  ["another media type", set(["mediaType"], "application/json")],
  ["another bundle version", set(["bundle", "mediaType"], "application/vnd.dev.sigstore.bundle.v0.4+json")],
  ["two signatures", set(SIGNATURES, [...(at(json, SIGNATURES) as never[]), ...(at(json, SIGNATURES) as never[])])],
  ["no signature", set(SIGNATURES, [])],
  ["another key id", set([...SIGNATURES, 0, "keyid"], stranger)],
  ["another key hint", set(["bundle", "verificationMaterial", "publicKey", "hint"], stranger)],
  ["signature without padding", set([...SIGNATURES, 0, "sig"], get([...SIGNATURES, 0, "sig"]).replace(/=+$/, ""))],
  ["signature with stray bits", set([...SIGNATURES, 0, "sig"], strayBits(get([...SIGNATURES, 0, "sig"])))],
  ["another log index", set([...ENTRY, "logIndex"], "2")],
  ["another index in the proof", set([...PROOF, "logIndex"], "2")],
  ["an index as a number", set([...ENTRY, "logIndex"], 3)],
  ["an index with a leading zero", set([...ENTRY, "logIndex"], "03")],
  ["an index beyond 2^53", set([...ENTRY, "logIndex"], "9007199254740993")],
  ["another tree size", set([...PROOF, "treeSize"], "12")],
  ["another root", set([...PROOF, "rootHash"], base64(new Uint8Array(32)))],
  ["another log id", set([...ENTRY, "logId", "keyId"], base64(new Uint8Array(32)))],
  ["another log id that begins as the right one", set([...ENTRY, "logId", "keyId"], base64(logIdTail()))],
  ["another leaf", set([...ENTRY, "canonicalizedBody"], base64("{}"))],
  ["a time that nobody signed", set([...ENTRY, "integratedTime"], "1700000000")],
  [
    "two log entries",
    set(ENTRY.slice(0, -1), [
      json.bundle.verificationMaterial.tlogEntries[0],
      json.bundle.verificationMaterial.tlogEntries[0],
    ]),
  ],
  ["a second signature on the checkpoint", set(NOTE, `${get(NOTE)}\u2014 someone.example AAAAAAAA\n`)],
  ["an extension line in the checkpoint", set(NOTE, get(NOTE).replace("\n\n", "\nextension\n\n"))],
  ["a checkpoint without signature", set(NOTE, `${get(NOTE).split("\n\n")[0]}\n`)],
  ["a job record without a log entry", set(ENTRY.slice(0, -1), [])],
  ["a local statement with a job's proofs", withLocalPayload()],
  ["a local statement that is in a log", utf8Decode(makeLoggedLocal())],
  [
    "a tree head signed in another log's name",
    utf8Decode(misnamed.bytes),
    { trust: [...LISTED, { role: "log", key: misnamed.vkey }] },
  ],
  ["signed: another payload type", signedLocal("application/json")],
  [
    "signed: the subject is not the output",
    signedStatement((text) => text.replace(/("subject":\[{"digest":{"sha256":")[0-9a-f]/, "$1x")),
  ],
  [
    "signed: another subject",
    signedStatement((text) => text.replace(/("subject":\[{"digest":{"sha256":")[0-9a-f]{8}/, "$100000000")),
  ],
  ["signed: white space in the statement", signedStatement((text) => text.replace("{", "{ "))],
  ["signed: another provider in the observations", signedStatement((text) => text, SIGNERS.stranger)],
  ["signed: an unknown exit", signedStatement((text) => text.replace('"kind":"ok"', '"kind":"fine"'))],
  ["signed: an unknown predicate", signedStatement((text) => text.replace("/receipt/v1", "/receipt/v2"))],
];

function logIdTail(): Uint8Array {
  return made.proofs.head.key.id.with(31, made.proofs.head.key.id[31]! ^ 1);
}

function strayBits(text: string): string {
  return text.replace(
    /(.)(=+)$/,
    (_, digit: string, pad: string) => String.fromCharCode(digit.charCodeAt(0) + 1) + pad,
  );
}

/** All vectors, in a fixed order. */
export function makeVectors(): Vector[] {
  const groups: [Verdict, [string, string, VectorPolicy?][]][] = [
    ["ACCEPT", ACCEPTED],
    ["REJECT", REJECT],
    ["UNVERIFIABLE", UNVERIFIABLE],
    ["MALFORMED", MALFORMED],
  ];
  return groups.flatMap(([verdict, cases]) =>
    cases.map(([name, receipt, policy]) => ({ name, receipt, policy: policy ?? TRUST, verdict })),
  );
}
