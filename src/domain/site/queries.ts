import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { privacyNotices, site, siteLogos, type LogoScheme, type LogoShape } from '#db/schema/index.ts';
import { once } from '../snapshot.ts';

/** Who speaks here. */
export type Site = {
  name: string;
  legalEntity: string;
  contactEmail: string;
  pressContact: string;
  /** Where finders of security holes write to: an address or a URL. */
  securityContact: string;
  /** Whoever answers for personal data: an address, or a name with one. */
  dataProtectionContact: string;
  /** Who runs the machines, and whoever stands between them and readers; empty where it is nobody else. */
  hostedBy: string;
  deliveredBy: string;
  /** IANA name; days on public pages are grouped in it. */
  timeZone: string;
  language: string;
  /** Others it can be read in. */
  languages: readonly string[];
  /** #rrggbb; empty for the colour that Forthright comes with. */
  accent: string;
  logos: Readonly<Partial<Record<LogoScheme, LogoShape>>>;
};

export const unnamedSite: Site = {
  name: 'Status',
  legalEntity: '',
  contactEmail: '',
  pressContact: '',
  securityContact: '',
  dataProtectionContact: '',
  hostedBy: '',
  deliveredBy: '',
  timeZone: 'UTC',
  language: 'en',
  languages: [],
  accent: '',
  logos: {},
};

/** The site's own settings; a neutral default until somebody has given them. */
export function getSite(db: Database): Promise<Site> {
  return once(db, 'site', () => loadSite(db));
}

async function loadSite(db: Database): Promise<Site> {
  const [row] = await db
    .select({
      name: site.name,
      legalEntity: site.legalEntity,
      contactEmail: site.contactEmail,
      pressContact: site.pressContact,
      securityContact: site.securityContact,
      dataProtectionContact: site.dataProtectionContact,
      hostedBy: site.hostedBy,
      deliveredBy: site.deliveredBy,
      timeZone: site.timeZone,
      language: site.language,
      languages: site.languages,
      accent: site.accent,
      logos: site.logos,
    })
    .from(site)
    .where(eq(site.id, 1));
  return row ?? unnamedSite;
}

export async function findLogo(
  db: Database,
  scheme: LogoScheme,
): Promise<{ type: string; bytes: Uint8Array } | undefined> {
  const shape = (await getSite(db)).logos[scheme];
  const [row] = await db
    .select({ bytes: siteLogos.bytes })
    .from(siteLogos)
    .where(eq(siteLogos.scheme, scheme));
  return shape && row && { type: shape.type, bytes: row.bytes };
}

/** The operator's own notice, in Markdown, and when it was last changed; undefined where there is none. */
export async function findPrivacyNotice(
  db: Database,
  language: string,
): Promise<{ body: string; updatedAt: Date } | undefined> {
  const [row] = await db
    .select({ body: privacyNotices.body, updatedAt: privacyNotices.updatedAt })
    .from(privacyNotices)
    .where(eq(privacyNotices.language, language));
  return row;
}
