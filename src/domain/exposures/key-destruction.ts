import { and, eq, isNull, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { exposureLists } from '#db/schema/index.ts';
import { keyFingerprint } from '#src/trust/fingerprint.ts';
import { KeyStoreError } from '#src/trust/key-files.ts';
import type { KeyName, KeyStore } from '#src/trust/keys.ts';
import { assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { findIncident } from '../incidents/queries.ts';
import { exposureKeyName } from './address-key.ts';
import { findDestruction } from './queries.ts';

/**
 * Destroys one version of an incident's key on which nothing rests: one that was rotated away, or was left behind by an
 * incident that is gone. The key under a list is destroyed with the incident's data, by `destroyExposures`.
 *
 * @throws DomainError `forbidden` below owner; `not_found` without such a key; `conflict` while a list rests on it, and for
 * the newest version of an incident that can be imported into.
 */
export async function destroyExposureKey(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  { incidentId, version }: { incidentId: string; version: number },
  now: Date,
): Promise<void> {
  assertRole(actor, 'owner');
  const name = exposureKeyName(incidentId);
  const versions = keys.list().flatMap((entry) => (entry.name === name ? [entry.version] : []));
  if (!versions.includes(version)) {
    throw new DomainError(
      'not_found',
      `There is no key ${name} of version ${version}. See which there are: forthright keys list`,
    );
  }
  await db.transaction(async (tx) => {
    // An import takes the next version under the same lock.
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended('forthright exposure versions ' || ${incidentId}::text, 0))`,
    );
    const incident = await findIncident(tx, incidentId);
    const [resting] = await tx
      .select({ version: exposureLists.version })
      .from(exposureLists)
      .where(
        and(
          eq(exposureLists.incidentId, incidentId),
          eq(exposureLists.keyVersion, version),
          isNull(exposureLists.emptiedAt),
        ),
      )
      .orderBy(exposureLists.version)
      .limit(1);
    if (resting) {
      throw new DomainError(
        'conflict',
        `Version ${resting.version} of the list of "${incident?.slug ?? incidentId}" rests on this key: without it nobody in it could be told any more. Nothing was destroyed. To end the incident’s data for good: forthright exposures destroy --incident ${incident?.slug ?? incidentId}`,
      );
    }
    // While a newer version is not yet known to every process, this one is imported with.
    const isUsed = version >= keys.current(name).version;
    if (incident && isUsed && !(await findDestruction(tx, incidentId))) {
      throw new DomainError(
        'conflict',
        `The next import into "${incident.slug}" uses this key, and one may be running. Nothing was destroyed.`,
      );
    }
    const subject = `key:${name}`;
    const details = { version, fingerprint: fingerprintOf(keys, name, version) };
    await appendEvidence(tx, { kind: 'key_destroyed', subject, actor, details }, now);
  });
  keys.destroy(name, version);
}

/** Null when its root key is lost: what cannot be opened can still be destroyed. */
function fingerprintOf(keys: KeyStore, name: KeyName, version: number): string | null {
  try {
    return keyFingerprint(keys.get(name, version));
  } catch (error) {
    if (error instanceof KeyStoreError) return null;
    throw error;
  }
}
