import type { Database } from '#db/client.ts';
import { readNotices, readStatements } from '../translations/reading.ts';
import type { HistoryEntry } from './queries.ts';

/** What happened as a page in that language tells it, in the same order: translated where there is a translation. */
export async function readHistory(
  db: Database,
  entries: readonly HistoryEntry[],
  languages: { original: string; wanted: string },
): Promise<HistoryEntry[]> {
  const statements = entries.flatMap((entry) => (entry.kind === 'statement' ? [entry.statement] : []));
  const notices = entries.flatMap((entry) => (entry.kind === 'notice' ? [entry.notice] : []));
  const readStatement = bySlug(await readStatements(db, statements, languages.wanted));
  const readNotice = bySlug(await readNotices(db, notices, languages));
  return entries.map((entry): HistoryEntry => {
    if (entry.kind === 'statement') {
      const { slug, state } = entry.statement;
      return { ...entry, statement: { ...(readStatement.get(slug) ?? entry.statement), state } };
    }
    const notice = entry.kind === 'notice' ? readNotice.get(entry.notice.slug) : undefined;
    if (entry.kind !== 'notice' || !notice) return entry;
    const { reading, ...told } = notice;
    return { ...entry, notice: { ...told, language: reading.language } };
  });
}

function bySlug<T extends { slug: string }>(things: readonly T[]): ReadonlyMap<string, T> {
  return new Map(things.map((thing) => [thing.slug, thing]));
}
