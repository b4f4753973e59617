import type { Site } from '#src/domain/site/queries.ts';

/** Who speaks here, as far as a page shows it. */
export type SiteShown = Pick<Site, 'name' | 'legalEntity' | 'contactEmail' | 'pressContact' | 'language'>;

export type NavLink = { href: string; label: string; current?: boolean | undefined };
