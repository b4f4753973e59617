import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { operator } from '#src/domain/actors.ts';
import { addComponent, setComponentStatus } from '#src/domain/components/commands.ts';
import { findMonth, listRecentDays } from '#src/domain/history/queries.ts';
import { stretches } from '#src/domain/history/rules.ts';
import { backfillIncident } from '#src/domain/incidents/backfill-commands.ts';
import { correctIncidentUpdate } from '#src/domain/incidents/correction-commands.ts';
import { getIncident } from '#src/domain/incidents/queries.ts';
import { draftNotice, publishNotice } from '#src/domain/notices/commands.ts';
import { publishStatement, withdrawStatement } from '#src/domain/statements/commands.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { approvedStatement, desk, later, now, publicUrl } from '#tests/support/desk.ts';

const at = (iso: string) => new Date(iso);
const store = await testStore();
const afterwards = at('2019-11-05T12:00:00.000Z');

/** Each day of the last five, the quiet ones drawn together, in short. */
async function told(db: Database, { at: moment = afterwards, timeZone = 'UTC', days = 5 } = {}) {
  const { entries, lines, span } = await listRecentDays(db, { now: moment, days, timeZone });
  return stretches([...entries, ...lines], span, timeZone).map((stretch) =>
    'day' in stretch
      ? `${stretch.day}: ${stretch.entries.map(inShort).join(', ')}`
      : `quiet from ${stretch.from} to ${stretch.until}`,
  );
}

type Told = Awaited<ReturnType<typeof listRecentDays>>;

function inShort(entry: Told['entries'][number] | Told['lines'][number]): string {
  if (entry.kind === 'line') return `${entry.word} ${entry.title}`;
  if (entry.kind === 'components') return `below: ${entry.names.join(' and ')}`;
  if (entry.kind === 'statement') return `statement ${entry.statement.state}`;
  return entry.kind;
}

async function lasted(db: Database, from: string, until: string | null, backfilledAt = at(from)) {
  const updates = [
    { at: at(from), status: 'investigating' as const, body: 'It is.' },
    ...(until ? [{ at: at(until), status: 'resolved' as const, body: 'Over.' }] : []),
  ];
  const incident = { title: 'it', nature: 'service', impact: 'minor', startedAt: at(from), updates } as const;
  return backfillIncident(db, operator, incident, until ? at(until) : backfilledAt);
}

describe('of the last days', () => {
  test('all of them are quiet where nothing happened', () =>
    inRollback(store, async (db) => {
      await addComponent(db, operator, { name: 'API' }, at('2019-10-01T00:00:00.000Z'));
      expect(await told(db)).toEqual(['quiet from 2019-11-01 to 2019-11-05']);
    }));

  test('none is quiet while an incident of before them is open', () =>
    inRollback(store, async (db) => {
      await lasted(db, '2019-10-20T08:00:00.000Z', null);
      expect(await told(db)).toEqual([
        '2019-11-05: continuing it',
        '2019-11-04: continuing it',
        '2019-11-03: continuing it',
        '2019-11-02: continuing it',
        '2019-11-01: continuing it',
      ]);
    }));

  test('each tells of an incident that lasted over several, once', () =>
    inRollback(store, async (db) => {
      await lasted(db, '2019-11-02T08:00:00.000Z', '2019-11-04T09:00:00.000Z');
      expect(await told(db)).toEqual([
        'quiet from 2019-11-05 to 2019-11-05',
        // Added on the day on which it ended.
        '2019-11-04: ended it',
        '2019-11-03: continuing it',
        '2019-11-02: incident',
        'quiet from 2019-11-01 to 2019-11-01',
      ]);
    }));

  test('those on which a component was below operational without an incident name it', () =>
    inRollback(store, async (db) => {
      const begin = at('2019-10-01T00:00:00.000Z');
      const { id: componentId } = await addComponent(db, operator, { name: 'API' }, begin);
      const set = (status: 'degraded_performance' | 'operational', iso: string) =>
        setComponentStatus(db, operator, { componentId, status }, at(iso));
      await set('degraded_performance', '2019-10-31T12:00:00.000Z');
      await set('operational', '2019-11-02T00:00:00.000Z');
      await set('degraded_performance', '2019-11-04T23:59:59.000Z');
      expect(await told(db)).toEqual([
        '2019-11-05: below: API',
        '2019-11-04: below: API',
        'quiet from 2019-11-02 to 2019-11-03',
        '2019-11-01: below: API',
      ]);
    }));

  test('that of a zone begins and ends with its own midnight', () =>
    inRollback(store, async (db) => {
      await lasted(db, '2019-11-02T09:59:00.000Z', '2019-11-03T10:00:00.000Z');
      const zoned = { at: at('2019-11-03T12:00:00.000Z'), days: 4 };
      // Fourteen hours ahead: it is the 4th there, and midnight was at 10:00.
      expect(await told(db, { ...zoned, timeZone: 'Pacific/Kiritimati' })).toEqual([
        '2019-11-04: ended it',
        '2019-11-03: continuing it',
        '2019-11-02: incident',
        'quiet from 2019-11-01 to 2019-11-01',
      ]);
      // Eleven hours behind, midnight is at 11:00.
      expect(await told(db, { ...zoned, timeZone: 'Pacific/Pago_Pago' })).toEqual([
        'quiet from 2019-11-03 to 2019-11-03',
        '2019-11-02: ended it',
        '2019-11-01: incident',
        'quiet from 2019-10-31 to 2019-10-31',
      ]);
    }));

  test('that on which an ended incident’s words were put right tells of it', () =>
    inRollback(store, async (db) => {
      const { id } = await lasted(db, '2019-11-01T08:00:00.000Z', '2019-11-01T09:00:00.000Z');
      const updateId = (await getIncident(db, id)).updates[0]?.id ?? '';
      const change = { incidentId: id, updateId, body: 'It was.', reason: 'A word was wrong in it.' };
      await correctIncidentUpdate(db, operator, change, at('2019-11-04T09:00:00.000Z'));
      expect(await told(db)).toEqual([
        'quiet from 2019-11-05 to 2019-11-05',
        '2019-11-04: updated it',
        'quiet from 2019-11-02 to 2019-11-03',
        '2019-11-01: incident',
      ]);
    }));

  test('those on which something was published or withdrawn say so', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id: statementId } = await approvedStatement(db, people);
      await publishStatement(db, people.approver, { statementId, publicUrl }, later(10));
      const withdrawal = { statementId, reason: 'It was about another company.', publicUrl };
      await withdrawStatement(db, people.approver, withdrawal, later(2 * 1440));
      const notice = await draftNotice(
        db,
        people.editor,
        { title: 'New index', body: 'From then on.', effectiveAt: later(10_000) },
        now,
      );
      const publication = { noticeId: notice.id, publicUrl, draftBroadcast: false };
      await publishNotice(db, people.approver, publication, later(1440));
      expect(await told(db, { at: later(3 * 1440), days: 4 })).toEqual([
        '2019-11-07: continuing Addresses were visible',
        '2019-11-06: statement withdrawn, continuing Addresses were visible',
        '2019-11-05: notice, continuing Addresses were visible',
        '2019-11-04: statement withdrawn, incident',
      ]);
    }));
});

describe('a month in which nothing began', () => {
  const month = (db: Database) => findMonth(db, { month: '2019-10', now: afterwards, timeZone: 'UTC' });

  test('tells of the components that did not run as they should', () =>
    inRollback(store, async (db) => {
      await lasted(db, '2019-09-01T00:00:00.000Z', '2019-09-01T01:00:00.000Z');
      const begin = at('2019-09-01T00:00:00.000Z');
      const { id: componentId } = await addComponent(db, operator, { name: 'API' }, begin);
      expect((await month(db))?.lines).toEqual([]);
      await setComponentStatus(
        db,
        operator,
        { componentId, status: 'partial_outage' },
        at('2019-10-30T23:00:00.000Z'),
      );
      expect((await month(db))?.lines).toEqual([
        { kind: 'components', at: at('2019-10-30T00:00:00.000Z'), names: ['API'] },
        { kind: 'components', at: at('2019-10-31T00:00:00.000Z'), names: ['API'] },
      ]);
    }));
});
