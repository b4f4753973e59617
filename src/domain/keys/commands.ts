import { sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { keyFingerprint } from '#src/trust/fingerprint.ts';
import { recipientOf } from '#src/trust/identities.ts';
import { KeyStoreError } from '#src/trust/key-files.ts';
import type { KeyName, KeyStore } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';
import { assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence, type EvidenceKind } from '../evidence/commands.ts';
import { findDestruction } from '../exposures/queries.ts';
import { findIncident } from '../incidents/queries.ts';
import { incidentIdOf } from './names.ts';

/** A version of a key, by its number and its public name. */
export type NamedVersion = { version: number; fingerprint: string };

/**
 * Makes the first version of a key of the site. Undefined when there is one already.
 *
 * @throws DomainError `forbidden` below owner; `conflict` for an incident's key, which its first import makes.
 */
export async function makeKey(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  name: KeyName,
  now: Date,
): Promise<NamedVersion | undefined> {
  assertRole(actor, 'owner');
  if (incidentIdOf(name) !== undefined) {
    throw new DomainError(
      'conflict',
      'An incident’s key is made by its first import. Nothing was made here.',
    );
  }
  return alone(db, async (tx) => {
    if (keys.active(name).length > 0 || keys.recipients(name).length > 0) return undefined;
    return told(tx, keys, { kind: 'key_made', actor, name, key: keys.current(name) }, now);
  });
}

/**
 * Adds a version of a key. The older ones go on opening what they sealed and finding what they found.
 *
 * @throws DomainError `forbidden` below owner; `not_found` for the key of an incident that has none; `conflict` when that
 *   incident's data is destroyed.
 */
export async function rotateKey(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  name: KeyName,
  now: Date,
): Promise<NamedVersion> {
  assertRole(actor, 'owner');
  return alone(db, async (tx) => {
    const incidentId = incidentIdOf(name);
    if (incidentId !== undefined) await assertRotatable(tx, keys, name, incidentId);
    return told(tx, keys, { kind: 'key_rotated', actor, name, key: keys.rotate(name) }, now);
  });
}

/**
 * Adds a root key and wraps every other key with it; where root keys are given from outside, with the newest of them.
 *
 * @throws DomainError `forbidden` below owner; KeyStoreError when a key does not open.
 */
export async function rotateRoot(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  now: Date,
): Promise<NamedVersion> {
  assertRole(actor, 'owner');
  return alone(db, async (tx) => {
    const root = keys.rotateRoot();
    const details = { version: root.version, fingerprint: keyFingerprint(root) };
    await appendEvidence(tx, { kind: 'key_rotated', subject: 'key:root', actor, details }, now);
    return details;
  });
}

/** @throws DomainError `forbidden` below owner; `not_found`; KeyStoreError while a key needs it. */
export async function destroyRoot(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  version: number,
  now: Date,
): Promise<void> {
  assertRole(actor, 'owner');
  await alone(db, async (tx) => {
    const root = keys.roots().find((key) => key.version === version);
    if (!root) throw new DomainError('not_found', `There is no root key of version ${version}.`);
    keys.destroyRoot(version);
    const details = { version, fingerprint: keyFingerprint(root) };
    await appendEvidence(tx, { kind: 'key_destroyed', subject: 'key:root', actor, details }, now);
  });
}

async function assertRotatable(
  tx: Database,
  keys: KeyStore,
  name: KeyName,
  incidentId: string,
): Promise<void> {
  // An import and the end of an incident's data take the same lock.
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended('forthright exposure versions ' || ${incidentId}::text, 0))`,
  );
  if (await findDestruction(tx, incidentId)) {
    throw new DomainError(
      'conflict',
      'The exposure data of this incident was destroyed, and its key with it: nothing can be imported into it. Nothing was changed.',
    );
  }
  if (keys.active(name).length > 0 && (await findIncident(tx, incidentId))) return;
  throw new DomainError(
    'not_found',
    `There is no key ${name} of an incident that exists. See which there are: forthright keys list`,
  );
}

/** Two commands on the keys at once would count what rests on them past each other. */
export async function alone<Result>(db: Database, run: (tx: Database) => Promise<Result>): Promise<Result> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('forthright keys', 0))`);
    return run(tx);
  });
}

type KeyEvent = { kind: EvidenceKind; actor: Actor; name: KeyName; key: Key };

/** Writes it into the evidence log: a fingerprint, and of a key pair the public half. Never a key. */
export async function told(
  tx: Database,
  keys: KeyStore,
  { kind, actor, name, key }: KeyEvent,
  now: Date,
): Promise<NamedVersion> {
  const named = { version: key.version, fingerprint: keyFingerprint(key) };
  const recipient = name === 'sealing' ? await recipientOf(key) : undefined;
  if (recipient !== undefined && (kind === 'key_made' || kind === 'key_rotated')) {
    keys.keepRecipient(name, { version: key.version, recipient });
  }
  const details = recipient === undefined ? named : { ...named, recipient };
  await appendEvidence(tx, { kind, subject: `key:${name}`, actor, details }, now);
  return named;
}

/** @throws DomainError `not_found` when this version is not in the folder. */
export function getVersion(keys: KeyStore, name: KeyName, version: number): Key | undefined {
  if (!keys.list().some((entry) => entry.name === name && entry.version === version)) {
    throw new DomainError(
      'not_found',
      `There is no key ${name} of version ${version}. See which there are: forthright keys list`,
    );
  }
  try {
    return keys.get(name, version);
  } catch (error) {
    // Its root key is lost. What cannot be opened can still be destroyed.
    if (error instanceof KeyStoreError) return undefined;
    throw error;
  }
}
