import { randomBytes } from 'node:crypto';
import { desc, eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { exposureLists, incidents } from '#db/schema/index.ts';
import { keyFingerprint } from '#src/trust/fingerprint.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { Key } from '#src/trust/seal.ts';
import { exposureKeyName } from '../address-key.ts';
import { DomainError } from '../../errors.ts';
import { findDestruction } from '../queries.ts';
import type { TargetIncident } from './list-row.ts';

/**
 * The key for a new version of an incident's list. A first key is made only for an incident without lists: a second
 * one under the same number would make the people of the earlier lists unfindable.
 *
 * @throws DomainError `conflict` when the incident's data was destroyed; `unavailable` when earlier lists rest on a key that is not in the key folder.
 */
export async function importKey(
  db: Database,
  keys: KeyStore,
  { id: incidentId, newTitle }: TargetIncident,
  dryRun: boolean,
): Promise<Key> {
  if (await findDestruction(db, incidentId)) {
    throw new DomainError(
      'conflict',
      'The exposure data of this incident was destroyed, and its key with it: no list can be imported into it any more. Open another incident.',
    );
  }
  const name = exposureKeyName(incidentId);
  // Counting needs a key, but none that stays.
  if (dryRun) return { version: keys.active(name)[0]?.version ?? 1, bytes: randomBytes(32) };
  // Kept when its incident is opened: a process that is killed before leaves no key of nothing.
  if (newTitle !== undefined) return { version: 1, bytes: randomBytes(32) };
  const [newest] = await db
    .select({ keyVersion: exposureLists.keyVersion, keyFingerprint: exposureLists.keyFingerprint })
    .from(exposureLists)
    .where(eq(exposureLists.incidentId, incidentId))
    .orderBy(desc(exposureLists.version))
    .limit(1);
  if (newest) {
    const key = keys.active(name).find((held) => held.version === newest.keyVersion);
    if (!key || keyFingerprint(key) !== newest.keyFingerprint) {
      throw new DomainError(
        'unavailable',
        'The key of this incident’s earlier lists is not in the key folder, so nothing was imported. Restore the key folder from its backup, or set KEYS_DIR to where it is.',
      );
    }
  }
  return keys.current(name);
}

/** Keeps the key of an incident that is opened with its list. */
export function keepNewKey(keys: KeyStore, incident: TargetIncident, key: Key): void {
  if (incident.newTitle !== undefined) keys.keep(exposureKeyName(incident.id), key);
}

/** @throws DomainError `conflict` when the key was destroyed since `importKey` gave it. */
export async function assertKeyStands(
  db: Database,
  keys: KeyStore,
  incidentId: string,
  { version }: Key,
): Promise<void> {
  const held = keys.active(exposureKeyName(incidentId)).some((key) => key.version === version);
  if (held && !(await findDestruction(db, incidentId))) return;
  throw new DomainError(
    'conflict',
    'The key of this incident was destroyed while the files were read, so nothing was imported. If that was meant, there is nothing to do; else start the import again.',
  );
}

/** Destroys the key of an incident that was to be opened with its list and was not: nothing rests on it. */
export async function destroyOrphanedKey(
  db: Database,
  keys: KeyStore,
  incidentId: string,
  { version }: Key,
): Promise<void> {
  const opened = await db.select({ id: incidents.id }).from(incidents).where(eq(incidents.id, incidentId));
  if (opened.length === 0) keys.destroy(exposureKeyName(incidentId), version);
}
