import type { APIContext, APIRoute } from 'astro';
import { branches, listComponents } from '#src/domain/components/queries.ts';
import { fullName, leavesOf, rowsOf } from '#src/domain/components/tree.ts';
import { listPostmortemSummaries } from '#src/domain/incidents/postmortems.ts';
import { listIncidentsInFull } from '#src/domain/incidents/queries.ts';
import { listNewestMaintenances } from '#src/domain/maintenances/queries.ts';
import { listPublishedNotices } from '#src/domain/notices/queries.ts';
import { getSiteId } from '#src/domain/site/identity.ts';
import { getSite } from '#src/domain/site/queries.ts';
import { once } from '#src/domain/snapshot.ts';
import { listPublishedStatements } from '#src/domain/statements/queries.ts';
import { readNotices, readStatements } from '#src/domain/translations/reading.ts';
import { atomFeed } from '#src/feeds/atom.ts';
import { entriesOf, type Told } from '#src/feeds/entries.ts';
import { makeFeed, type Feed, type FeedFormat } from '#src/feeds/feed.ts';
import { jsonFeed } from '#src/feeds/json-feed.ts';
import { rssFeed } from '#src/feeds/rss.ts';
import { pageWords } from '#src/words/statements.ts';

const NEWEST = 50;

type Database = App.Locals['app']['db'];
type Part = { id: string; name: string; componentIds: readonly string[] };

const formats: Readonly<Record<FeedFormat, { type: string; write: (feed: Feed) => string }>> = {
  atom: { type: 'application/atom+xml; charset=utf-8', write: atomFeed },
  rss: { type: 'application/rss+xml; charset=utf-8', write: rssFeed },
  json: { type: 'application/feed+json; charset=utf-8', write: (feed) => JSON.stringify(jsonFeed(feed)) },
};

/** Everything that was said here, in this format. */
export function siteFeed(format: FeedFormat): APIRoute {
  return async (context) => {
    const { app, prefix } = context.locals;
    const feed = async () => load(context, '/feed', await everything(context));
    return feedResponse(format, await once(app.db, `feed:${prefix}`, feed));
  };
}

/** What was said of one component, or of those in one group. */
export function componentFeed(format: FeedFormat): APIRoute {
  return async (context) => {
    const { db } = context.locals.app;
    const part = await findPart(db, context.params['id'] ?? '');
    if (!part) return context.rewrite('/404');
    const told = await about(db, part.componentIds);
    return feedResponse(format, await load(context, `/components/${part.id}/feed`, told, part));
  };
}

async function everything({ locals: { app, t } }: APIContext): Promise<Told> {
  const { db } = app;
  const { language: original } = await getSite(db);
  const statements = await listPublishedStatements(db, { limit: NEWEST });
  const notices = await listPublishedNotices(db, NEWEST);
  return {
    ...(await incidentsTold(db)),
    maintenances: await listNewestMaintenances(db, NEWEST, { cancelledToo: true }),
    statements: await readStatements(db, statements, t.language),
    notices: await readNotices(db, notices, { original, wanted: t.language }),
  };
}

async function about(db: Database, componentIds: readonly string[]): Promise<Told> {
  return {
    ...(await incidentsTold(db, componentIds)),
    maintenances: await listNewestMaintenances(db, NEWEST, { componentIds, cancelledToo: true }),
    statements: [],
    notices: [],
  };
}

async function incidentsTold(db: Database, componentIds?: readonly string[]) {
  const incidents = await listIncidentsInFull(db, NEWEST, componentIds && { componentIds });
  const ids = incidents.map(({ id }) => id);
  return { incidents, postmortems: await listPostmortemSummaries(db, ids) };
}

async function findPart(db: Database, id: string): Promise<Part | undefined> {
  const components = await listComponents(db);
  const found = rowsOf(branches(components)).find(({ row }) => row.id === id)?.row;
  if (!found) return undefined;
  const groups = new Map(components.map((each) => [each.id, each]));
  return { id, name: fullName(found, groups), componentIds: leavesOf(found).map((leaf) => leaf.id) };
}

async function load(
  { locals: { app, t, prefix } }: APIContext,
  path: string,
  told: Told,
  component?: Part,
): Promise<Feed> {
  const site = await getSite(app.db);
  const { timeZone } = site;
  const base = `${app.settings.publicUrl}${prefix}`;
  const say = (language: string) => {
    const own = app.messages.in(language);
    return { t: own, words: pageWords(own, timeZone) };
  };
  return makeFeed({
    siteId: await getSiteId(app.db),
    siteName: site.name,
    author: site.legalEntity,
    component,
    language: t.language,
    home: prefix ? base : `${base}/`,
    self: `${base}${path}`,
    entries: entriesOf(told, { t, base, timeZone, say }),
  });
}

function feedResponse(format: FeedFormat, feed: Feed): Response {
  const { type, write } = formats[format];
  return new Response(write(feed), {
    headers: { 'Content-Type': type, 'Access-Control-Allow-Origin': '*' },
  });
}
