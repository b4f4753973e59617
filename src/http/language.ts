/** A path without its language: `/es/faqs` is `/faqs`, asked for in Spanish. */
export type Spoken = { path: string; language: string | undefined };

/** Takes the language off a path, if it begins with one that there is. */
export function splitLanguage(path: string, languages: readonly string[]): Spoken {
  const [, first = ''] = path.split('/', 2);
  if (!languages.includes(first)) return { path, language: undefined };
  return { path: path.slice(first.length + 1) || '/', language: first };
}

/** The same page of ours in the language of the page that links to it. `prefix` is `''` for the site's own language. */
export function localPath(path: string, prefix: string): string {
  return path === '/' && prefix ? prefix : `${prefix}${path}`;
}
