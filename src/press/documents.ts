import type { Dependency } from '#src/domain/editions.ts';

/** A public URL's bytes: what they depend on, and whether they are rendered ahead of any reader. */
export type Document = { path: string; dependsOn: readonly Dependency[]; hot: boolean };

type Kind = { pattern: RegExp; dependsOn: readonly Dependency[]; hot: boolean };

const SLUG = '[a-z0-9](?:[a-z0-9-]{0,118}[a-z0-9])?';

const kinds: readonly Kind[] = [
  {
    pattern: /^\/$/,
    dependsOn: ['site', 'components', 'incidents', 'statements', 'notices'],
    hot: true,
  },
  { pattern: /^\/faqs$/, dependsOn: ['site', 'faqs', 'incidents'], hot: true },
  { pattern: /^\/feed\.atom$/, dependsOn: ['site', 'incidents', 'statements'], hot: true },
  {
    pattern: new RegExp(`^/incidents/${SLUG}$`),
    dependsOn: ['site', 'components', 'incidents', 'statements', 'faqs'],
    hot: false,
  },
  {
    pattern: new RegExp(`^/statements/${SLUG}(?:/revisions/[1-9]\\d{0,5})?(?:\\.txt)?$`),
    dependsOn: ['site', 'incidents', 'statements', 'faqs'],
    hot: false,
  },
  { pattern: new RegExp(`^/notices/${SLUG}$`), dependsOn: ['site', 'notices'], hot: false },
];

/** The document at a path, if paths of this shape are documents; whether there is one, rendering tells. */
export function findDocument(path: string): Document | undefined {
  const kind = kinds.find(({ pattern }) => pattern.test(path));
  return kind && { path, dependsOn: kind.dependsOn, hot: kind.hot };
}

/** The documents that are always there. */
export const hotPaths: readonly string[] = ['/', '/faqs', '/feed.atom'];
