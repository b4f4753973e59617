import { describe, expect, test } from 'vitest';
import { discardIncident, openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import {
  findIncident,
  listEndedIncidents,
  listIncidentsInFull,
  listOpenIncidents,
} from '#src/domain/incidents/queries.ts';
import {
  isEnded,
  nextStatuses,
  phaseTimes,
  statusAt,
  type IncidentStatus,
  type Nature,
} from '#src/domain/incidents/rules.ts';
import { addComponent, setComponentStatus } from '#src/domain/components/commands.ts';
import { draftFaq } from '#src/domain/faqs/commands.ts';
import { desk, evidenceKinds, importedList, later, now } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const service = { title: 'The API is slow', nature: 'service', impact: 'minor' } as const;

/** Each status a minute after the one before, the newest first. */
const timeline = (...statuses: IncidentStatus[]) =>
  statuses.map((status, minute) => ({ status, displayAt: later(minute) })).toReversed();

describe('when it was being watched and when it was over', () => {
  test.each([
    [['investigating'], null, null],
    [['investigating', 'monitoring'], 1, null],
    [['investigating', 'monitoring', 'monitoring'], 1, null],
    [['investigating', 'monitoring', 'resolved'], 1, 2],
    [['investigating', 'resolved', 'resolved', 'postmortem'], null, 1],
    [['monitoring', 'resolved', 'investigating'], null, null],
    [['monitoring', 'resolved', 'monitoring'], 2, null],
    [['monitoring', 'resolved', 'identified', 'monitoring', 'resolved'], 3, 4],
    [['investigating', 'contained', 'closed'], 1, 2],
    [['contained', 'closed', 'investigating', 'contained'], 3, null],
  ] as const)('%j: watched since minute %s, over since minute %s', (statuses, watched, over) => {
    const { monitoringAt, endedAt } = phaseTimes(timeline(...statuses));
    expect(monitoringAt).toEqual(watched === null ? null : later(watched));
    expect(endedAt).toEqual(over === null ? null : later(over));
  });

  test('what it was at a time is what the update before says, and before the first what that one says', () => {
    const updates = timeline('investigating', 'identified', 'resolved');
    expect(statusAt(updates, later(-5))).toBe('investigating');
    expect(statusAt(updates, later(1.5))).toBe('identified');
    expect(statusAt(updates, later(60))).toBe('resolved');
    expect(statusAt([], now)).toBeNull();
  });
});

const store = await testStore();

describe('the life of an incident', () => {
  test('however it goes, being open, its end and its list agree with the timeline', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const random = randomOf(20_191_101);
      for (let run = 0; run < 12; run += 1) {
        const nature: Nature = random(2) === 0 ? 'service' : 'data';
        const { id } = await openIncident(db, editor, { ...service, nature }, now);
        let status: IncidentStatus | null = null;
        for (let step = 0; step < 6; step += 1) {
          const next: IncidentStatus[] = nextStatuses(nature, status).filter((each) => each !== 'postmortem');
          if (next.length === 0) break;
          status = next[random(next.length)] as IncidentStatus;
          await postIncidentUpdate(
            db,
            editor,
            { incidentId: id, status, body: 'News.' },
            later(run * 10 + step),
          );
          const incident = await findIncident(db, id);
          expect(incident?.status).toBe(status);
          expect(incident?.endedAt).toEqual(phaseTimes(incident?.updates ?? []).endedAt);
        }
        const ids = (list: readonly { id: string }[]) => list.map((each) => each.id);
        const [home, away] = [await listOpenIncidents(db), await listEndedIncidents(db, 50)];
        expect(ids(isEnded(status) ? away : home)).toContain(id);
        expect(ids(isEnded(status) ? home : away)).not.toContain(id);
      }
    }));

  test('several are open at once, and what the components are is told by the update that said it', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const api = await addComponent(db, editor, { name: 'API' }, later(-60));
      const web = await addComponent(db, editor, { name: 'Web' }, later(-60));
      const slow = await openIncident(db, editor, service, now);
      const down = await openIncident(db, editor, { ...service, title: 'Down' }, now);
      const post = (
        incidentId: string,
        componentId: string,
        status: 'degraded_performance' | 'major_outage',
      ) =>
        postIncidentUpdate(
          db,
          editor,
          {
            incidentId,
            status: 'investigating',
            body: 'News.',
            componentStatuses: [{ componentId, status }],
          },
          now,
        );
      await post(slow.id, api.id, 'degraded_performance');
      await post(down.id, web.id, 'major_outage');
      await setComponentStatus(db, editor, { componentId: web.id, status: 'partial_outage' }, later(1));
      expect((await listOpenIncidents(db)).map(({ title, updates }) => [title, updates[0]?.changes])).toEqual(
        expect.arrayContaining([
          ['The API is slow', [expect.objectContaining({ name: 'API', before: 'operational' })]],
          ['Down', [expect.objectContaining({ name: 'Web', before: 'operational', after: 'major_outage' })]],
        ]),
      );
      const aboutWeb = await listIncidentsInFull(db, 10, { componentIds: [web.id] });
      expect(aboutWeb.map(({ title }) => title)).toEqual(['Down']);
      expect(await listIncidentsInFull(db, 10, { componentIds: [] })).toEqual([]);
    }));

  test('a draft can be discarded; what is public, and what something rests on, cannot', () =>
    inRollback(store, async (db) => {
      const { editor, viewer } = await desk(db);
      const draft = await openIncident(db, editor, service, now);
      const gone = { incidentId: draft.id };
      await expect(discardIncident(db, viewer, gone, now)).rejects.toMatchObject({ code: 'forbidden' });
      await discardIncident(db, editor, gone, now);
      expect(await findIncident(db, draft.id)).toBeUndefined();
      expect(await evidenceKinds(db)).toEqual(['incident_opened', 'incident_discarded']);

      const open = await openIncident(db, editor, service, now);
      await postIncidentUpdate(
        db,
        editor,
        { incidentId: open.id, status: 'investigating', body: 'It is.' },
        now,
      );
      const discarded = discardIncident(db, editor, { incidentId: open.id }, now);
      await expect(discarded).rejects.toMatchObject({ code: 'conflict' });

      const needed = await openIncident(db, editor, service, now);
      const faq = { category: 'You', question: 'Why?', answer: 'Because.', incidentId: needed.id };
      await draftFaq(db, editor, faq, now);
      await expect(discardIncident(db, editor, { incidentId: needed.id }, now)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('belongs to this draft'),
      });
    }));

  test('a title that shows an address is refused, one that the list contradicts before it is public', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const titled = (title: string) => openIncident(db, editor, { ...service, nature: 'data', title }, now);
      await expect(titled('anna@people.example saw it')).rejects.toMatchObject({ code: 'invalid' });
      const { id } = await titled('No personal data was disclosed');
      await importedList(db, id);
      const update = { incidentId: id, status: 'investigating', body: 'We look into it.' } as const;
      await expect(postIncidentUpdate(db, editor, update, now)).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('18,214'),
      });
    }));
});

/** The same numbers every time (a linear congruential generator). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
