import { describe, expect, test } from 'vitest';
import { evidence } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { editSite } from '#src/domain/site/commands.ts';
import { getSite, unnamedSite } from '#src/domain/site/queries.ts';
import { desk, now } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();
const site = { ...unnamedSite, name: 'Harbourline', pressContact: 'Ada Byron, ada@harbourline.example' };

describe('the site’s own settings', () => {
  test('an edit is kept as evidence: which fields changed, not what stands in them', () =>
    inRollback(store, async (db) => {
      await editSite(db, operator, site, now);
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

  test('nobody but an owner edits them, and a refused edit leaves no evidence', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      await expect(editSite(db, editor, site, now)).rejects.toMatchObject({ code: 'forbidden' });
      expect(await db.select().from(evidence)).toEqual([]);
    }));
});
