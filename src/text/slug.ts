const SLUG_MAX = 60;

/** What a title becomes in a URL: a-z, 0-9 and single hyphens, at most 60 characters; `untitled` when nothing is left. */
export function slugOf(title: string): string {
  const words = title
    .normalize('NFKD')
    .replace(/['’\p{M}]/gu, '')
    .replace(/ß/g, 'ss')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (words.length <= SLUG_MAX) return words || 'untitled';
  const cut = words.slice(0, SLUG_MAX + 1).lastIndexOf('-');
  return words.slice(0, cut > 0 ? cut : SLUG_MAX);
}

/** May this stand in a URL as it is? */
export function isSlug(text: string): boolean {
  return text.length <= SLUG_MAX && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(text);
}
