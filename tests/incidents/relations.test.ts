import { describe, expect, test } from 'vitest';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { findPublishedIncident } from '#src/domain/incidents/queries.ts';
import { relateIncidents } from '#src/domain/incidents/relation-commands.ts';
import { listPublicRelations, listRelations } from '#src/domain/incidents/relations.ts';
import { relationKinds } from '#src/domain/incidents/rules.ts';
import { desk, later, now, publicIncident, type Desk } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import type { Database } from '#db/client.ts';

const store = await testStore();

const takeover = { title: 'Our account was taken over', nature: 'service', impact: 'minor' } as const;

async function twoIncidents(db: Database) {
  const people = await desk(db);
  const leak = await publicIncident(db, people);
  const other = await openIncident(db, people.editor, takeover, now);
  return { people, leak, other };
}

async function publish(db: Database, { editor }: Desk, incidentId: string, minutes: number) {
  await postIncidentUpdate(
    db,
    editor,
    { incidentId, status: 'investigating', body: 'It is.' },
    later(minutes),
  );
}

const shownBy = async (db: Database, slug: string) => {
  const incident = await findPublishedIncident(db, slug);
  return incident ? listPublicRelations(db, incident) : [];
};

describe('how two incidents relate', () => {
  test.each([
    ['caused_by', 'caused_by', 'caused'],
    ['part_of', 'part_of', 'has_part'],
    ['related', 'related', 'related'],
    ['unrelated', 'unrelated', 'unrelated'],
  ] as const)('%s is said on both pages, on each from its side', (kind, here, there) =>
    inRollback(store, async (db) => {
      const { people, leak, other } = await twoIncidents(db);
      await publish(db, people, other.id, 1);
      const reason = 'Another system, another way in.';
      const relation = { incidentId: leak.id, otherId: other.id, kind, reason };
      await relateIncidents(db, people.editor, relation, later(2));
      expect(await shownBy(db, leak.slug)).toMatchObject([
        { said: here, reason, other: { slug: other.slug } },
      ]);
      expect(await shownBy(db, other.slug)).toMatchObject([
        { said: there, reason, other: { slug: leak.slug } },
      ]);
    }),
  );

  test('is public only when both are', () =>
    inRollback(store, async (db) => {
      const { people, leak, other } = await twoIncidents(db);
      const relation = { incidentId: other.id, otherId: leak.id, kind: 'related', reason: '' } as const;
      await relateIncidents(db, people.editor, relation, later(1));
      expect(await shownBy(db, leak.slug)).toEqual([]);
      expect(await listRelations(db, leak.id)).toHaveLength(1);
      expect(await listPublicRelations(db, { id: other.id, publishedAt: null })).toEqual([]);
      await publish(db, people, other.id, 2);
      expect(await shownBy(db, leak.slug)).toMatchObject([{ said: 'related', before: [] }]);
      expect(await shownBy(db, other.slug)).toHaveLength(1);
    }));

  test('said anew it replaces what was said, which stays visible if it was public', () =>
    inRollback(store, async (db) => {
      const { people, leak, other } = await twoIncidents(db);
      const say = (kind: (typeof relationKinds)[number], reason: string, minutes: number) =>
        relateIncidents(
          db,
          people.editor,
          { incidentId: leak.id, otherId: other.id, kind, reason },
          later(minutes),
        );
      await say('part_of', 'A first guess that nobody saw.', 1);
      await say('unrelated', 'Another system.', 2);
      await publish(db, people, other.id, 3);
      await say('related', 'One person did both.', 4);
      const [shown, ...more] = await shownBy(db, other.slug);
      expect(more).toEqual([]);
      expect(shown).toMatchObject({
        said: 'related',
        reason: 'One person did both.',
        before: [{ said: 'unrelated', reason: 'Another system.' }],
      });
    }));

  test('refused: with itself, unrelated without a reason, said already, with an address, by a viewer, an unknown one', () =>
    inRollback(store, async (db) => {
      const { people, leak, other } = await twoIncidents(db);
      const relation = { incidentId: leak.id, otherId: other.id, kind: 'unrelated', reason: 'Why.' } as const;
      const say = (changes: object, who = people.editor) =>
        relateIncidents(db, who, { ...relation, ...changes }, now);
      await expect(say({ otherId: leak.id })).rejects.toMatchObject({ code: 'invalid' });
      await expect(say({ reason: '' })).rejects.toMatchObject({ code: 'invalid' });
      await expect(say({ reason: 'dora@people.example did it' })).rejects.toMatchObject({ code: 'invalid' });
      await expect(say({}, people.viewer)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(say({ otherId: 'nothing' })).rejects.toMatchObject({ code: 'not_found' });
      await say({});
      await expect(say({})).rejects.toMatchObject({ code: 'conflict' });
      expect(await listRelations(db, leak.id)).toHaveLength(1);
    }));
});
