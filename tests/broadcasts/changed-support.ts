import type { Database, Store } from '#db/client.ts';
import type { ChangedPart } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { openRecipient } from '#src/domain/broadcasts/recipients.ts';
import { applyExposureList } from '#src/domain/exposures/commands.ts';
import type { ImportRequest } from '#src/domain/exposures/import/request.ts';
import { findCurrentList } from '#src/domain/exposures/queries.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { dataIncident, importFiles, replaceList } from '#tests/exposures/support.ts';
import { deliveriesOf, now, releasedBroadcast } from './support.ts';

export type Incident = { id: string; slug: string; title: string };

export const header = 'address,batch,delivered,sent_at,Password reset\n';
export const at = '2019-11-01T06:00:00Z';

/** An incident with one list in force, and how to replace it. */
export async function listOf(
  store: Store,
  keys: KeyStore,
  csv: string,
  options: Pick<Partial<ImportRequest>, 'seal'> = {},
) {
  const incident = await dataIncident(store.db);
  const imported = async (text: string, how: typeof options = {}) =>
    (await importFiles(store, keys, incident.slug, { 'leak.csv': text }, how)).list?.id ?? '';
  const listId = await imported(csv, options);
  await applyExposureList(store.db, operator, listId, now);
  return {
    incident,
    listId,
    async replaceBy(corrected: string): Promise<string> {
      const draftId = await imported(corrected);
      await replaceList(store, draftId);
      return draftId;
    },
  };
}

/** The same after a corrected list has taken the first one's place. */
export async function corrected(store: Store, keys: KeyStore, before: string, after: string) {
  const first = await listOf(store, keys, before);
  return { ...first, olderId: first.listId, newerId: await first.replaceBy(after) };
}

/** A duty to those whose answer the list in force changed. */
export async function changedTo(db: Database, incidentId: string, part: ChangedPart) {
  const list = await findCurrentList(db, incidentId);
  const audience = { kind: 'changed', incidentId, version: list?.version ?? 0, part } as const;
  return { purpose: 'duty', audience } as const;
}

export async function changedBroadcast(db: Database, keys: KeyStore, incidentId: string, part: ChangedPart) {
  return releasedBroadcast(db, keys, await changedTo(db, incidentId, part));
}

/** In lower case and in order. */
export async function recipientsOf(db: Database, keys: KeyStore, broadcastId: string): Promise<string[]> {
  const rows = await deliveriesOf(db, broadcastId);
  return rows.map((row) => openRecipient(keys, row.id, row.sealedAddress)?.toLowerCase() ?? '').sort();
}
