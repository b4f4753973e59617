import type { Database } from '#db/client.ts';
import { listOpenIncidents } from '#src/domain/incidents/queries.ts';
import { listActiveMaintenances, listUpcomingMaintenances } from '#src/domain/maintenances/queries.ts';
import type { Site } from '#src/domain/site/queries.ts';
import { listPublishedStatements } from '#src/domain/statements/queries.ts';
import { findDocument, hotKinds } from './documents.ts';

const RECENT_MS = 30 * 86_400_000;
const STATEMENTS_MAX = 50;
const UPCOMING_MAX = 10;

/** The languages other than its own that a site is read in, of those that there are. */
export function otherLanguages(site: Site, languages: readonly string[]): string[] {
  const own = new Intl.Locale(site.language).language;
  return languages.filter((language) => site.languages.includes(language) && language !== own);
}

/**
 * What readers come for, in the order in which it is rendered: what is always there, open incidents, maintenance in sight,
 * statements of the last 30 days. In every language that is offered.
 */
export async function listHotPaths(
  db: Database,
  languages: readonly string[],
  now: Date,
): Promise<readonly string[]> {
  const incidents = await listOpenIncidents(db);
  const statements = await listPublishedStatements(db, { limit: STATEMENTS_MAX });
  const maintenances = [
    ...(await listActiveMaintenances(db)),
    ...(await listUpcomingMaintenances(db, UPCOMING_MAX)),
  ];
  const paths = [
    ...hotKinds.map(({ path }) => path),
    ...incidents.map(({ slug }) => `/incidents/${slug}`),
    ...maintenances.map(({ slug }) => `/maintenance/${slug}`),
    ...statements
      .filter(({ changedAt }) => now.getTime() - changedAt.getTime() < RECENT_MS)
      .map(({ slug }) => `/statements/${slug}`),
  ];
  const inLanguages = languages.flatMap((language) =>
    paths.map((path) => (path === '/' ? `/${language}` : `/${language}${path}`)),
  );
  // What is the same in every language has one path.
  return [...paths, ...inLanguages.filter((path) => findDocument(path, languages))];
}
