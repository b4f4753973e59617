import { describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { findHistoryStart, listHistory } from '#src/domain/history/queries.ts';
import {
  addMonths,
  byDay,
  monthIn,
  monthSpan,
  parseMonth,
  recentSpan,
  stretches,
} from '#src/domain/history/rules.ts';
import { backfillIncident } from '#src/domain/incidents/backfill-commands.ts';
import { openIncident } from '#src/domain/incidents/commands.ts';
import { draftNotice, publishNotice } from '#src/domain/notices/commands.ts';
import type { Database } from '#db/client.ts';
import { approvedStatement, desk, later, now, publicUrl } from '#tests/support/desk.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const at = (iso: string) => new Date(iso);

describe('months', () => {
  test.each([
    ['2019-11', '2019-11'],
    ['2026-13', undefined],
    ['0000-00', undefined],
    ['0999-01', undefined],
    ['2019-1', undefined],
    ['2019-11-01', undefined],
    ['２０１９-11', undefined],
    ['', undefined],
  ])('%j is the month %s', (text, month) => expect(parseMonth(text)).toBe(month));

  test('go on over the year’s end', () => {
    expect(addMonths('2019-12', 1)).toBe('2020-01');
    expect(addMonths('2020-01', -1)).toBe('2019-12');
    expect(addMonths('2019-11', -11)).toBe('2018-12');
  });

  test.each([
    ['UTC', '2019-11', '2019-11-01T00:00:00.000Z', '2019-12-01T00:00:00.000Z'],
    // Fourteen hours ahead: the month is over while it is still noon of its last day in the east of America.
    ['Pacific/Kiritimati', '2019-11', '2019-10-31T10:00:00.000Z', '2019-11-30T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2019-11', '2019-11-01T11:00:00.000Z', '2019-12-01T11:00:00.000Z'],
    // The clocks change within the month.
    ['America/New_York', '2019-11', '2019-11-01T04:00:00.000Z', '2019-12-01T05:00:00.000Z'],
    ['Europe/Berlin', '2020-03', '2020-02-29T23:00:00.000Z', '2020-03-31T22:00:00.000Z'],
    // Midnight of the first did not exist: clocks went from 0:00 to 1:00.
    ['America/Asuncion', '2017-10', '2017-10-01T04:00:00.000Z', '2017-11-01T03:00:00.000Z'],
  ])('in %s %s lasts from %s to %s', (timeZone, month, from, until) => {
    expect(monthSpan(month, timeZone)).toEqual({ from: at(from), until: at(until) });
    expect(monthIn(at(from), timeZone)).toBe(month);
    expect(monthIn(new Date(at(until).getTime() - 1), timeZone)).toBe(month);
  });
});

describe('days', () => {
  const entry = (iso: string) => ({ at: at(iso) });

  test('what happened at 23:30 in Kiritimati stands on that day there, not on UTC’s', () => {
    const late = entry('2019-11-01T09:30:00.000Z');
    expect(byDay([late], 'Pacific/Kiritimati')).toEqual([{ day: '2019-11-01', entries: [late] }]);
    const early = entry('2019-11-01T10:30:00.000Z');
    expect(byDay([late, early], 'Pacific/Kiritimati').map(({ day }) => day)).toEqual([
      '2019-11-02',
      '2019-11-01',
    ]);
    expect(byDay([late, early], 'UTC')).toEqual([{ day: '2019-11-01', entries: [early, late] }]);
  });

  test('of a stretch each is told once, the quiet ones drawn together', () => {
    const span = recentSpan(at('2019-11-05T12:00:00.000Z'), 7, 'America/New_York');
    expect(span).toEqual({ from: at('2019-10-30T04:00:00.000Z'), until: at('2019-11-06T05:00:00.000Z') });
    const busy = entry('2019-11-03T05:59:00.000Z');
    expect(stretches([busy], span, 'America/New_York')).toEqual([
      { from: '2019-11-04', until: '2019-11-05' },
      { day: '2019-11-03', entries: [busy] },
      { from: '2019-10-30', until: '2019-11-02' },
    ]);
    expect(stretches([], span, 'America/New_York')).toEqual([{ from: '2019-10-30', until: '2019-11-05' }]);
    expect(stretches([entry('2019-11-06T04:59:59.999Z')], span, 'America/New_York')[0]).toMatchObject({
      day: '2019-11-05',
    });
  });
});

const store = await testStore();

async function ended(db: Database, from: string, until: string | null) {
  const { id } = await backfillIncident(
    db,
    operator,
    {
      title: `From ${from}`,
      nature: 'service',
      impact: 'minor',
      startedAt: at(from),
      updates: [
        { at: at(from), status: 'investigating', body: 'It is.' },
        ...(until ? [{ at: at(until), status: 'resolved' as const, body: 'Over.' }] : []),
      ],
    },
    at('2020-06-01T00:00:00.000Z'),
  );
  return id;
}

describe('the history', () => {
  test('of nothing has no beginning', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      await openIncident(db, editor, { title: 'A draft', nature: 'service', impact: 'minor' }, now);
      expect(await findHistoryStart(db)).toBeUndefined();
      expect(await listHistory(db, monthSpan('2019-11', 'UTC'))).toEqual({ carried: [], entries: [] });
    }));

  test('of a month has what began in it, and apart what lasted into it', () =>
    inRollback(store, async (db) => {
      await ended(db, '2019-09-10T00:00:00.000Z', '2019-10-31T23:59:59.999Z');
      await ended(db, '2019-09-11T00:00:00.000Z', '2019-11-01T00:00:00.000Z');
      await ended(db, '2019-10-12T00:00:00.000Z', null);
      await ended(db, '2019-11-01T00:00:00.000Z', '2019-11-02T00:00:00.000Z');
      await ended(db, '2019-11-30T23:59:59.999Z', null);
      await ended(db, '2019-12-01T00:00:00.000Z', null);
      const { entries, carried } = await listHistory(db, monthSpan('2019-11', 'UTC'));
      expect(entries.map((entry) => entry.at.toISOString())).toEqual([
        '2019-11-30T23:59:59.999Z',
        '2019-11-01T00:00:00.000Z',
      ]);
      expect(carried.map(({ title }) => title)).toEqual([
        'From 2019-10-12T00:00:00.000Z',
        'From 2019-09-11T00:00:00.000Z',
      ]);
      expect(await findHistoryStart(db)).toEqual(at('2019-09-10T00:00:00.000Z'));
    }));

  test('has statements and notices on the day they were published, drafts nowhere', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { editor, approver, owner } = people;
      const statement = await approvedStatement(db, people);
      const mailFrom = 'Status <status@site.example>';
      await publishStatement(db, owner, { statementId: statement.id, publicUrl, mailFrom }, later(60));
      const words = { title: 'New index', body: 'From then on.', effectiveAt: later(10_000) };
      const notice = await draftNotice(db, editor, words, now);
      await draftNotice(db, editor, { ...words, title: 'A draft' }, now);
      await publishNotice(db, approver, { noticeId: notice.id, publicUrl, draftBroadcast: false }, later(30));
      const { entries } = await listHistory(db, monthSpan('2019-11', 'UTC'));
      const told = entries.toSorted((a, b) => b.at.getTime() - a.at.getTime());
      expect(told.map((entry) => [entry.kind, entry.at])).toEqual([
        ['statement', later(60)],
        ['notice', later(30)],
        ['incident', now],
      ]);
      expect(await listHistory(db, monthSpan('2019-12', 'UTC'))).toMatchObject({
        entries: [],
        carried: [{ title: 'Addresses were visible' }],
      });
    }));
});
