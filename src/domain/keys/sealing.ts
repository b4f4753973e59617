import type { Database } from '#db/client.ts';
import { isRecipient, readIdentity, recipientOf, writtenIdentity } from '#src/trust/identities.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Recipient } from '#src/trust/key-files.ts';
import { assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { alone, getVersion, told, type NamedVersion } from './commands.ts';

const NAME = 'sealing';

/**
 * A version of the sealing key whose private half was made elsewhere and stays there: imports seal to it from now on, and
 * nobody here can open what they seal.
 *
 * @throws DomainError `forbidden` below owner; `invalid` for what is no public half of age's; `conflict` for one that is here.
 */
export async function keepPublicHalf(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  text: string,
  now: Date,
): Promise<Recipient> {
  assertRole(actor, 'owner');
  if (!isRecipient(text)) {
    throw new DomainError(
      'invalid',
      'This is no public half of a key pair of age’s: it begins with age1 and is 62 characters long. age-keygen prints it. Nothing was changed.',
    );
  }
  return alone(db, async (tx) => {
    const known = keys.recipients(NAME).find(({ recipient }) => recipient === text);
    if (known) {
      throw new DomainError(
        'conflict',
        `This public half is version ${known.version} of the sealing key already. Nothing was changed.`,
      );
    }
    const kept = keys.addRecipient(NAME, text);
    const details = { version: kept.version, recipient: kept.recipient, privateHalf: 'elsewhere' };
    await appendEvidence(tx, { kind: 'key_made', subject: `key:${NAME}`, actor, details }, now);
    return kept;
  });
}

/**
 * Puts a private half into the folder, so that a broadcast can be prepared. `text`: what age-keygen wrote.
 *
 * @throws DomainError `forbidden` below owner; `invalid` when it holds no private half of age's; `not_found` when nothing
 *   was sealed to it.
 */
export async function bringPrivateHalf(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  text: string,
  now: Date,
): Promise<NamedVersion> {
  assertRole(actor, 'owner');
  const bytes = readIdentity(text);
  if (!bytes) {
    throw new DomainError(
      'invalid',
      'This holds no private half of age’s. Expected one line that begins with AGE-SECRET-KEY-1, as age-keygen writes it. Nothing was changed.',
    );
  }
  const recipient = await recipientOf({ version: 0, bytes });
  const known = keys.recipients(NAME).find((kept) => kept.recipient === recipient);
  if (!known) {
    throw new DomainError(
      'not_found',
      'No version of the sealing key has this private half. Look whether it is another file: its public half stands in it. Nothing was changed.',
    );
  }
  const key = { version: known.version, bytes };
  return alone(db, async (tx) => {
    const isHere = keys.active(NAME).some(({ version }) => version === key.version);
    if (!isHere) keys.keep(NAME, key);
    return told(tx, keys, { kind: 'key_brought', actor, name: NAME, key }, now);
  });
}

/**
 * The private half of a version as age writes it, with its public half.
 *
 * @throws DomainError `not_found` when it is not in the folder.
 */
export async function writtenPrivateHalf(
  keys: KeyStore,
  version: number,
): Promise<{ identity: string; recipient: string }> {
  const key = getVersion(keys, NAME, version);
  if (!key) throw new DomainError('unavailable', 'This private half does not open with the root key.');
  return { identity: writtenIdentity(key), recipient: await recipientOf(key) };
}

/**
 * Takes the private half out of the folder, after it was written elsewhere. The public half stays: imports go on sealing
 * to it.
 *
 * @throws DomainError `forbidden` below owner; `not_found`.
 */
export async function takePrivateHalf(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  version: number,
  now: Date,
): Promise<NamedVersion> {
  assertRole(actor, 'owner');
  const key = getVersion(keys, NAME, version);
  if (!key) throw new DomainError('unavailable', 'This private half does not open with the root key.');
  const recipient = await recipientOf(key);
  const taken = await alone(db, async (tx) => {
    // Without it nobody would know what to seal to, nor which private half is meant.
    keys.keepRecipient(NAME, { version, recipient });
    return told(tx, keys, { kind: 'key_taken', actor, name: NAME, key }, now);
  });
  keys.destroy(NAME, version);
  return taken;
}
