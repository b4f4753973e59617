import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { suppressions } from '#db/schema/index.ts';
import { keyFingerprint } from '#src/trust/fingerprint.ts';
import type { KeyName, KeyStore } from '#src/trust/keys.ts';
import { assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { destroyExposureKey } from '../exposures/key-destruction.ts';
import { alone, getVersion } from './commands.ts';
import { incidentIdOf } from './names.ts';
import { rewriteMailboxesNow } from './old-versions.ts';
import { listRestsOn, type Rest } from './rests.ts';

/** Something rests on the key: `rests` says what. Nothing was destroyed. */
export class KeyInUse extends DomainError {
  readonly rests: readonly Rest[];

  constructor(rests: readonly Rest[]) {
    super(
      'conflict',
      'Something that is still in use rests on this version of the key. Nothing was destroyed.',
    );
    this.rests = rests;
  }
}

/**
 * Destroys a version of a key on which nothing rests. Of the `addresses` key it first brings what it can under the newest
 * version. What a count cannot show, links in mails that were sent and sealed addresses, has to be `accepted` as lost.
 *
 * @throws KeyInUse while rows rest on it; DomainError `forbidden` below owner; `not_found`; `conflict` for the version that
 *   is written with, and without `accepted` where something is lost.
 */
export async function destroyKey(
  db: Database,
  keys: KeyStore,
  actor: Actor,
  asked: { name: KeyName; version: number; accepted: boolean },
  now: Date,
): Promise<void> {
  assertRole(actor, 'owner');
  const { name, version } = asked;
  const incidentId = incidentIdOf(name);
  if (incidentId !== undefined) return destroyExposureKey(db, keys, actor, { incidentId, version }, now);
  const key = getVersion(keys, name, version);
  assertReplaced(keys, name, version);
  if (name === 'addresses') await rewriteMailboxesNow(db, keys);
  await alone(db, async (tx) => {
    assertReplaced(keys, name, version);
    const rests = await listRestsOn(tx, keys, name, version);
    assertSpared(asked, rests);
    // Each held back a subscription of its own version, and there is none any more.
    if (name === 'addresses') await tx.delete(suppressions).where(eq(suppressions.keyVersion, version));
    const details = { version, fingerprint: key ? keyFingerprint(key) : null };
    await appendEvidence(tx, { kind: 'key_destroyed', subject: `key:${name}`, actor, details }, now);
  });
  keys.destroy(name, version);
  if (name === 'sealing') keys.removeRecipient(name, version);
}

function assertReplaced(keys: KeyStore, name: KeyName, version: number): void {
  const newest = Math.max(
    ...keys.recipients(name).map((recipient) => recipient.version),
    keys.active(name).length > 0 ? keys.current(name).version : 0,
  );
  if (version < newest) return;
  if (keys.active(name).some((key) => key.version > version)) {
    throw new DomainError(
      'conflict',
      `Until every process knows the new version of the key ${name}, version ${version} is written with. Nothing was destroyed. Try again in ten seconds.`,
    );
  }
  throw new DomainError(
    'conflict',
    `Version ${version} of the key ${name} is the one that is written with. Nothing was destroyed. Rotate it first: forthright keys rotate ${name}`,
  );
}

function assertSpared(
  { name, accepted }: { name: KeyName; accepted: boolean },
  rests: readonly Rest[],
): void {
  const lost = rests.filter(({ kind }) => kind === 'sealedLists');
  const inUse = rests.filter(({ kind }) => kind !== 'sealedLists' && kind !== 'suppressions');
  if (inUse.length > 0) throw new KeyInUse(inUse);
  if (accepted) return;
  if (lost.length > 0) throw new KeyInUse(lost);
  if (name === 'tokens') {
    throw new DomainError(
      'conflict',
      'Every link to unsubscribe in a mail that was sent under this version stops working, and every code and link of the last day with it. Nothing was destroyed. To accept that: add --yes',
    );
  }
}
