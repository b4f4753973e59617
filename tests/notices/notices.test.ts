import { describe, expect, test } from 'vitest';
import { broadcasts, pressVersions, site } from '#db/schema/index.ts';
import { draftNotice, editNotice, publishNotice } from '#src/domain/notices/commands.ts';
import {
  findPublishedNotice,
  getNotice,
  listNotices,
  listPublishedNotices,
} from '#src/domain/notices/queries.ts';
import { desk, evidenceKinds, later, now, publicUrl } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();
const change = {
  title: 'Changes to our price indices',
  body: 'The weights change at the **next** roll.',
  effectiveAt: later(60 * 24),
};

describe('notices', () => {
  test('a draft is for staff only', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { slug } = await draftNotice(db, editor, change, now);
      expect(slug).toBe('changes-to-our-price-indices');
      expect(await findPublishedNotice(db, slug)).toBeUndefined();
      expect(await listPublishedNotices(db, 10)).toEqual([]);
      expect(await listNotices(db)).toHaveLength(1);
    }));

  test('publishing puts it up and drafts the mail about it, with when it takes effect', () =>
    inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      const { id, slug } = await draftNotice(db, editor, change, now);
      await publishNotice(db, approver, { noticeId: id, publicUrl }, later(1));
      expect(await findPublishedNotice(db, slug)).toMatchObject({ publishedAt: later(1) });
      expect(await db.select().from(broadcasts)).toMatchObject([
        {
          purpose: 'update',
          aboutKind: 'notice',
          aboutId: id,
          audience: { kind: 'subscribers', topic: 'notices' },
          content: {
            title: change.title,
            effective: '5 November 2019, 09:00 UTC',
            html: '<p>The weights change at the <strong>next</strong> roll.</p>\n',
            permalink: `${publicUrl}/notices/${slug}`,
          },
        },
      ]);
      expect(await evidenceKinds(db)).toEqual(['notice_published', 'broadcast_drafted']);
      expect(await db.select().from(pressVersions)).toEqual([{ dependency: 'notices', version: 1 }]);
    }));

  test('of one that is in effect already the mail does not say when', () =>
    inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      const { id } = await draftNotice(db, editor, { ...change, effectiveAt: now }, now);
      await publishNotice(db, approver, { noticeId: id, publicUrl }, later(1));
      const [broadcast] = await db.select().from(broadcasts);
      expect(broadcast?.content.effective).toBeUndefined();
    }));

  test('whoever has written on it cannot publish it, nor anybody below approver', () =>
    inRollback(store, async (db) => {
      const { editor, approver, owner } = await desk(db);
      const { id } = await draftNotice(db, owner, change, now);
      await editNotice(db, approver, { noticeId: id, ...change, title: 'Better' }, now);
      for (const person of [owner, approver, editor]) {
        const publish = publishNotice(db, person, { noticeId: id, publicUrl }, later(1));
        await expect(publish).rejects.toMatchObject({ code: 'forbidden' });
      }
      expect(await getNotice(db, id)).toMatchObject({ title: 'Better', publishedAt: null });
    }));

  test('once public it does not change, and is not published twice', () =>
    inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      const { id } = await draftNotice(db, editor, change, now);
      await publishNotice(db, approver, { noticeId: id, publicUrl, draftBroadcast: false }, later(1));
      const edit = editNotice(db, editor, { noticeId: id, ...change, body: 'Other.' }, later(2));
      await expect(edit).rejects.toMatchObject({ code: 'conflict' });
      const again = publishNotice(db, approver, { noticeId: id, publicUrl }, later(2));
      await expect(again).rejects.toMatchObject({ code: 'conflict' });
      expect(await db.select().from(broadcasts)).toEqual([]);
    }));

  test('a notice with somebody’s address is not published', () =>
    inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      const { id } = await draftNotice(db, editor, { ...change, body: 'Ask anna@people.example.' }, now);
      const publish = publishNotice(db, approver, { noticeId: id, publicUrl }, later(1));
      await expect(publish).rejects.toMatchObject({ code: 'invalid' });
    }));

  test('when the mail cannot be drafted nothing is published', () =>
    inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      const { id, slug } = await draftNotice(db, editor, change, now);
      const about = {
        name: 'S',
        legalEntity: '',
        contactEmail: '',
        pressContact: '',
        language: 'en',
  languages: [],
        updatedAt: now,
      };
      await db.insert(site).values({ ...about, timeZone: 'Nowhere/At_All' });
      await expect(publishNotice(db, approver, { noticeId: id, publicUrl }, now)).rejects.toThrow(RangeError);
      expect(await findPublishedNotice(db, slug)).toBeUndefined();
      expect(await evidenceKinds(db)).toEqual([]);
    }));
});
