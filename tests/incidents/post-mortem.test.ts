import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import type { StaffMember } from '#src/domain/actors.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { publishPostmortem, savePostmortem } from '#src/domain/incidents/postmortem-commands.ts';
import { findPostmortem, findPostmortemDraft } from '#src/domain/incidents/postmortems.ts';
import { findPublishedIncident } from '#src/domain/incidents/queries.ts';
import type { IncidentStatus, Nature } from '#src/domain/incidents/rules.ts';
import { desk, evidenceKinds, importedList, later, now, publicUrl, type Desk } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();

const text = {
  summary: 'A change of the settings was not tried out first.',
  whatHappened: 'The API refused every second order.',
  whyItHappened: 'The settings were written by hand.',
  whatWeDid: 'We took the change back.',
  whatWeChange: '1. Settings are tried out first.',
  authorName: 'Ines Okafor',
  authorTitle: 'Chief Operating Officer',
};

const ended = {
  service: ['investigating', 'resolved'],
  data: ['investigating', 'contained', 'closed'],
} as const satisfies Record<Nature, readonly IncidentStatus[]>;

async function endedIncident(db: Database, { editor }: Desk, nature: Nature = 'service') {
  const incident = await openIncident(db, editor, { title: 'Refused', nature, impact: 'major' }, now);
  for (const [index, status] of ended[nature].entries()) {
    await postIncidentUpdate(db, editor, { incidentId: incident.id, status, body: 'News.' }, later(index));
  }
  return incident;
}

const write = (db: Database, who: StaffMember, incidentId: string, changes: object = {}) =>
  savePostmortem(db, who, { incidentId, version: 0, text, changeSummary: '', ...changes }, later(10));

const publish = (db: Database, who: StaffMember, incidentId: string, version: number, minutes = 20) =>
  publishPostmortem(db, who, { incidentId, version, publicUrl }, later(minutes));

describe('a post-mortem', () => {
  test('published it moves a service incident on, with an update that leads to it', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await endedIncident(db, people);
      const { version } = await write(db, people.editor, id);
      expect(await findPostmortem(db, id)).toBeUndefined();
      expect(await findPublishedIncident(db, slug)).toMatchObject({ status: 'resolved' });
      await publish(db, people.approver, id, version);
      expect(await findPostmortem(db, id)).toMatchObject({ current: { number: 1, text }, revisions: [{}] });
      expect(await findPostmortemDraft(db, id)).toBeUndefined();
      const incident = await findPublishedIncident(db, slug);
      expect(incident).toMatchObject({ status: 'postmortem', endedAt: later(1), updatedAt: later(20) });
      expect(incident?.updates[0]?.body).toContain(`${publicUrl}/incidents/${slug}/post-mortem`);
      expect((await evidenceKinds(db)).at(-1)).toBe('postmortem_published');
    }));

  test('leaves a data incident closed', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await endedIncident(db, people, 'data');
      const { version } = await write(db, people.editor, id);
      await publish(db, people.approver, id, version);
      expect(await findPublishedIncident(db, slug)).toMatchObject({
        status: 'closed',
        updates: [{}, {}, {}],
      });
      expect(await findPostmortem(db, id)).toBeDefined();
    }));

  test('corrected it keeps what it said before, and says why; the incident gets no further update', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await endedIncident(db, people);
      await write(db, people.editor, id);
      await publish(db, people.approver, id, 1);
      const better = { ...text, whyItHappened: 'A program wrote the settings.' };
      await write(db, people.editor, id, { text: better });
      await expect(publish(db, people.approver, id, 1, 30)).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('what changes and why'),
      });
      const changeSummary = 'It was a program.';
      await write(db, people.editor, id, { version: 1, text: better, changeSummary });
      await publish(db, people.approver, id, 2, 40);
      expect(await findPostmortem(db, id)).toMatchObject({
        current: { number: 2, text: better, changeSummary },
        revisions: [{ number: 2 }, { number: 1, text, changeSummary: '' }],
      });
      expect((await findPublishedIncident(db, slug))?.updates).toHaveLength(3);
      expect((await evidenceKinds(db)).at(-1)).toBe('postmortem_corrected');
    }));

  test('is published by somebody who has not written on it, with the role approver', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await endedIncident(db, people);
      await write(db, people.editor, id);
      await write(db, people.approver, id, { version: 1 });
      await expect(publish(db, people.editor, id, 2)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(publish(db, people.approver, id, 2)).rejects.toMatchObject({ code: 'forbidden' });
      await publish(db, people.owner, id, 2);
      expect(await findPostmortem(db, id)).toBeDefined();
    }));

  test('comes when the incident is over: not before it, and the status not before the text', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { editor, approver } = people;
      const { id } = await endedIncident(db, people);
      const byHand = { incidentId: id, status: 'postmortem', body: 'Here.' } as const;
      await expect(postIncidentUpdate(db, editor, byHand, later(5))).rejects.toMatchObject({
        code: 'conflict',
      });
      await write(db, editor, id);
      await postIncidentUpdate(
        db,
        editor,
        { incidentId: id, status: 'investigating', body: 'Again.' },
        later(6),
      );
      await expect(publish(db, approver, id, 1)).rejects.toMatchObject({ code: 'conflict' });
    }));

  test('refused: unfinished, saved by somebody since, contradicted by the list', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { editor, approver } = people;
      const { id } = await endedIncident(db, people, 'data');
      await write(db, editor, id, { text: { ...text, whatWeChange: '', authorName: '' } });
      await expect(publish(db, approver, id, 1)).rejects.toMatchObject({
        code: 'invalid',
        message:
          'Still missing: “What we change”, who says it, with their role. Write it, or say that it is not known.',
      });
      await expect(write(db, editor, id, { version: 0 })).rejects.toMatchObject({ code: 'conflict' });
      const denial = { ...text, whatHappened: 'No personal data was disclosed.' };
      await write(db, editor, id, { version: 1, text: denial });
      await expect(publish(db, approver, id, 1)).rejects.toMatchObject({ code: 'conflict' });
      await importedList(db, id);
      await expect(publish(db, approver, id, 2)).rejects.toMatchObject({ code: 'invalid' });
    }));
});
