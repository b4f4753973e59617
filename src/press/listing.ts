import type { Database } from '#db/client.ts';
import { listComponents } from '#src/domain/components/queries.ts';
import { findHistoryStart } from '#src/domain/history/queries.ts';
import {
  listIncidentSlugs,
  listMaintenanceSlugs,
  listNoticeSlugs,
  listPostmortemSlugs,
  listStatementSlugs,
} from '#src/domain/public-slugs.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { findDocument, fixedKinds } from './documents.ts';

/** A public path that there can be. */
export type PublicPath = {
  path: string;
  /** A page for people; else a feed, a text, a picture or an answer for machines. */
  page: boolean;
  /** When what it is about last changed; undefined for lists. */
  changedAt: Date | undefined;
  /** Whether it exists, only rendering tells: a post-mortem, a social card, a month of the history. */
  perhaps: boolean;
};

const MONTHS_MAX = 600;
/** No fewer addresses stand in one file of the sitemap. */
const SITEMAP_ADDRESSES = 5_000;

/**
 * Every public document's path, read in pages, none twice. First in the site's own language, then in each of
 * `languages`, which are the others that it offers.
 */
export async function* listPublicPaths(
  db: Database,
  languages: readonly string[],
  now = new Date(),
): AsyncGenerator<PublicPath> {
  let pages = 0;
  for (const prefix of ['', ...languages.map((language) => `/${language}`)]) {
    for await (const listed of listPaths(db, now)) {
      const path = prefix && listed.path === '/' ? prefix : `${prefix}${listed.path}`;
      // What is the same in every language has one path.
      if (!findDocument(path, languages)) continue;
      if (listed.page) pages += 1;
      yield { ...listed, path };
    }
  }
  for (let number = 1; (number - 1) * SITEMAP_ADDRESSES < pages; number += 1) {
    yield { ...file(`/sitemap-${number}.xml`, undefined), perhaps: true };
  }
}

async function* listPaths(db: Database, now: Date): AsyncGenerator<PublicPath> {
  const { logos } = await getSite(db);
  for (const { path } of fixedKinds) {
    if ((path === '/logo/light' && !logos.light) || (path === '/logo/dark' && !logos.dark)) continue;
    const page = !/\.[a-z]+$/.test(path) && !path.startsWith('/logo/');
    yield { path, page, changedAt: undefined, perhaps: false };
  }
  for await (const { slug, changedAt } of listIncidentSlugs(db)) {
    yield page(`/incidents/${slug}`, changedAt);
    yield file(`/api/forthright/v1/incidents/${slug}.json`, changedAt);
  }
  for await (const { slug, changedAt } of listPostmortemSlugs(db)) {
    yield page(`/incidents/${slug}/post-mortem`, changedAt);
  }
  for await (const { slug, changedAt, revisions } of listStatementSlugs(db)) {
    yield* statementPaths(`/statements/${slug}`, changedAt, revisions);
    yield file(`/api/forthright/v1/statements/${slug}.json`, changedAt);
  }
  for await (const { slug, changedAt } of listMaintenanceSlugs(db)) {
    yield page(`/maintenance/${slug}`, changedAt);
  }
  for await (const { slug, changedAt } of listNoticeSlugs(db)) yield page(`/notices/${slug}`, changedAt);
  for (const { id } of await listComponents(db)) {
    for (const name of ['feed.atom', 'feed.rss', 'feed.json', 'badge.svg']) {
      yield { ...file(`/components/${id}/${name}`, undefined), perhaps: true };
    }
  }
  yield* months(await findHistoryStart(db), now);
}

function* statementPaths(path: string, changedAt: Date, revisions: number): Generator<PublicPath> {
  yield page(path, changedAt);
  yield file(`${path}.txt`, changedAt);
  yield { ...file(`${path}/card.png`, changedAt), perhaps: true };
  for (let number = 1; number <= revisions; number += 1) {
    yield page(`${path}/revisions/${number}`, changedAt);
    yield file(`${path}/revisions/${number}.txt`, changedAt);
    yield { ...page(`${path}/revisions/${number}/changes`, changedAt), perhaps: true };
  }
}

/** From the newest month back to the first. A month of a zone may begin a day apart from that of UTC. */
function* months(start: Date | undefined, now: Date): Generator<PublicPath> {
  if (!start) return;
  const DAY_MS = 86_400_000;
  const firstMonth = monthNumber(new Date(start.getTime() - DAY_MS));
  const lastMonth = monthNumber(new Date(now.getTime() + DAY_MS));
  for (let month = lastMonth; month >= firstMonth && month > lastMonth - MONTHS_MAX; month -= 1) {
    const name = `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
    yield { ...page(`/history/${name}`, undefined), perhaps: true };
  }
}

function monthNumber(at: Date): number {
  return at.getUTCFullYear() * 12 + at.getUTCMonth();
}

function page(path: string, changedAt: Date | undefined): PublicPath {
  return { path, page: true, changedAt, perhaps: false };
}

function file(path: string, changedAt: Date | undefined): PublicPath {
  return { path, page: false, changedAt, perhaps: false };
}
