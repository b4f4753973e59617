import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { broadcasts, evidence, staff } from '#db/schema/index.ts';
import { editMaintenance } from '#src/domain/maintenances/commands.ts';
import { cancelMaintenance } from '#src/domain/maintenances/timeline-commands.ts';
import { getMaintenance, listOccurrences } from '#src/domain/maintenances/queries.ts';
import { approveReminders, approveSeriesReminders } from '#src/domain/maintenances/reminders.ts';
import { scheduleSeries } from '#src/domain/maintenances/series.ts';
import { releaseBroadcast } from '#src/domain/broadcasts/commands.ts';
import { confirmedSubscriber, sendAll, senderWith } from '#tests/broadcasts/support.ts';
import { desk, later, now } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { announced, letterhead, nightly, part, plan, words, workAt } from './support.ts';

const store = await testStore();
const keys = testKeys();
const DAY = 24 * 60;

/** In two days, with a reminder a day and an hour before. */
const ahead = {
  scheduledFor: later(2 * DAY),
  scheduledUntil: later(2 * DAY + 60),
  reminderMinutes: [DAY, 60],
};

const mails = (db: Database) => db.select().from(broadcasts).orderBy(broadcasts.draftedAt, broadcasts.id);

async function reminded(db: Database): Promise<Record<string, unknown>[]> {
  const rows = await db
    .select({ details: evidence.details })
    .from(evidence)
    .where(eq(evidence.kind, 'maintenance_reminded'))
    .orderBy(evidence.number);
  return rows.map(({ details }) => details);
}

describe('a reminder', () => {
  test('approved ahead by somebody else, leaves by itself, to those who asked for it', async () => {
    await inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      await confirmedSubscriber(db, keys, 'wants@example.com', ['maintenance']);
      await confirmedSubscriber(db, keys, 'other@example.com', ['statements', 'notices']);
      const componentId = await part(db, editor, 'Payments');
      const { id, slug } = await announced(db, editor, { ...ahead, componentIds: [componentId] });
      await approveReminders(db, approver, { maintenanceId: id }, later(5));

      expect(await workAt(db, keys, later(DAY - 1))).toBe(0);
      expect(await workAt(db, keys, later(DAY))).toBe(1);
      const [mail, ...more] = await mails(db);
      expect(more).toEqual([]);
      expect(mail).toMatchObject({
        state: 'approved',
        purpose: 'update',
        aboutKind: 'maintenance',
        aboutId: id,
        draftedBy: editor.id,
        releasedBy: approver.id,
      });
      expect(mail?.content).toMatchObject({
        title: `Planned maintenance: ${plan.title}`,
        summary:
          'Planned for 6 November 2019, 09:00 UTC to 6 November 2019, 10:00 UTC. It concerns: Payments.',
        permalink: `${letterhead.publicUrl}/maintenance/${slug}`,
      });
      expect(await reminded(db)).toEqual([
        { people: 1, broadcastId: mail?.id, released: true, approvedBy: approver.id },
      ]);

      const outbox = testOutbox();
      await sendAll(db, keys, senderWith(outbox));
      expect(outbox.sent.map(({ to }) => to)).toEqual(['wants@example.com']);
      expect(outbox.sent[0]?.text).toContain('remind you of planned maintenance');
      expect(outbox.sent[0]?.headers['List-Id']).toContain('<maintenance.');

      expect(await workAt(db, keys, later(2 * DAY - 60))).toBe(1);
      expect(await mails(db)).toHaveLength(2);
    });
  });

  test('without an approval waits as a draft, and can be released until it no longer holds', async () => {
    await inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      await confirmedSubscriber(db, keys, 'wants@example.com', ['maintenance']);
      const { id } = await announced(db, editor, ahead);
      await workAt(db, keys, later(DAY));
      const [mail] = await mails(db);
      expect(mail).toMatchObject({ state: 'draft', releasedBy: null });
      await cancelMaintenance(db, editor, { maintenanceId: id, reason: 'No disks.' }, later(DAY + 1));
      expect((await mails(db))[0]?.state).toBe('aborted');
      const release = { broadcastId: mail?.id ?? '', letterhead };
      await expect(releaseBroadcast(db, keys, approver, release, later(DAY + 2))).rejects.toThrow(
        /released already/,
      );
    });
  });

  test('is approved by an approver who did not plan it, and by nobody else', async () => {
    await inRollback(store, async (db) => {
      const { editor, approver, owner } = await desk(db);
      const { id: maintenanceId } = await announced(db, approver, ahead);
      const approve = (person: typeof editor) => approveReminders(db, person, { maintenanceId }, later(1));
      await expect(approve(editor)).rejects.toThrow(/needs the role approver/);
      await expect(approve(approver)).rejects.toThrow(/another person/);
      await approve(owner);
      expect((await getMaintenance(db, maintenanceId)).remindersApprovedBy).toBe(owner.id);
    });
  });

  test.each(['edited', 'left the team'] as const)(
    'an approval ends once the plan or approver is %s',
    async (what) => {
      await inRollback(store, async (db) => {
        const { editor, approver } = await desk(db);
        await confirmedSubscriber(db, keys, 'wants@example.com', ['maintenance']);
        const { id: maintenanceId } = await announced(db, editor, ahead);
        await approveReminders(db, approver, { maintenanceId }, later(1));
        if (what === 'edited') {
          await editMaintenance(
            db,
            editor,
            { ...plan, ...ahead, maintenanceId, title: 'Other' },
            words,
            later(2),
          );
        } else {
          await db
            .update(staff)
            .set({ deactivatedAt: later(2) })
            .where(eq(staff.id, approver.id));
        }
        await workAt(db, keys, later(DAY));
        expect((await mails(db)).map(({ state }) => state)).toEqual(['draft']);
        expect(await reminded(db)).toMatchObject([{ people: 1, released: false }]);
      });
    },
  );

  test('after a pause comes once for all that were missed, and never for what has begun', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      await confirmedSubscriber(db, keys, 'wants@example.com', ['maintenance']);
      await announced(db, editor, ahead);
      await announced(db, editor, {
        ...ahead,
        scheduledFor: later(DAY),
        scheduledUntil: later(3 * DAY),
        reminderMinutes: [60],
      });
      await workAt(db, keys, later(2 * DAY - 30));
      expect(await mails(db)).toHaveLength(1);
      expect(await workAt(db, keys, later(2 * DAY - 29))).toBe(0);
    });
  });

  test('with nobody to remind drafts nothing, and says so in the evidence', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      await announced(db, editor, ahead);
      await workAt(db, keys, later(DAY));
      expect(await mails(db)).toEqual([]);
      expect(await reminded(db)).toEqual([{ people: 0 }]);
    });
  });

  test('of a series is approved once for all, the later ones too', async () => {
    await inRollback(store, async (db) => {
      const { editor, approver } = await desk(db);
      const input = { ...nightly, rule: 'FREQ=WEEKLY', reminderMinutes: [60] };
      const { id: seriesId } = await scheduleSeries(db, editor, input, now);
      await approveSeriesReminders(db, approver, { seriesId }, later(1));
      await workAt(db, keys, later(15 * DAY));
      const all = await listOccurrences(db, seriesId);
      expect(all.length).toBe(13);
      expect(new Set(all.map(({ remindersApprovedBy }) => remindersApprovedBy))).toEqual(
        new Set([approver.id]),
      );
    });
  });
});
