import { sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { NORM_VERSION, normalisedAddress, type EmailAddress } from '#src/text/email-address.ts';
import { hmac } from '#src/trust/hmac.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { seal, sealedKeyVersion, unseal, type Key } from '#src/trust/seal.ts';

/** How customers', subscribers' and staff's addresses are found: HMAC-SHA-256 under the `addresses` key, 32 bytes. */
export function addressKey(key: Key, address: EmailAddress): Uint8Array {
  return hmac(key.bytes, `address/v1|${NORM_VERSION}|${normalisedAddress(address)}`);
}

/** The keyed hash under every active version, newest first: look-ups do the same work whatever they find. */
export function addressKeys(keys: KeyStore, address: EmailAddress): Uint8Array[] {
  keys.current('addresses');
  return keys.active('addresses').map((key) => addressKey(key, address));
}

/** Encrypts an address for one row; `place` is `table:id`. */
export function sealAddress(keys: KeyStore, address: EmailAddress, place: string): Uint8Array {
  return seal(keys.current('addresses'), address, place);
}

/** @throws SealBroken when the value was moved or changed; KeyStoreError when its key is gone. */
export function openAddress(keys: KeyStore, sealed: Uint8Array, place: string): EmailAddress {
  return unseal(keys.get('addresses', sealedKeyVersion(sealed)), sealed, place) as EmailAddress;
}

/** A mailbox that nobody else adds, renews or moves until the transaction ends. */
export type HeldMailbox = {
  address: EmailAddress;
  /** How its rows are found: the keyed hash under every active version, newest first. */
  hashes: Uint8Array[];
  /** As it is stored from now on: under the newest version, for the row that `place` names. */
  storedAt(place: string): StoredMailbox;
};

export type StoredMailbox = {
  addressKey: Uint8Array;
  keyVersion: number;
  normVersion: string;
  sealedAddress: Uint8Array;
};

/**
 * Waits for its turn with a mailbox, before it is looked up and stored. The unique indexes know one version of the key each:
 * without this, two proofs at once could store a mailbox under two versions. One statement and two hashes for each
 * version, whatever is known of the mailbox.
 */
export async function holdMailbox(tx: Database, keys: KeyStore, address: EmailAddress): Promise<HeldMailbox> {
  // The oldest first: whoever knows fewer versions shares that one.
  const locked = addressKeys(keys, address).reverse().map(Buffer.from);
  await tx.execute(sql`
    select pg_advisory_xact_lock(hashtextextended('forthright mailbox ' || encode(hash, 'hex'), 0))
    from unnest(${sql.param(locked)}::bytea[]) as locked (hash)`);
  // Made anew: a version may have been added while this waited.
  const hashes = addressKeys(keys, address);
  const known = new Set(keys.active('addresses').map(({ version }) => version));
  return {
    address,
    hashes,
    storedAt(place) {
      const key = keys.current('addresses');
      if (!known.has(key.version)) throw new Error('the addresses key was rotated during a look-up');
      return {
        addressKey: addressKey(key, address),
        keyVersion: key.version,
        normVersion: NORM_VERSION,
        sealedAddress: seal(key, address, place),
      };
    },
  };
}
