import { api, kind, lists, type DependsOn } from './kind.ts';

/** A public URL's bytes: what they depend on, and whether they are rendered ahead of any reader. */
export type Document = {
  path: string;
  dependsOn: readonly DependsOn[];
  hot: boolean;
  /** Shown in place of other pages, and never at its own path. */
  standsIn: boolean;
};

/** In place of pages that need the database while it is away. */
export const UNAVAILABLE = '/unavailable';
/** In place of what is not there. */
export const NOT_FOUND = '/404';

/** One line a kind of document. `:slug`, `:id`, `:month` and `:number` stand for a part of the path. */
const kinds = [
  kind('/', [...lists('components', 'incidents', 'maintenances', 'statements', 'notices'), 'today'], {
    hot: true,
  }),
  kind('/faqs', lists('faqs', 'incidents'), { hot: true }),
  kind('/history', [...lists('components', 'incidents', 'maintenances', 'statements', 'notices'), 'today']),
  kind('/history/:month', [
    ...lists('components', 'incidents', 'maintenances', 'statements', 'notices'),
    'today',
  ]),
  kind('/privacy', lists()),
  kind('/feeds', lists('components')),
  kind(UNAVAILABLE, lists(), { hot: true, standsIn: true }),
  kind(NOT_FOUND, lists(), { hot: true, standsIn: true }),
  kind('/brand.css', lists(), { hot: true, plain: true }),
  kind('/logo/light', lists(), { plain: true }),
  kind('/logo/dark', lists(), { plain: true }),
  kind('/incidents/:slug', (slug) => [`incident:${slug}`, ...lists('components', 'statements', 'faqs')]),
  kind('/incidents/:slug/post-mortem', (slug) => [`incident:${slug}`, ...lists('statements')]),
  kind('/statements/:slug', (slug) => [`statement:${slug}`, ...lists()]),
  kind('/statements/:slug.txt', (slug) => [`statement:${slug}`, ...lists('incidents')]),
  kind('/statements/:slug/card.png', (slug) => [`statement:${slug}`, ...lists()]),
  kind('/statements/:slug/revisions/:number', (slug) => [`statement:${slug}`, ...lists('incidents', 'faqs')]),
  kind('/statements/:slug/revisions/:number.txt', (slug) => [`statement:${slug}`, ...lists('incidents')]),
  kind('/statements/:slug/revisions/:number/changes', (slug) => [`statement:${slug}`, ...lists('incidents')]),
  kind('/notices/:slug', (slug) => [`notice:${slug}`, ...lists()]),
  kind('/maintenance', [...lists('maintenances', 'components'), 'today']),
  kind('/maintenance/:slug', lists('maintenances', 'components')),
  kind('/maintenance.ics', lists('maintenances', 'components'), { hot: true }),
  kind('/feed.atom', lists('incidents', 'maintenances', 'statements', 'notices'), { hot: true }),
  kind('/feed.rss', lists('incidents', 'maintenances', 'statements', 'notices'), { hot: true }),
  kind('/feed.json', lists('incidents', 'maintenances', 'statements', 'notices'), { hot: true }),
  kind('/components/:id/feed.atom', lists('components', 'incidents', 'maintenances')),
  kind('/components/:id/feed.rss', lists('components', 'incidents', 'maintenances')),
  kind('/components/:id/feed.json', lists('components', 'incidents', 'maintenances')),
  kind('/components/:id/badge.svg', lists('components', 'incidents', 'maintenances'), { plain: true }),
  kind('/badge.svg', lists('components', 'incidents', 'maintenances'), { hot: true, plain: true }),
  kind('/favicon.svg', lists('components', 'incidents', 'maintenances'), { hot: true, plain: true }),
  kind('/sitemap.xml', lists('incidents', 'maintenances', 'statements', 'notices', 'faqs'), { plain: true }),
  kind('/sitemap-:number.xml', lists('incidents', 'maintenances', 'statements', 'notices', 'faqs'), {
    plain: true,
  }),
  kind('/robots.txt', lists(), { plain: true }),
  kind('/llms.txt', lists('incidents', 'maintenances', 'statements', 'notices', 'faqs'), { plain: true }),
  kind('/.well-known/security.txt', [...lists(), 'today'], { plain: true }),
  ...api('v2', ['summary', 'status', 'components', 'incidents', 'incidents/unresolved']),
  ...api('v2', ['scheduled-maintenances', 'scheduled-maintenances/upcoming']),
  ...api('v2', ['scheduled-maintenances/active']),
  kind('/api/forthright/v1/site.json', lists(), { plain: true }),
  kind('/api/forthright/v1/status.json', lists('components', 'incidents', 'maintenances'), {
    hot: true,
    plain: true,
  }),
  kind('/api/forthright/v1/components.json', [...lists('components'), 'today'], { plain: true }),
  kind('/api/forthright/v1/incidents.json', lists('incidents'), { plain: true }),
  kind(
    '/api/forthright/v1/incidents/:slug.json',
    (slug) => [`incident:${slug}`, ...lists('components', 'statements')],
    {
      plain: true,
    },
  ),
  kind('/api/forthright/v1/maintenances.json', lists('maintenances'), { plain: true }),
  kind('/api/forthright/v1/statements.json', lists('statements'), { plain: true }),
  kind('/api/forthright/v1/statements/:slug.json', (slug) => [`statement:${slug}`, ...lists('incidents')], {
    plain: true,
  }),
  kind('/api/forthright/v1/faqs.json', lists('faqs', 'incidents'), { plain: true }),
  kind('/api/forthright/v1/notices.json', lists('notices'), { plain: true }),
  kind('/api/forthright/v1/openapi.json', lists(), { plain: true }),
];

/** The document at a path, if paths of this shape are documents; whether there is one, rendering tells. */
export function findDocument(path: string, languages: readonly string[] = []): Document | undefined {
  const [, first = ''] = path.split('/', 2);
  const spoken = languages.includes(first);
  const plainPath = spoken ? path.slice(first.length + 1) || '/' : path;
  for (const { pattern, dependsOn, hot, plain, standsIn } of kinds) {
    const match = pattern.exec(plainPath);
    if (match && !(spoken && plain)) return { path, dependsOn: dependsOn(...match.slice(1)), hot, standsIn };
  }
  return undefined;
}

/** The hot documents that are always there; `plain` when they have no path in other languages. */
export const hotKinds: readonly { path: string; plain: boolean }[] = kinds.flatMap(({ path, plain, hot }) =>
  path !== undefined && hot ? [{ path, plain }] : [],
);

/** Every document that readers can ask for without a parameter in its path. */
export const fixedKinds: readonly { path: string; plain: boolean }[] = kinds.flatMap(
  ({ path, plain, standsIn }) => (path === undefined || standsIn ? [] : [{ path, plain }]),
);
