import ICAL from 'ical.js';
import ical from 'node-ical';
import { describe, expect, test } from 'vitest';
import { unnamedSite } from '#src/domain/site/queries.ts';
import { editMaintenance } from '#src/domain/maintenances/commands.ts';
import { cancelMaintenance, extendMaintenance } from '#src/domain/maintenances/timeline-commands.ts';
import { listCalendar } from '#src/domain/maintenances/queries.ts';
import { maintenanceCalendar } from '#src/feeds/ics.ts';
import { openMessages } from '#src/messages/messages.ts';
import { desk, later, publicUrl } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { announced, part, plan, words } from './support.ts';
import type { Database } from '#db/client.ts';

const store = await testStore();
const messages = openMessages();

async function calendarOf(db: Database, names: [string, string][] = [], language = 'en'): Promise<string> {
  return maintenanceCalendar({
    site: { ...unnamedSite, name: 'Harbourline' },
    publicUrl,
    prefix: '',
    maintenances: await listCalendar(db),
    componentNames: new Map(names),
    t: messages.in(language),
  });
}

const eventsOf = (text: string) =>
  new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').map((each) => new ICAL.Event(each));

const nasty =
  'Disks; with, commas \\ and “quotes” — ñandú 🛠️ and a title that is much longer than one line may be';

describe('the calendar', () => {
  test('says the same to two independent readers, whatever stands in the text', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const componentId = await part(db, editor, 'Payments, cards');
      const description = 'First line.\n\n- BEGIN:VEVENT\n- END:VCALENDAR; **bold**\r\nLast.';
      const input = { title: nasty, description, componentIds: [componentId] };
      const { slug } = await announced(db, editor, input);
      const text = await calendarOf(db, [[componentId, 'Payments, cards']]);

      const [event] = eventsOf(text);
      expect(event?.summary).toBe(nasty);
      expect(event?.startDate.toJSDate()).toEqual(plan.scheduledFor);
      expect(event?.endDate.toJSDate()).toEqual(plan.scheduledUntil);
      expect(event?.description).toContain('BEGIN:VEVENT');
      expect(event?.description).toContain('It concerns: Payments, cards.');
      expect(String(event?.component.getFirstPropertyValue('url'))).toBe(`${publicUrl}/maintenance/${slug}`);
      expect(event?.component.getFirstPropertyValue('categories')).toBe('Maintenance');

      const [other, ...more] = Object.values(ical.sync.parseICS(text)).filter(
        (each) => each?.type === 'VEVENT',
      ) as { summary: string; start: Date; end: Date; uid: string; description: string }[];
      expect(more).toEqual([]);
      expect(other?.summary).toBe(nasty);
      expect([other?.start.getTime(), other?.end.getTime()]).toEqual([
        plan.scheduledFor.getTime(),
        plan.scheduledUntil.getTime(),
      ]);
      expect(other?.uid).toBe(event?.uid);
      expect(other?.description).toContain('END:VCALENDAR');
    });
  });

  test('ends every line with CRLF and folds it at 75 bytes, never within a sign', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      await announced(db, editor, { title: nasty, description: '🛠️ñ'.repeat(400) });
      const text = await calendarOf(db);
      const lines = text.split('\r\n');
      expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
      expect(text).not.toContain('\ufffd');
      expect(eventsOf(text)[0]?.description).toContain('🛠️ñ'.repeat(400));
    });
  });

  test('keeps the UID and raises SEQUENCE with every change; DTSTAMP is the time of the change', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await announced(db, editor);
      const seen = async () => {
        const [event] = eventsOf(await calendarOf(db));
        const at = (name: string) =>
          (event?.component.getFirstPropertyValue(name) as InstanceType<typeof ICAL.Time>).toJSDate();
        return {
          uid: event?.uid,
          sequence: event?.sequence,
          status: event?.component.getFirstPropertyValue('status'),
          stamp: at('dtstamp'),
          modified: at('last-modified'),
          end: event?.endDate.toJSDate(),
        };
      };
      const before = await seen();
      expect(before).toMatchObject({ sequence: 0, status: 'CONFIRMED', stamp: later(0), modified: later(0) });
      expect(await seen()).toEqual(before);

      const moved = { ...plan, maintenanceId: id, scheduledUntil: later(200) };
      await editMaintenance(db, editor, moved, words, later(1));
      expect(await seen()).toMatchObject({ uid: before.uid, sequence: 1, stamp: later(1), end: later(200) });
      const extension = { maintenanceId: id, scheduledUntil: later(300), body: '' };
      await extendMaintenance(db, editor, extension, words, later(2));
      expect(await seen()).toMatchObject({ sequence: 2, stamp: later(2), end: later(300) });
      await cancelMaintenance(db, editor, { maintenanceId: id, reason: 'No disks.' }, later(3));
      expect(await seen()).toMatchObject({
        uid: before.uid,
        sequence: 3,
        status: 'CANCELLED',
        stamp: later(3),
      });
    });
  });

  test('has the same bytes whenever it is made, and speaks the language asked for', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      await announced(db, editor);
      expect(await calendarOf(db)).toBe(await calendarOf(db));
      expect(await calendarOf(db, [], 'es')).toContain('mantenimiento programado');
    });
  });

  test('without an event it is still a calendar', async () => {
    await inRollback(store, async (db) => {
      const calendar = new ICAL.Component(ICAL.parse(await calendarOf(db)));
      expect(calendar.getFirstPropertyValue('version')).toBe('2.0');
      expect(calendar.getFirstPropertyValue('prodid')).toContain('Forthright');
    });
  });
});
