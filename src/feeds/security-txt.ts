import type { Site } from '#src/domain/site/queries.ts';

const MONTHS_VALID = 7;

/**
 * How to report a security hole (RFC 9116); undefined while the site has nobody to write to. It expires at the beginning of a month,
 * six to seven months ahead: the bytes change once a month, and are renewed long before.
 */
export function securityTxt(site: Site, publicUrl: string, now: Date): string | undefined {
  // One line, whatever was stored: the next one would be a field of its own.
  const contact = (site.securityContact.trim() || site.contactEmail.trim()).replace(/\s.*$/s, '');
  if (!contact) return undefined;
  const expires = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + MONTHS_VALID, 1));
  const languages = [...new Set([site.language, ...site.languages])];
  return [
    `Contact: ${/^(?:https|mailto|tel):/i.test(contact) ? contact : `mailto:${contact}`}`,
    `Expires: ${expires.toISOString()}`,
    `Preferred-Languages: ${languages.join(', ')}`,
    `Canonical: ${publicUrl}/.well-known/security.txt`,
    '',
  ].join('\n');
}
