import { mentionedAddresses } from '#src/text/address-mentions.ts';
import type { Site } from './queries.ts';

/** Addresses that may stand in a published text because they are the organisation's: its contacts, and what its mail comes from. */
export function ownAddresses(site: Site, mailFrom = ''): ReadonlySet<string> {
  return new Set(mentionedAddresses([site.contactEmail, site.pressContact, mailFrom].join(' ')));
}

/** Addresses in a text that are not the organisation's own. */
export function foreignAddresses(text: string, own: ReadonlySet<string>): string[] {
  return mentionedAddresses(text).filter((address) => !own.has(address));
}
