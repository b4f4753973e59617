import type { Database } from '#db/client.ts';
import { site } from '#db/schema/index.ts';
import { assertRole, type Actor } from '../actors.ts';
import { touch } from '../editions.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { getSite, type Site } from './queries.ts';

/** @throws DomainError `forbidden` unless an owner asks. */
export async function editSite(db: Database, actor: Actor, input: Site, now: Date): Promise<void> {
  assertRole(actor, 'owner');
  await db.transaction(async (tx) => {
    const before = await getSite(tx);
    const row = { ...input, languages: [...input.languages], updatedAt: now };
    await tx
      .insert(site)
      .values({ id: 1, ...row })
      .onConflictDoUpdate({ target: site.id, set: row });
    // Which fields, not what stands in them: a contact may be a person.
    const changed = (Object.keys(before) as (keyof Site)[]).filter((field) => before[field] !== input[field]);
    await appendEvidence(tx, { kind: 'site_edited', subject: 'site:1', actor, details: { changed } }, now);
    await touch(tx, ['site']);
  });
}
