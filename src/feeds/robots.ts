/** What is personal, or leads to a form. Pages that are not listed say so themselves as well. */
const KEPT_OUT = ['/admin', '/confirm/', '/my', '/set-up/', '/sign-in', '/u/'];

/** RFC 9309. A language has the same pages under its prefix. */
export function robotsTxt(publicUrl: string, languages: readonly string[]): string {
  const prefixes = ['', ...languages.map((language) => `/${language}`)];
  return [
    'User-agent: *',
    ...prefixes.flatMap((prefix) => KEPT_OUT.map((path) => `Disallow: ${prefix}${path}`)),
    '',
    `Sitemap: ${publicUrl}/sitemap.xml`,
    '',
  ].join('\n');
}
