import type { Site } from '#src/domain/site/queries.ts';
import type { MessageKey } from '#src/messages/messages.ts';

/** Who speaks here, as far as a page shows it. */
export type SiteShown = Pick<
  Site,
  'name' | 'legalEntity' | 'contactEmail' | 'pressContact' | 'language' | 'languages' | 'accent' | 'logos'
>;

/** Of the desk, which speaks English. */
export type NavLink = { href: string; label: string; current?: boolean | undefined };

/** Of readers' pages: said in the page's language, and leading to a page in it. */
export type ReaderLink = { href: string; label: MessageKey; current?: boolean | undefined };
