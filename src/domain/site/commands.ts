import { eq } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { privacyNotices, site, siteLogos, type LogoScheme } from '#db/schema/index.ts';
import { imageShape } from '#src/text/image-shape.ts';
import { assertRole, type Actor } from '../actors.ts';
import { DomainError } from '../errors.ts';
import { touch } from '../editions.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { getSite, type Site } from './queries.ts';
import { LOGO_BYTES_MAX, LOGO_PIXELS_MAX } from './rules.ts';

/** What a form may change: all of it or a part. The logos have a way of their own. */
export type SiteEdit = Partial<Omit<Site, 'logos'>>;

/** @throws DomainError `forbidden` unless an owner asks. */
export async function editSite(db: Database, actor: Actor, input: SiteEdit, now: Date): Promise<void> {
  assertRole(actor, 'owner');
  await db.transaction((tx) => saveSite(tx, actor, input, now));
}

/**
 * Shows this picture in place of the site's name, on light or on dark ground.
 *
 * @throws DomainError `forbidden` unless an owner asks; `invalid` unless it is a small PNG, JPEG or WebP picture.
 */
export async function setLogo(
  db: Database,
  actor: Actor,
  { scheme, bytes }: { scheme: LogoScheme; bytes: Uint8Array },
  now: Date,
): Promise<void> {
  assertRole(actor, 'owner');
  if (bytes.byteLength > LOGO_BYTES_MAX) {
    throw new DomainError(
      'invalid',
      `A logo may have ${LOGO_BYTES_MAX / 1000} kB at most. Nothing was saved.`,
    );
  }
  const shape = imageShape(bytes);
  if (!shape) {
    throw new DomainError('invalid', 'A logo is a PNG, a JPEG or a WebP picture. Nothing was saved.');
  }
  const { width, height } = shape;
  if (width < 1 || height < 1 || width > LOGO_PIXELS_MAX || height > LOGO_PIXELS_MAX) {
    throw new DomainError(
      'invalid',
      `A logo may be ${LOGO_PIXELS_MAX} pixels wide and high at most. Nothing was saved.`,
    );
  }
  await db.transaction(async (tx) => {
    const { logos } = await getSite(tx);
    await tx
      .insert(siteLogos)
      .values({ scheme, bytes })
      .onConflictDoUpdate({ target: siteLogos.scheme, set: { bytes } });
    await saveSite(tx, actor, { logos: { ...logos, [scheme]: shape } }, now);
  });
}

/** The name stands there again. @throws DomainError `forbidden` unless an owner asks. */
export async function removeLogo(db: Database, actor: Actor, scheme: LogoScheme, now: Date): Promise<void> {
  assertRole(actor, 'owner');
  await db.transaction(async (tx) => {
    const { [scheme]: _removed, ...logos } = (await getSite(tx)).logos;
    await tx.delete(siteLogos).where(eq(siteLogos.scheme, scheme));
    await saveSite(tx, actor, { logos }, now);
  });
}

/**
 * Puts the operator's own privacy notice in place of the one that the settings tell; an empty text takes it away again.
 *
 * @throws DomainError `forbidden` unless an owner asks.
 */
export async function writePrivacyNotice(
  db: Database,
  actor: Actor,
  { language, body }: { language: string; body: string },
  now: Date,
): Promise<void> {
  assertRole(actor, 'owner');
  await db.transaction(async (tx) => {
    if (body === '') await tx.delete(privacyNotices).where(eq(privacyNotices.language, language));
    else
      await tx
        .insert(privacyNotices)
        .values({ language, body, updatedAt: now })
        .onConflictDoUpdate({ target: privacyNotices.language, set: { body, updatedAt: now } });
    await noteEdit(tx, actor, [`privacyNotice.${language}`], now);
  });
}

async function saveSite(tx: Database, actor: Actor, edit: Partial<Site>, now: Date): Promise<void> {
  const before = await getSite(tx);
  const { languages, ...after } = { ...before, ...edit };
  const row = { ...after, languages: [...languages], updatedAt: now };
  await tx
    .insert(site)
    .values({ id: 1, ...row })
    .onConflictDoUpdate({ target: site.id, set: row });
  const changed = (Object.keys(edit) as (keyof Site)[]).filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(edit[field]),
  );
  await noteEdit(tx, actor, changed, now);
}

/** Which fields, not what stands in them: a contact may be a person. */
async function noteEdit(tx: Database, actor: Actor, changed: readonly string[], now: Date): Promise<void> {
  await appendEvidence(tx, { kind: 'site_edited', subject: 'site:1', actor, details: { changed } }, now);
  await touch(tx, ['site']);
}
