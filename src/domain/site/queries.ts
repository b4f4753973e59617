import { eq } from 'drizzle-orm';
import type { Database } from '#db/client.ts';
import { site } from '#db/schema/index.ts';

/** Who speaks here. */
export type Site = {
  name: string;
  legalEntity: string;
  contactEmail: string;
  pressContact: string;
  /** IANA name; days on public pages are grouped in it. */
  timeZone: string;
  language: string;
  /** Others it can be read in. */
  languages: readonly string[];
};

export const unnamedSite: Site = {
  name: 'Status',
  legalEntity: '',
  contactEmail: '',
  pressContact: '',
  timeZone: 'UTC',
  language: 'en',
  languages: [],
};

/** The site's own settings; a neutral default until somebody has given them. */
export async function getSite(db: Database): Promise<Site> {
  const [row] = await db
    .select({
      name: site.name,
      legalEntity: site.legalEntity,
      contactEmail: site.contactEmail,
      pressContact: site.pressContact,
      timeZone: site.timeZone,
      language: site.language,
      languages: site.languages,
    })
    .from(site)
    .where(eq(site.id, 1));
  return row ?? unnamedSite;
}
