import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { evidence, siteLogos } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { listVersions } from '#src/domain/editions.ts';
import { editSite, removeLogo, setLogo, writePrivacyNotice } from '#src/domain/site/commands.ts';
import { siteForm } from '#src/domain/site/input.ts';
import { findLogo, findPrivacyNotice, getSite, unnamedSite } from '#src/domain/site/queries.ts';
import { accentInTheDark, brandSheet, GROUNDS, LOGO_BYTES_MAX } from '#src/domain/site/rules.ts';
import { contrast, hexOfOklch } from '#src/text/colour.ts';
import { desk, now } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();
const site = { ...unnamedSite, name: 'Harbourline', pressContact: 'Ada Byron, ada@harbourline.example' };
const picture = new Uint8Array(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  ),
);

describe('the site’s colour', () => {
  const accents = ['#12547f', '#7a1f3d', '#0a5c36', '#5b2bd9', '#000000', '#8a5a00'];

  test.each(accents)('%s is readable as text, and under text, in light and in dark', (accent) => {
    const dark = accentInTheDark(accent);
    expect(contrast(accent, GROUNDS.light)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(accent, '#ffffff')).toBeGreaterThanOrEqual(4.5);
    expect(contrast(dark, GROUNDS.dark)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(dark, GROUNDS.darkPaper)).toBeGreaterThanOrEqual(4.5);
    expect(brandSheet({ accent })).toContain(`--accent: light-dark(${accent}, ${dark})`);
  });

  test('is measured against the grounds that the tokens have', () => {
    const tokens = readFileSync(
      fileURLToPath(new URL('../../src/styles/tokens.css', import.meta.url)),
      'utf8',
    );
    const colours = (name: string) =>
      [...(new RegExp(`--${name}: (.*);`).exec(tokens)?.[1] ?? '').matchAll(/oklch\(([\d. ]+)\)/g)].map(
        (match) => hexOfOklch(...((match[1] ?? '').split(' ').map(Number) as [number, number, number])),
      );
    expect(colours('raised')).toEqual([GROUNDS.light, GROUNDS.dark]);
    expect(colours('paper').at(-1)).toBe(GROUNDS.darkPaper);
  });

  const form = { name: 'S', timeZone: 'UTC', language: 'en' };
  test.each([
    ['#FFCC00', /contrast is 1\.\d:1.*nearest that has it is #[0-9a-f]{6}/],
    ['#767676', /contrast is 4\.\d:1/],
    ['red', /not a colour/],
    ['#12;}*{', /not a colour/],
  ])('%s is refused, with what to do', (accent, said) => {
    const parsed = siteForm.safeParse({ ...form, accent });
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(said)]);
  });

  test('has one spelling, and may be left out', () => {
    expect(siteForm.parse({ ...form, accent: '#A13' }).accent).toBe('#aa1133');
    expect(siteForm.parse({ ...form, accent: '' }).accent).toBe('');
    expect(brandSheet({ accent: '' })).toBe('');
  });
});

describe('the security contact', () => {
  const parsed = (securityContact: string) =>
    siteForm.safeParse({ name: 'S', timeZone: 'UTC', language: 'en', securityContact }).success;

  test('is an address or a page that is served safely', () => {
    expect(['', 'security@x.example', 'https://x.example/security'].map(parsed)).toEqual([true, true, true]);
    expect(['http://x.example', 'javascript:alert(1)', 'Ada', 'a@b'].map(parsed)).not.toContain(true);
  });
});

describe('the site’s own settings', () => {
  test('an edit is kept as evidence: which fields changed, not what stands in them', () =>
    inRollback(store, async (db) => {
      const { logos: _, ...input } = site;
      await editSite(db, operator, input, now);
      expect(await getSite(db)).toEqual(site);
      const [entry, ...others] = await db.select().from(evidence);
      expect(others).toEqual([]);
      expect(entry).toMatchObject({
        kind: 'site_edited',
        subject: 'site:1',
        details: { changed: ['name', 'pressContact'] },
      });
      expect(JSON.stringify(entry)).not.toContain('Ada');
    }));

  test('what an edit does not name stays as it is', () =>
    inRollback(store, async (db) => {
      await editSite(db, operator, { name: 'Harbourline', accent: '#7a1f3d' }, now);
      await editSite(db, operator, { languages: ['es'] }, now);
      expect(await getSite(db)).toMatchObject({ name: 'Harbourline', accent: '#7a1f3d', languages: ['es'] });
    }));

  test('nobody but an owner edits anything of it, and what is refused leaves no evidence', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { logos: _, ...input } = site;
      for (const refused of [
        () => editSite(db, editor, input, now),
        () => setLogo(db, editor, { scheme: 'light', bytes: picture }, now),
        () => removeLogo(db, editor, 'light', now),
        () => writePrivacyNotice(db, editor, { language: 'en', body: 'x' }, now),
      ]) {
        await expect(refused()).rejects.toMatchObject({ code: 'forbidden' });
      }
      expect(await db.select().from(evidence)).toEqual([]);
    }));
});

describe('the logo', () => {
  test('is kept with its size, one for light and one for dark, and can be taken away', () =>
    inRollback(store, async (db) => {
      await setLogo(db, operator, { scheme: 'light', bytes: picture }, now);
      await setLogo(db, operator, { scheme: 'dark', bytes: picture }, now);
      const shape = { type: 'image/png', width: 1, height: 1 };
      expect((await getSite(db)).logos).toEqual({ light: shape, dark: shape });
      expect(await findLogo(db, 'dark')).toEqual({ type: 'image/png', bytes: picture });
      await removeLogo(db, operator, 'dark', now);
      expect((await getSite(db)).logos).toEqual({ light: shape });
      expect(await findLogo(db, 'dark')).toBeUndefined();
      expect((await listVersions(db)).get('site')).toBe(3);
    }));

  test.each([
    ['too large', new Uint8Array(LOGO_BYTES_MAX + 1), /200 kB/],
    ['an SVG document', new Uint8Array(Buffer.from('<svg onload="alert(1)"/>')), /PNG, a JPEG or a WebP/],
    ['empty', new Uint8Array(), /PNG, a JPEG or a WebP/],
    ['of no size', picture.with(19, 0), /4096 pixels/],
    ['enormous', picture.with(16, 1), /4096 pixels/],
  ])('that is %s is refused, and nothing is kept', (_, bytes, said) =>
    inRollback(store, async (db) => {
      await expect(setLogo(db, operator, { scheme: 'light', bytes }, now)).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringMatching(said),
      });
      expect(await db.select().from(siteLogos)).toEqual([]);
      expect(await db.select().from(evidence)).toEqual([]);
    }),
  );
});

describe('the privacy notice', () => {
  test('is the operator’s own by language, until it is emptied', () =>
    inRollback(store, async (db) => {
      await writePrivacyNotice(db, operator, { language: 'es', body: 'Lo que sabemos.' }, now);
      expect(await findPrivacyNotice(db, 'es')).toEqual({ body: 'Lo que sabemos.', updatedAt: now });
      expect(await findPrivacyNotice(db, 'en')).toBeUndefined();
      const [entry] = await db.select().from(evidence);
      expect(entry?.details).toEqual({ changed: ['privacyNotice.es'] });
      await writePrivacyNotice(db, operator, { language: 'es', body: '' }, now);
      expect(await findPrivacyNotice(db, 'es')).toBeUndefined();
    }));
});
