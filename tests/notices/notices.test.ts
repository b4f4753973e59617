import { describe, expect, test } from 'vitest';
import { broadcasts, pressVersions, site } from '#db/schema/index.ts';
import { draftNotice, editNotice, publishNotice, withdrawNotice } from '#src/domain/notices/commands.ts';
import {
  findPublishedNotice,
  getNotice,
  listNoticeRevisions,
  listNotices,
  listPublishedNotices,
} from '#src/domain/notices/queries.ts';
import { redactNotice } from '#src/domain/notices/redaction.ts';
import { search } from '#src/domain/search/queries.ts';
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
      expect(await db.select().from(pressVersions).orderBy(pressVersions.dependency)).toEqual([
        { dependency: 'notice:changes-to-our-price-indices', version: 1 },
        { dependency: 'notices', version: 1 },
      ]);
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

  test('once public it is not published twice, and an edit waits for somebody else, with a reason', () =>
    inRollback(store, async (db) => {
      const { editor, approver, owner } = await desk(db);
      const { id, slug } = await draftNotice(db, editor, change, now);
      const publish = (by = approver) =>
        publishNotice(db, by, { noticeId: id, publicUrl, draftBroadcast: false }, later(3));
      await publish();
      await expect(publish()).rejects.toMatchObject({ code: 'conflict' });
      await editNotice(db, owner, { noticeId: id, ...change, body: 'Other.' }, later(2));
      expect(await findPublishedNotice(db, slug)).toMatchObject({ state: 'published', body: change.body });
      await expect(publish(owner)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(publish()).rejects.toMatchObject({ code: 'invalid' });
      const changeSummary = 'The weights were named wrong.';
      await editNotice(db, owner, { noticeId: id, ...change, body: 'Other.', changeSummary }, later(2));
      await publish();
      expect(await findPublishedNotice(db, slug)).toMatchObject({
        state: 'corrected',
        body: 'Other.',
        reason: changeSummary,
        number: 2,
        publishedAt: later(3),
      });
      expect((await listNoticeRevisions(db, id)).map(({ number, body }) => [number, body])).toEqual([
        [2, 'Other.'],
        [1, change.body],
      ]);
      expect(await evidenceKinds(db)).toEqual(['notice_published', 'notice_corrected']);
      expect(await listNotices(db, { drafts: true })).toEqual([]);
      expect(await db.select().from(broadcasts)).toEqual([]);
    }));

  test('is withdrawn with a reason by an approver who did not write it, and is found by no search', () =>
    inRollback(store, async (db) => {
      const { editor, approver, owner } = await desk(db);
      const { id, slug } = await draftNotice(db, owner, change, now);
      const withdraw = (by = approver) =>
        withdrawNotice(db, by, { noticeId: id, publicUrl, reason: 'It is not so.' }, later(5));
      await expect(withdraw()).rejects.toMatchObject({ code: 'conflict' });
      await publishNotice(db, approver, { noticeId: id, publicUrl, draftBroadcast: false }, later(1));
      const found = async () => (await search(db, { question: 'weights', language: 'en', page: 1 })).found;
      expect(await found()).toHaveLength(1);
      await expect(withdraw(editor)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(withdraw(owner)).rejects.toMatchObject({ code: 'forbidden' });
      await withdraw();
      await expect(withdraw()).rejects.toMatchObject({ code: 'conflict' });
      expect(await findPublishedNotice(db, slug)).toMatchObject({
        state: 'withdrawn',
        body: '',
        reason: 'It is not so.',
      });
      expect(await listNoticeRevisions(db, id)).toMatchObject([{ body: '' }, { body: change.body }]);
      expect(await found()).toEqual([]);
      expect(await evidenceKinds(db)).toEqual(['notice_published', 'notice_withdrawn', 'broadcast_drafted']);
      const edit = editNotice(db, editor, { noticeId: id, ...change }, later(6));
      await expect(edit).rejects.toMatchObject({ code: 'conflict' });
    }));

  test('an earlier version that discloses something is redacted by an owner, with its translations', () =>
    inRollback(store, async (db) => {
      const { editor, approver, owner } = await desk(db);
      const { id } = await draftNotice(db, editor, change, now);
      await publishNotice(db, approver, { noticeId: id, publicUrl, draftBroadcast: false }, later(1));
      const redact = (by = owner) =>
        redactNotice(db, by, { noticeId: id, number: 1, reason: 'It named somebody.' }, later(9));
      await expect(redact()).rejects.toMatchObject({ code: 'conflict' });
      const input = { noticeId: id, publicUrl, reason: 'It is not so.', draftBroadcast: false };
      await withdrawNotice(db, approver, input, later(5));
      await expect(redact(approver)).rejects.toMatchObject({ code: 'forbidden' });
      await redact();
      expect((await listNoticeRevisions(db, id))[1]).toMatchObject({
        title: '',
        body: '',
        publishedAt: later(1),
        redaction: { at: later(9), reason: 'It named somebody.' },
      });
      await expect(redact()).rejects.toMatchObject({ code: 'conflict' });
      expect((await evidenceKinds(db)).at(-1)).toBe('notice_redacted');
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
