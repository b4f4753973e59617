import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { broadcasts, pressVersions, site, statementDrafts, statementRevisions } from '#db/schema/index.ts';
import { openIncident } from '#src/domain/incidents/commands.ts';
import { approveStatement } from '#src/domain/statements/approval-commands.ts';
import { publishStatement } from '#src/domain/statements/commands.ts';
import { draftStatement, submitStatement } from '#src/domain/statements/draft-commands.ts';
import { getStatement } from '#src/domain/statements/drafts.ts';
import { findPublishedStatement } from '#src/domain/statements/queries.ts';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import {
  approvedStatement,
  completeText,
  desk,
  evidenceKinds,
  importedList,
  later,
  now,
  publicUrl,
} from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { publishedStatement } from './support.ts';

const store = await testStore();

describe('publishing', () => {
  test('makes the text public, chains it, and drafts the update to subscribers', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug, published } = await publishedStatement(db, people);
      const found = await findPublishedStatement(db, slug);
      expect(found).toMatchObject({
        id,
        current: {
          number: 1,
          kind: 'published',
          text: completeText,
          previousHash: null,
          publishedAt: later(10),
        },
      });
      expect(published.broadcasts.map(({ purpose }) => purpose)).toEqual(['update']);
      expect(await db.select().from(broadcasts)).toMatchObject([
        {
          purpose: 'update',
          state: 'draft',
          aboutKind: 'statement_revision',
          aboutId: found?.current.id,
          audience: { kind: 'subscribers', topic: 'statements' },
          draftedBy: people.approver.id,
          content: {
            title: completeText.title,
            summary: completeText.summary,
            permalink: `${publicUrl}/statements/${slug}/revisions/1`,
            byline: 'Ines Okafor, Chief Operating Officer · 4 November 2019, 09:10 UTC',
            html: expect.stringContaining('<h2>What you can do</h2>\n<ol>'),
            text: expect.stringContaining('What you can do\n---------------\n\n1. Delete the mail.'),
          },
        },
      ]);
      expect(await evidenceKinds(db)).toEqual([
        'incident_opened',
        'incident_updated',
        'statement_drafted',
        'statement_submitted',
        'statement_approved',
        'statement_published',
        'broadcast_drafted',
      ]);
      expect(await verifyEvidence(db)).toMatchObject({ ok: true, entries: 7 });
      const [version] = await db
        .select()
        .from(pressVersions)
        .where(eq(pressVersions.dependency, 'statements'));
      expect(version?.version).toBe(1);
      expect(await getStatement(db, id)).toMatchObject({ state: 'published', draft: null });
    }));

  test('with an imported list there is a second draft: the duty to everybody exposed', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, incident } = await approvedStatement(db, people);
      await importedList(db, incident.id);
      const { broadcasts: drafts } = await publishStatement(
        db,
        people.approver,
        { statementId: id, publicUrl },
        later(1),
      );
      expect(drafts.map(({ purpose }) => purpose)).toEqual(['duty', 'update']);
      const rows = await db
        .select({ purpose: broadcasts.purpose, audience: broadcasts.audience })
        .from(broadcasts);
      expect(rows).toContainEqual({
        purpose: 'duty',
        audience: { kind: 'exposed', incidentId: incident.id },
      });
    }));

  test('a list imported after the approval is held against the text once more', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, incident } = await approvedStatement(db, people, {
        summary: 'Customer data was not affected.',
      } as never);
      await importedList(db, incident.id);
      const publish = publishStatement(db, people.approver, { statementId: id, publicUrl }, later(1));
      await expect(publish).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('18,214'),
      });
      expect(await db.select().from(statementRevisions)).toEqual([]);
    }));

  test('is refused below approver, without an approval, twice, and while the incident is a draft', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id } = await approvedStatement(db, people);
      const input = { statementId: id, publicUrl };
      await expect(publishStatement(db, people.editor, input, now)).rejects.toMatchObject({
        code: 'forbidden',
      });
      await publishStatement(db, people.approver, input, now);
      await expect(publishStatement(db, people.approver, input, now)).rejects.toMatchObject({
        code: 'conflict',
      });
      await expect(
        publishStatement(db, people.approver, { ...input, statementId: 'nothing' }, now),
      ).rejects.toMatchObject({ code: 'not_found' });

      const hidden = await openIncident(
        db,
        people.editor,
        { title: 'Hidden', nature: 'data', impact: 'minor' },
        now,
      );
      const about = {
        incidentId: hidden.id,
        kind: 'first_account',
        title: 'About it',
        text: completeText,
      } as const;
      const early = await draftStatement(db, people.editor, about, now);
      const draft = { statementId: early.id, version: 1 };
      await submitStatement(db, people.editor, draft, now);
      const unapproved = publishStatement(db, people.approver, { ...input, statementId: early.id }, now);
      await expect(unapproved).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('approved'),
      });
      await approveStatement(db, people.approver, draft, now);
      const unannounced = publishStatement(db, people.approver, { ...input, statementId: early.id }, now);
      await expect(unannounced).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('first update'),
      });
    }));

  test('when the broadcast cannot be drafted nothing is published', () =>
    inRollback(store, async (db) => {
      const people = await desk(db);
      const { id, slug } = await approvedStatement(db, people);
      const before = await evidenceKinds(db);
      // The site's zone is not one: the byline of the broadcast cannot be written.
      await db.insert(site).values({
        name: 'S',
        legalEntity: '',
        contactEmail: '',
        pressContact: '',
        timeZone: 'Nowhere/At_All',
        language: 'en',
        languages: [],
        updatedAt: now,
      });
      await expect(
        publishStatement(db, people.approver, { statementId: id, publicUrl }, now),
      ).rejects.toThrow(RangeError);
      expect(await findPublishedStatement(db, slug)).toBeUndefined();
      expect(await db.select().from(broadcasts)).toEqual([]);
      expect(await db.select().from(statementDrafts)).toHaveLength(1);
      expect(await evidenceKinds(db)).toEqual(before);
      expect(await db.select().from(pressVersions).where(eq(pressVersions.dependency, 'statements'))).toEqual(
        [],
      );
    }));
});
