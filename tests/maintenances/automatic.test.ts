import { afterEach, describe, expect, test } from 'vitest';
import { and, eq, sql } from '#db/drizzle.ts';
import { evidence } from '#db/schema/index.ts';
import { advanceMaintenances } from '#src/domain/maintenances/advance.ts';
import { draftMaintenance } from '#src/domain/maintenances/commands.ts';
import { cancelMaintenance, extendMaintenance } from '#src/domain/maintenances/timeline-commands.ts';
import { getMaintenance } from '#src/domain/maintenances/queries.ts';
import { verifyEvidence } from '#src/domain/evidence/queries.ts';
import { desk, later } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { announced, letterhead, part, plan, statusOf, words, workAt } from './support.ts';

const store = await testStore();
const { db: outer } = store;
const keys = testKeys();

describe('by itself', () => {
  test('it starts when its time has come, and ends, each once', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const componentId = await part(db, editor, 'Payments');
      const { id } = await announced(db, editor, { componentIds: [componentId] });
      expect(await workAt(db, keys, later(59))).toBe(0);
      expect(await workAt(db, keys, later(60))).toBe(1);
      expect(await statusOf(db, componentId)).toBe('under_maintenance');
      expect(await workAt(db, keys, later(179))).toBe(0);
      expect(await workAt(db, keys, later(180))).toBe(1);
      expect(await workAt(db, keys, later(999))).toBe(0);
      const after = await getMaintenance(db, id);
      expect(after).toMatchObject({ state: 'completed', startedAt: later(60), endedAt: later(180) });
      expect(after.updates.map(({ body, authorId }) => [body, authorId])).toEqual([
        [words.completed, null],
        [words.started, null],
        [plan.description, editor.id],
      ]);
      expect(await statusOf(db, componentId)).toBe('operational');
    });
  });

  test('after a pause everything that was missed happens, in the order of its times', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const componentId = await part(db, editor, 'Payments');
      const input = { componentIds: [componentId] };
      const second = { ...input, scheduledFor: later(170), scheduledUntil: later(200) };
      const running = { ...input, scheduledFor: later(190), scheduledUntil: later(2000) };
      const ids = [
        (await announced(db, editor, second)).id,
        (await announced(db, editor, input)).id,
        (await announced(db, editor, running)).id,
      ];
      expect(await workAt(db, keys, later(500))).toBe(5);
      const states: string[] = [];
      for (const id of ids) states.push((await getMaintenance(db, id)).state);
      expect(states).toEqual(['completed', 'completed', 'in_progress']);
      expect(await statusOf(db, componentId)).toBe('under_maintenance');
      const rows = await db
        .select({ details: evidence.details, subject: evidence.subject })
        .from(evidence)
        .where(and(eq(evidence.kind, 'maintenance_updated'), eq(evidence.actor, 'worker')))
        .orderBy(evidence.number);
      const [b, a, c] = ids.map((id) => `maintenance:${id}`);
      expect(rows.map(({ details, subject }) => ({ status: details.status, subject }))).toEqual([
        { status: 'in_progress', subject: a },
        { status: 'in_progress', subject: b },
        { status: 'completed', subject: a },
        { status: 'in_progress', subject: c },
        { status: 'completed', subject: b },
      ]);
    });
  });

  test('a later end holds, and what is a draft or called off never starts', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id: maintenanceId } = await announced(db, editor);
      const draft = await draftMaintenance(db, editor, plan, later(0));
      const called = await announced(db, editor);
      await cancelMaintenance(db, editor, { maintenanceId: called.id, reason: 'No disks.' }, later(1));
      await workAt(db, keys, later(60));
      const extension = { maintenanceId, scheduledUntil: later(400), body: '' };
      await extendMaintenance(db, editor, extension, words, later(100));
      expect(await workAt(db, keys, later(399))).toBe(0);
      expect(await workAt(db, keys, later(400))).toBe(1);
      expect((await getMaintenance(db, draft.id)).state).toBe('draft');
      const { state, updates } = await getMaintenance(db, called.id);
      expect([state, updates.length]).toEqual(['cancelled', 2]);
    });
  });

  test('a turn that dies halfway leaves nothing behind, and the next one does it all', async () => {
    await inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const componentId = await part(db, editor, 'Payments');
      const { id } = await announced(db, editor, { componentIds: [componentId] });
      const dying = db.transaction(async (tx) => {
        await advanceMaintenances(tx, { keys, letterhead }, words, later(60));
        throw new Error('killed');
      });
      await expect(dying).rejects.toThrow('killed');
      expect((await getMaintenance(db, id)).state).toBe('scheduled');
      expect(await statusOf(db, componentId)).toBe('operational');
      await workAt(db, keys, later(60));
      const { state, updates } = await getMaintenance(db, id);
      expect([state, updates.length]).toEqual(['in_progress', 2]);
    });
  });
});

describe('several workers at once', () => {
  afterEach(async () => {
    await outer.execute(
      sql`truncate maintenances, maintenance_components, maintenance_updates, evidence, press_versions cascade`,
    );
  });

  test('do each thing once', async () => {
    const { editor } = await desk(outer);
    const componentId = await part(outer, editor, 'Payments');
    const ids: string[] = [];
    for (let index = 0; index < 8; index += 1) {
      ids.push((await announced(outer, editor, { componentIds: index % 2 ? [componentId] : [] })).id);
    }
    const turns = await Promise.all(Array.from({ length: 3 }, () => workAt(outer, keys, later(300))));
    // One that found everything in other hands may have left early: the next turn does the rest.
    const rest = await workAt(outer, keys, later(300));
    expect(turns.reduce((sum, each) => sum + each, rest)).toBe(16);
    for (const id of ids) {
      const { state, updates } = await getMaintenance(outer, id);
      expect([state, updates.map(({ status }) => status)]).toEqual([
        'completed',
        ['completed', 'in_progress', 'scheduled'],
      ]);
    }
    expect(await statusOf(outer, componentId)).toBe('operational');
    expect(await verifyEvidence(outer)).toMatchObject({ ok: true });
  });
});
