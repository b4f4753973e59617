import { eq, sql } from '#db/drizzle.ts';
import type { Database, Store } from '#db/client.ts';
import { deliveries, subscriptions, type Audience, type BroadcastContent } from '#db/schema/index.ts';
import { addressKey, sealAddress } from '#src/domain/addresses.ts';
import { advanceBroadcasts, type Sender } from '#src/domain/broadcasts/advance.ts';
import { draftBroadcast, releaseBroadcast, type DraftBroadcast } from '#src/domain/broadcasts/commands.ts';
import { beginFreeze, freezeChunk } from '#src/domain/broadcasts/freeze.ts';
import { getBroadcast } from '#src/domain/broadcasts/queries.ts';
import { applyExposureList } from '#src/domain/exposures/commands.ts';
import { subscriptionPlace } from '#src/domain/subscribers/queries.ts';
import type { Topic } from '#src/domain/subscribers/rules.ts';
import type { Mailer } from '#src/mail/mailer.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { dataIncident, importFiles } from '#tests/exposures/support.ts';
import { staffMember } from '#tests/support/desk.ts';
import { addressOf } from '#tests/support/people.ts';

export const now = new Date('2026-11-04T09:00:00.000Z');
export const later = (ms: number) => new Date(now.getTime() + ms);
export const letterhead = {
  from: 'Harbourline <status@harbourline.example>',
  publicUrl: 'https://status.harbourline.example',
};

export const content: BroadcastContent = {
  title: 'Addresses were shown to other customers',
  summary: 'A mail of 1 November showed your address to other customers. We are sorry.',
  html: '<h2>What happened</h2><p>The addresses stood in the visible line.</p>',
  text: 'What happened\n\nThe addresses stood in the visible line.',
  permalink: 'https://status.harbourline.example/statements/addresses-shown',
};

/** An incident with a list in force, by which these people were exposed; they can be written to. */
export async function exposedIncident(
  store: Store,
  keys: KeyStore,
  addresses: readonly string[],
): Promise<string> {
  const incident = await dataIncident(store.db);
  const csv = ['address,batch', ...addresses.map((address, index) => `${address},${(index % 3) + 1}`)].join(
    '\n',
  );
  const { list } = await importFiles(store, keys, incident.slug, { 'list.csv': `${csv}\n` });
  await applyExposureList(store.db, await staffMember(store.db, 'approver'), list?.id ?? '', now);
  return incident.id;
}

export const dutyTo = (incidentId: string) =>
  ({ purpose: 'duty', audience: { kind: 'exposed', incidentId } }) as const;

const statementSubscribers: Audience = { kind: 'subscribers', topic: 'statements' };

/** Somebody who has confirmed their mailbox. */
export async function confirmedSubscriber(
  db: Database,
  keys: KeyStore,
  address: string,
  topics: Topic[] = ['statements'],
) {
  const [id] = await confirmedSubscribers(db, keys, [address], topics);
  return id as string;
}

/** The same for many, in one statement for each thousand. */
export async function confirmedSubscribers(
  db: Database,
  keys: KeyStore,
  addresses: readonly string[],
  topics: Topic[] = ['statements'],
): Promise<string[]> {
  const key = keys.current('addresses');
  const rows = addresses.map((text) => {
    const id = newId();
    const address = addressOf(text);
    return {
      id,
      addressKey: addressKey(key, address),
      keyVersion: key.version,
      normVersion: 'n1',
      sealedAddress: sealAddress(keys, address, subscriptionPlace(id)),
      wantsStatements: topics.includes('statements'),
      wantsNotices: topics.includes('notices'),
      wantsMaintenance: topics.includes('maintenance'),
      createdAt: now,
      requestedAt: now,
      confirmedAt: now,
    };
  });
  for (let start = 0; start < rows.length; start += 1000) {
    await db.insert(subscriptions).values(rows.slice(start, start + 1000));
  }
  return rows.map(({ id }) => id);
}

export function addressesOf(count: number, prefix = 'reader'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}@example.com`);
}

/** Drafted by the approver who published, as publishing a statement does. */
export async function draftedBroadcast(db: Database, draft: Partial<DraftBroadcast> = {}): Promise<string> {
  const publisher = await staffMember(db, 'approver', 'Ines Okafor');
  const about = { kind: 'statement_revision', id: newId() } as const;
  const whole = { purpose: 'update', about, content, audience: statementSubscribers, ...draft } as const;
  return (await draftBroadcast(db, publisher, whole, now)).id;
}

/** Released by another person. */
export async function releasedBroadcast(
  db: Database,
  keys: KeyStore,
  draft: Partial<DraftBroadcast> = {},
): Promise<string> {
  const broadcastId = await draftedBroadcast(db, draft);
  const releaser = await staffMember(db, 'approver', 'Tom Reuter');
  await releaseBroadcast(db, keys, releaser, { broadcastId, letterhead }, now);
  return broadcastId;
}

/** Frozen, and about to be sent. */
export async function frozenBroadcast(
  db: Database,
  keys: KeyStore,
  mailer: Mailer,
  draft: Partial<DraftBroadcast> = {},
) {
  const broadcastId = await releasedBroadcast(db, keys, draft);
  await beginFreeze(db, keys, { letterhead, mailer }, broadcastId);
  while (await freezeChunk(db, keys, broadcastId));
  return broadcastId;
}

/** A clock that a test moves. */
export function senderWith(mailer: Mailer, intervalMs = 0): Sender & { wait(ms: number): void } {
  let at = now.getTime();
  return {
    mailer,
    letterhead,
    intervalMs,
    clock: () => new Date(at),
    wait(ms) {
      at += ms;
    },
  };
}

const TURNS_MAX = 2000;

/** Turns until nothing more happens by itself; a provider that asks for patience gets it. */
export async function sendAll(
  db: Database,
  keys: KeyStore,
  sender: ReturnType<typeof senderWith>,
): Promise<void> {
  let idle = 0;
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const progress = await advanceBroadcasts(db, keys, sender);
    idle = progress === 'idle' ? idle + 1 : 0;
    if (idle === 2) return;
    if (progress !== 'busy') sender.wait(60_000);
  }
  throw new Error('It never came to rest.');
}

export async function stateOf(db: Database, broadcastId: string) {
  const { state, reason } = await getBroadcast(db, broadcastId);
  return { state, reason };
}

export async function deliveriesOf(db: Database, broadcastId: string) {
  return db
    .select()
    .from(deliveries)
    .where(eq(deliveries.broadcastId, broadcastId))
    .orderBy(deliveries.batchNumber, deliveries.position);
}

export async function rowsOf<Row>(db: Database, statement: string): Promise<Row[]> {
  const { rows } = (await db.execute(sql.raw(statement))) as unknown as { rows: Row[] };
  return rows;
}
