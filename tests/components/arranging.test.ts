import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import {
  editComponent,
  moveComponent,
  restoreComponent,
  retireComponent,
} from '#src/domain/components/arranging.ts';
import { addComponent, addComponentGroup, setComponentStatus } from '#src/domain/components/commands.ts';
import { branches, groupsOf, listComponents, listRetiredComponents } from '#src/domain/components/queries.ts';
import { levelsWith, rowsOf } from '#src/domain/components/tree.ts';
import { operator } from '#src/domain/actors.ts';
import { desk, evidenceKinds, later, now } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const store = await testStore();
const group = async (db: Database, name: string, groupId?: string) =>
  (await addComponentGroup(db, operator, { name, groupId: groupId ?? null }, now)).id;
const part = async (db: Database, name: string, groupId?: string) =>
  (await addComponent(db, operator, { name, groupId: groupId ?? null }, now)).id;
const put = (db: Database, componentId: string, groupId: string | null) =>
  editComponent(db, operator, { componentId, name: 'Moved', description: '', groupId }, later(1));
const order = async (db: Database) =>
  (await listComponents(db)).map(({ name, position }) => `${position} ${name}`);

describe('nested groups', () => {
  test('are listed before what stands in them, each level counted from 1', () =>
    inRollback(store, async (db) => {
      const trading = await group(db, 'Trading');
      await part(db, 'Mail');
      const europe = await group(db, 'Europe', trading);
      await part(db, 'Engine', trading);
      const madrid = await part(db, 'Madrid', europe);
      await setComponentStatus(db, operator, { componentId: madrid, status: 'partial_outage' }, later(1));
      expect(await order(db)).toEqual(['1 Trading', '1 Europe', '1 Madrid', '2 Engine', '2 Mail']);
      const all = await listComponents(db);
      expect(all.map(({ status }) => status)).toEqual([
        'partial_outage',
        'partial_outage',
        'partial_outage',
        'operational',
        'operational',
      ]);
      expect(rowsOf(branches(all)).map(({ level }) => level)).toEqual([1, 2, 3, 2, 1]);
      expect(groupsOf(all).map(({ group: { name }, level }) => [name, level])).toEqual([
        ['Trading', 1],
        ['Europe', 2],
      ]);
    }));

  test('never stand in themselves, nor deeper than three levels', () =>
    inRollback(store, async (db) => {
      const [a, b] = [await group(db, 'A'), await group(db, 'B')];
      await put(db, b, a);
      await expect(put(db, a, a)).rejects.toMatchObject({ code: 'invalid' });
      await expect(put(db, a, b)).rejects.toMatchObject({ code: 'invalid' });
      await part(db, 'Deep', b);
      const c = await group(db, 'C');
      await expect(put(db, a, c)).rejects.toMatchObject({ code: 'invalid' });
      await expect(group(db, 'D', b).then((id) => part(db, 'Deeper', id))).rejects.toMatchObject({
        code: 'invalid',
      });
      await expect(put(db, c, 'nothing')).rejects.toMatchObject({ code: 'not_found' });
    }));

  test('the levels are those of the longest way down', () => {
    const anyForest = fc.array(fc.nat({ max: 20 }), { maxLength: 20 }).map((parents) =>
      // Each names one before it, or none: there is no circle to begin with.
      parents.map((parent, index) => ({
        id: String(index),
        groupId: parent < index ? String(parent) : null,
      })),
    );
    fc.assert(
      fc.property(anyForest, fc.nat(), fc.nat(), (all, a, b) => {
        fc.pre(all.length > 0);
        const moved = String(a % all.length);
        const target = String(b % all.length);
        const parentOf = (id: string | null) => all.find((each) => each.id === id)?.groupId ?? null;
        const wayUp = (id: string | null): string[] => (id === null ? [] : [id, ...wayUp(parentOf(id))]);
        const below = all.filter(({ id }) => wayUp(id).includes(moved));
        const height = Math.max(...below.map(({ id }) => wayUp(id).indexOf(moved) + 1));
        const expected = wayUp(target).includes(moved) ? undefined : wayUp(target).length + height;
        expect(levelsWith(moved, target, all)).toBe(expected);
        expect(levelsWith(moved, null, all)).toBe(height);
      }),
    );
  });
});

describe('the order', () => {
  test('changes by one place among those of the same group, and not beyond its ends', () =>
    inRollback(store, async (db) => {
      const trading = await group(db, 'Trading');
      const [engine, feed] = [await part(db, 'Engine', trading), await part(db, 'Feed', trading)];
      await part(db, 'Mail');
      const move = (componentId: string, direction: 'up' | 'down') =>
        moveComponent(db, operator, { componentId, direction }, later(1));
      await move(feed, 'up');
      expect(await order(db)).toEqual(['1 Trading', '1 Feed', '2 Engine', '2 Mail']);
      await move(feed, 'up');
      await move(engine, 'down');
      await move(trading, 'down');
      expect(await order(db)).toEqual(['1 Mail', '2 Trading', '1 Feed', '2 Engine']);
      expect((await evidenceKinds(db)).filter((kind) => kind === 'component_moved')).toHaveLength(2);
    }));

  test('a component that goes to another group stands last there', () =>
    inRollback(store, async (db) => {
      const trading = await group(db, 'Trading');
      await part(db, 'Engine', trading);
      const mail = await part(db, 'Mail');
      await put(db, mail, trading);
      expect(await order(db)).toEqual(['1 Trading', '1 Engine', '2 Moved']);
    }));
});

describe('out of view', () => {
  test('a component is in no list and keeps its history; it comes back with the status it had', () =>
    inRollback(store, async (db) => {
      const componentId = await part(db, 'Mail');
      await part(db, 'API');
      await setComponentStatus(db, operator, { componentId, status: 'degraded_performance' }, later(1));
      await retireComponent(db, operator, componentId, later(2));
      expect(await order(db)).toEqual(['1 API']);
      expect(await listRetiredComponents(db)).toMatchObject([{ name: 'Mail', retiredAt: later(2) }]);
      await expect(put(db, componentId, null)).rejects.toMatchObject({ code: 'conflict' });
      await restoreComponent(db, operator, componentId, later(3));
      expect(await listComponents(db)).toMatchObject([
        { name: 'API' },
        { name: 'Mail', status: 'degraded_performance', since: later(1) },
      ]);
      expect((await evidenceKinds(db)).slice(-2)).toEqual(['component_retired', 'component_restored']);
    }));

  test('a group goes only when nothing stands in it, and what stood in it comes back after it', () =>
    inRollback(store, async (db) => {
      const trading = await group(db, 'Trading');
      const engine = await part(db, 'Engine', trading);
      const retire = (id: string) => retireComponent(db, operator, id, later(1));
      await expect(retire(trading)).rejects.toMatchObject({ code: 'conflict' });
      await retire(engine);
      await retire(trading);
      await expect(restoreComponent(db, operator, engine, later(2))).rejects.toMatchObject({
        code: 'conflict',
      });
      await expect(part(db, 'Feed', trading)).rejects.toMatchObject({ code: 'invalid' });
      await restoreComponent(db, operator, trading, later(2));
      await restoreComponent(db, operator, engine, later(3));
      expect(await order(db)).toEqual(['1 Trading', '1 Engine']);
    }));

  test('is for editors', () =>
    inRollback(store, async (db) => {
      const { viewer } = await desk(db);
      const componentId = await part(db, 'Mail');
      const forbidden = { code: 'forbidden' };
      await expect(retireComponent(db, viewer, componentId, now)).rejects.toMatchObject(forbidden);
      await expect(restoreComponent(db, viewer, componentId, now)).rejects.toMatchObject(forbidden);
      await expect(moveComponent(db, viewer, { componentId, direction: 'up' }, now)).rejects.toMatchObject(
        forbidden,
      );
    }));
});
