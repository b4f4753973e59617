import { describe, expect, test } from 'vitest';
import { incidentUpdateRevisions, postmortemRevisions } from '#db/schema/index.ts';
import { postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { correctIncidentUpdate } from '#src/domain/incidents/correction-commands.ts';
import { publishPostmortem, savePostmortem } from '#src/domain/incidents/postmortem-commands.ts';
import { findPostmortem } from '#src/domain/incidents/postmortems.ts';
import { getIncident } from '#src/domain/incidents/queries.ts';
import { redactPostmortem, redactUpdateCorrection } from '#src/domain/incidents/redaction.ts';
import { desk, evidenceKinds, later, publicIncident, publicUrl } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();
const reason = 'It named somebody who is not concerned.';

describe('redacting what was said before a correction', () => {
  test('of an update takes the text; the time and the reason of the correction stay', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await publicIncident(db, people);
      const [update] = (await getIncident(db, id)).updates;
      const updateId = update?.id ?? '';
      const put = { updateId, body: 'We look into it.', reason: 'It said too much.' };
      await correctIncidentUpdate(db, people.editor, put, later(5));
      const redact = (by = people.owner, number = 1) =>
        redactUpdateCorrection(db, by, { updateId, number, reason }, later(9));
      await expect(redact(people.approver)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(redact(people.owner, 2)).rejects.toMatchObject({ code: 'not_found' });
      await redact();
      const [shown] = (await getIncident(db, id)).updates;
      expect(shown).toMatchObject({
        body: 'We look into it.',
        corrections: [
          {
            body: '',
            reason: 'It said too much.',
            correctedAt: later(5),
            redaction: { at: later(9), reason },
          },
        ],
      });
      expect(JSON.stringify(await db.select().from(incidentUpdateRevisions))).not.toContain(update?.body);
      expect((await evidenceKinds(db)).at(-1)).toBe('incident_update_redacted');
      await expect(redact()).rejects.toMatchObject({ code: 'conflict' });
    }));

  test('of a post-mortem takes the earlier version, and never what holds now', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await publicIncident(db, people);
      for (const status of ['contained', 'closed'] as const) {
        await postIncidentUpdate(db, people.editor, { incidentId: id, status, body: 'Over.' }, later(1));
      }
      const text = {
        summary: 'Zwetschgenkuchen did it.',
        whatHappened: 'A.',
        whyItHappened: 'B.',
        whatWeDid: 'C.',
        whatWeChange: 'D.',
        authorName: 'Ines Okafor',
        authorTitle: 'Chief Operating Officer',
      };
      const say = async (summary: string, minutes: number) => {
        const draft = { incidentId: id, version: 0, text: { ...text, summary }, changeSummary: 'A name.' };
        const { version } = await savePostmortem(db, people.editor, draft, later(minutes));
        await publishPostmortem(db, people.approver, { incidentId: id, version, publicUrl }, later(minutes));
      };
      const redact = (by = people.owner) =>
        redactPostmortem(db, by, { incidentId: id, number: 1, reason }, later(20));
      await say(text.summary, 5);
      await expect(redact()).rejects.toMatchObject({ code: 'conflict' });
      await say('A program did it.', 10);
      await expect(redact(people.approver)).rejects.toMatchObject({ code: 'forbidden' });
      await redact();
      expect((await findPostmortem(db, id))?.revisions).toMatchObject([
        { number: 2, redaction: null, changeSummary: 'A name.' },
        { number: 1, text: { summary: '' }, publishedAt: later(5), redaction: { at: later(20), reason } },
      ]);
      expect(JSON.stringify(await db.select().from(postmortemRevisions))).not.toContain('Zwetschgenkuchen');
      await expect(redact()).rejects.toMatchObject({ code: 'conflict' });
    }));
});
