import type { APIRoute } from 'astro';
import { getSite } from '#src/domain/site/queries.ts';
import { findPublishedStatement } from '#src/domain/statements/queries.ts';
import { readRevision } from '#src/domain/translations/reading.ts';
import { formatDay } from '#src/text/dates.ts';

/** The picture that other sites show of a link to a statement. */
export const GET: APIRoute = async ({ locals: { app, t, spoken }, params, rewrite }) => {
  const statement = await findPublishedStatement(app.db, params['slug'] ?? '');
  // A route without a template does not get the 404 page by itself.
  if (!statement) return rewrite('/404');
  const site = await getSite(app.db);
  const { current, kind } = statement;
  const { shown } = await readRevision(app.db, statement, current, spoken ?? site.language);
  const { title } = shown.text;
  const png = await app.cards.draw({
    title: current.kind === 'withdrawn' ? t('statement.withdrawn.page', { title }) : title,
    organisation: site.name,
    line: t('statement.card', {
      kind: t(`statement.kind.${kind}`),
      date: formatDay(current.publishedAt, site.timeZone, t.language).text,
    }),
    accent: site.accent || undefined,
  });
  return new Response(png.slice(), { headers: { 'Content-Type': 'image/png' } });
};
