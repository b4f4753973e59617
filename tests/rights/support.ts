import { eq } from '#db/drizzle.ts';
import type { Store } from '#db/client.ts';
import { incidents } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import type { Customer } from '#src/domain/accounts/people.ts';
import { answerExposure, type Answer } from '#src/domain/exposures/answers.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { findCurrentList } from '#src/domain/exposures/queries.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { dataIncident, importFiles, replaceList } from '#tests/exposures/support.ts';
import { now } from '#tests/broadcasts/support.ts';

export const MINUTE = 60_000;
/** Signed in a minute ago. */
export const fresh = { signedInAt: new Date(now.getTime() - MINUTE) };

export type Incident = { id: string; slug: string; title: string };

/** A published incident whose list, with these addresses in one message, is closed: whoever is not in it was not exposed. */
export async function closedIncident(
  store: Store,
  keys: KeyStore,
  addresses: readonly string[],
): Promise<Incident> {
  const incident = await dataIncident(store.db);
  await importAgain(store, keys, incident, addresses);
  return incident;
}

/** A further version of the list, put in force and closed. */
export async function importAgain(
  store: Store,
  keys: KeyStore,
  incident: Incident,
  addresses: readonly string[],
): Promise<string> {
  const csv = ['address,batch,password_reset', ...addresses.map((address) => `${address},1,done`), ''];
  const { list } = await importFiles(store, keys, incident.slug, {
    [`${addresses.length}.csv`]: csv.join('\n'),
  });
  const listId = list?.id ?? '';
  if (await findCurrentList(store.db, incident.id)) await replaceList(store, listId);
  else await applyExposureList(store.db, operator, listId, now);
  await closeExposureList(store.db, operator, listId, now);
  return listId;
}

export async function unpublish(store: Store, incident: Incident): Promise<void> {
  await store.db.update(incidents).set({ publishedAt: null }).where(eq(incidents.id, incident.id));
}

/** What each of somebody's addresses is told. */
export async function toldTo(
  store: Store,
  keys: KeyStore,
  customer: Customer,
  incident: Incident,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const address of customer.addresses) {
    answers.push(await answerExposure(store.db, keys, customer, address, incident));
  }
  return answers;
}
