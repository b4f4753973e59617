import type { Site } from '#src/domain/site/queries.ts';
import { localPath } from '#src/http/language.ts';
import { baseOf, type Messages } from '#src/messages/messages.ts';

/** A language that readers can choose: by its own name, and where this page is in it. */
export type Choice = { language: string; name: string; href: string; current: boolean };

/** The same page in every language that the site offers, its own first; none where there is nothing to choose. */
export function languageChoices(
  site: Pick<Site, 'language' | 'languages'>,
  messages: Messages,
  { path, prefix, query = '' }: { path: string; prefix: string; query?: string | undefined },
): Choice[] {
  const own = baseOf(site.language);
  const others = site.languages.filter(
    (language) => messages.languages.includes(language) && language !== own && language !== site.language,
  );
  if (others.length === 0) return [];
  return [{ tag: site.language, of: '' }, ...others.map((tag) => ({ tag, of: `/${tag}` }))].map(
    ({ tag, of }) => ({
      language: messages.in(tag).language,
      name: messages.in(tag)('language.name'),
      href: localPath(path, of) + query,
      current: of === prefix,
    }),
  );
}

/** The path of this page as it can stand behind a host or a language: `//elsewhere` is neither. */
export function plainPath(pathname: string): string {
  return `/${pathname.replace(/^\/+/, '').replace(/\/+$/, '')}`;
}
