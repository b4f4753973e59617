import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import { listVersions } from '#src/domain/editions.ts';
import { postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { publishStatement, withdrawStatement } from '#src/domain/statements/commands.ts';
import { listOutstandingPromises } from '#src/domain/statements/outstanding.ts';
import { findMissedPromises, findPromise } from '#src/domain/statements/promises.ts';
import { findPublishedStatement } from '#src/domain/statements/queries.ts';
import { approvedStatement, desk, evidenceKinds, later, publicUrl, type Desk } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { correct } from './support.ts';

const store = await testStore();
const due = later(60);

async function promising(db: Database, people: Desk) {
  const statement = await approvedStatement(db, people, { nextUpdateAt: due.toISOString() } as never);
  await publishStatement(db, people.approver, { statementId: statement.id, publicUrl }, later(10));
  return statement;
}

async function promiseOf(db: Database, slug: string) {
  const found = await findPublishedStatement(db, slug);
  return found && findPromise(db, found);
}

describe('a promised update', () => {
  test('that has not come is found once, and its page says so from then on', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { slug } = await promising(db, people);
      expect(await findMissedPromises(db, later(59))).toBe(0);
      expect(await promiseOf(db, slug)).toEqual({ by: due, keptAt: null, missedAt: null });
      const before = (await listVersions(db, [`statement:${slug}`])).get(`statement:${slug}`) ?? 0;
      expect(await findMissedPromises(db, later(60))).toBe(1);
      expect(await findMissedPromises(db, later(61))).toBe(0);
      expect(await promiseOf(db, slug)).toEqual({ by: due, keptAt: null, missedAt: later(60) });
      expect((await evidenceKinds(db)).filter((kind) => kind === 'promise_missed')).toHaveLength(1);
      expect((await listVersions(db, [`statement:${slug}`])).get(`statement:${slug}`)).toBe(before + 1);
    }));

  test('is kept by an update of the incident', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { slug, incident } = await promising(db, people);
      const update = { incidentId: incident.id, status: 'identified', body: 'Here is more.' } as const;
      await postIncidentUpdate(db, people.editor, update, later(30));
      expect(await findMissedPromises(db, later(90))).toBe(0);
      expect(await promiseOf(db, slug)).toEqual({ by: due, keptAt: later(30), missedAt: null });
    }));

  test('is outstanding, missed or not, until something is told of the incident', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, incident, slug } = await promising(db, people);
      const promise = { incidentId: incident.id, statementId: id, by: due, estimated: false };
      expect(await listOutstandingPromises(db)).toMatchObject([{ ...promise, missedAt: null }]);
      await findMissedPromises(db, later(61));
      expect(await listOutstandingPromises(db, [incident.id])).toMatchObject([
        { ...promise, missedAt: later(61) },
      ]);
      expect(await listOutstandingPromises(db, ['another'])).toEqual([]);
      const before = (await listVersions(db, [`statement:${slug}`])).get(`statement:${slug}`) ?? 0;
      const update = { incidentId: incident.id, status: 'identified', body: 'Here is more.' } as const;
      await postIncidentUpdate(db, people.editor, update, later(70));
      expect(await listOutstandingPromises(db)).toEqual([]);
      // Its page says that the update has come.
      expect((await listVersions(db, [`statement:${slug}`])).get(`statement:${slug}`)).toBe(before + 1);
    }));

  test('that came late was missed, and has come', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { slug, incident } = await promising(db, people);
      await findMissedPromises(db, later(61));
      const update = { incidentId: incident.id, status: 'identified', body: 'Here is more.' } as const;
      await postIncidentUpdate(db, people.editor, update, later(70));
      expect(await promiseOf(db, slug)).toEqual({ by: due, keptAt: later(70), missedAt: later(61) });
    }));

  test('is nobody’s any more once the statement is corrected or withdrawn', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await promising(db, people);
      await correct(db, people, id, 'A newer summary.', 30);
      expect(await findMissedPromises(db, later(90))).toBe(0);
      const reason = 'It was about another company.';
      await withdrawStatement(db, people.approver, { statementId: id, reason, publicUrl }, later(40));
      expect(await findMissedPromises(db, later(100_000))).toBe(0);
      expect(await promiseOf(db, slug)).toBeNull();
    }));
});
