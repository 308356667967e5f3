// Admission, once per key: the expensive half of the signature rule, remembered. Everybody who verifies goes
// through here, so that there is one mechanism and no path that forgets it.
import { admitKey } from "./ed25519.ts";
import { LockstepError } from "./errors.ts";
import { publicKeyOf } from "./keys.ts";
import { Lru } from "./lru.ts";
import type { KeyId } from "./units.ts";

/** Admitted keys remembered at once: about 250 bytes each, so 16 MiB. Forgetting one costs a millisecond. */
const ADMITTED_KEYS = 65_536;

/** Remembers which keys were admitted to signing. The answer is a pure function of the key; only time differs. */
export class Admission {
  readonly #keys: Lru<KeyId, Uint8Array>;

  /** `limit` is the number of keys to remember. */
  constructor(limit: number = ADMITTED_KEYS) {
    this.#keys = new Lru(limit);
  }

  /**
   * The 32-byte public key of an id, admitted. KEY_REFUSED when the key may not sign (not canonical, identity or
   * torsion), MALFORMED when the id is misspelled. The returned array is shared: don't write to it.
   */
  admitted(id: KeyId): Uint8Array {
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const publicKey = publicKeyOf(id);
    if (!admitKey(publicKey)) {
      throw new LockstepError(
        "KEY_REFUSED",
        `key ${id} may not sign: its point is not canonical, is the identity or has a torsion component`,
      );
    }
    this.#keys.set(id, publicKey);
    return publicKey;
  }
}
