// The door of chain/protocol: everything that the rest of the house may use of it.
export { Admission } from "./admission.ts";
export { ASSURANCES, type Assurance, assuranceOf, comparatorOf, isRepeatable } from "./assurance.ts";
export * from "./authentic.ts";
export * from "./bundle.ts";
export {
  base64Decode,
  base64Encode,
  compareBytes,
  concat,
  equalBytes,
  hexDecode,
  hexEncode,
  utf8Decode,
  utf8Encode,
} from "./bytes.ts";
export * from "./call.ts";
export { type Checkpoint, formatCheckpoint, openCheckpoint, parseCheckpoint } from "./checkpoint.ts";
export { cidOf, digestOfCid } from "./cid.ts";
export * from "./context.ts";
export * from "./crypto.ts";
export { pairsByLoop, portableCrypto, portableSigner } from "./crypto-portable.ts";
export { document, encodeDocument } from "./document.ts";
export { type Envelope, envelope, type Opened, openEnvelope, pae, seal } from "./dsse.ts";
export { admitKey, signatureFormAllowed, verifyByDefinition } from "./ed25519.ts";
export * from "./equation.ts";
export * from "./errors.ts";
export * from "./exits.ts";
export * from "./genesis.ts";
export { isoTime } from "./iso-time.ts";
export { GRADES, type Grade, gradeOf, isAtLeast, WALLS, type Wall, wallsMissing } from "./isolation.ts";
export { canonicalize, digestOf, digestOfBytes, type Json, parseCanonical } from "./jcs.ts";
export { isKeyId, keyId, parseKeyId, publicKeyOf } from "./keys.ts";
export * from "./leaf.ts";
export * from "./limits.ts";
export { Lru } from "./lru.ts";
export { Frontier, isTreeNumber, leafHash, type NodeSink, nodeHash } from "./merkle.ts";
export {
  consistencyProof,
  inclusionProof,
  type NodeSource,
  rootOfInclusion,
  type TreeHead,
  verifyConsistency,
  verifyInclusion,
} from "./merkle-proof.ts";
export {
  formatVerifierKey,
  type Note,
  type NoteKey,
  type NoteSignature,
  noteKey,
  openNote,
  parseNote,
  parseVerifierKey,
  signNote,
} from "./note.ts";
export { attemptTime, latestStart, type Prices, priceOf, runTime } from "./prices.ts";
export * from "./receipt.ts";
export * from "./record.ts";
export * from "./schema.ts";
export * from "./statement.ts";
export * from "./transaction.ts";
export {
  checkPath,
  EMPTY_ROOT,
  keyBit,
  type LeafType,
  type Path,
  SUBTREE_LEAF,
  type TreeEntry,
  treeKey,
  treeLeafHash,
  treeRoot,
  treeValueHash,
  VALUE_LEAF,
} from "./tree.ts";
export { type TreeProof, treeProof, verifyAbsence, verifyPrefix, verifyPresence } from "./tree-proof.ts";
export * from "./units.ts";
