import { describe, expect, test } from 'vitest';
import { impacts, pressVersions } from '#db/schema/index.ts';
import { editComponent } from '#src/domain/components/arranging.ts';
import {
  addComponent,
  addComponentGroup,
  recordImpact,
  setComponentStatus,
} from '#src/domain/components/commands.ts';
import { branches, listComponents, statusesOf } from '#src/domain/components/queries.ts';
import {
  headline,
  isOpen,
  rollUp,
  serviceState,
  worstStatus,
  type ComponentStatus,
  type OpenTrouble,
} from '#src/domain/components/rules.ts';
import { openMessages } from '#src/messages/messages.ts';
import { desk, evidenceKinds, later, now } from '#tests/support/desk.ts';
import { inRollback, testStore } from '#tests/support/database.ts';

const ok = 'operational';
const t = openMessages().in('en');
const said = (...asked: Parameters<typeof headline>) =>
  headline(...asked).map(({ key, count }) => t(key, { count }));
const leak = { nature: 'data', impact: 'critical' } as const;
const service = (impact: OpenTrouble['impact']) => ({ nature: 'service', impact }) as const;

describe('the worst of several statuses', () => {
  test.each<[ComponentStatus[], ComponentStatus]>([
    [[], 'operational'],
    [[ok, 'under_maintenance'], 'under_maintenance'],
    [['under_maintenance', 'degraded_performance'], 'degraded_performance'],
    [['partial_outage', 'degraded_performance', ok], 'partial_outage'],
    [['partial_outage', 'major_outage'], 'major_outage'],
  ])('%j is %s', (statuses, worst) => {
    expect(worstStatus(statuses)).toBe(worst);
  });
});

describe('the state that Statuspage clients read', () => {
  test.each<[ComponentStatus[], OpenTrouble[], string, string]>([
    [[], [], 'none', 'All Systems Operational'],
    [[ok, ok], [], 'none', 'All Systems Operational'],
    [['major_outage', 'major_outage'], [], 'critical', 'Major System Outage'],
    [['major_outage', ok], [], 'major', 'Partial System Outage'],
    [['partial_outage', ok], [], 'minor', 'Minor Service Outage'],
    [['partial_outage', 'partial_outage'], [], 'major', 'Partial System Outage'],
    [['degraded_performance', ok], [], 'minor', 'Partially Degraded Service'],
    [['degraded_performance'], [], 'minor', 'Degraded System Service'],
    [['under_maintenance', ok], [], 'maintenance', 'Service Under Maintenance'],
    [[ok], [service('minor')], 'minor', 'Minor Service Outage'],
    [[ok], [service('major')], 'major', 'Partial System Outage'],
    [[ok], [service('critical')], 'critical', 'Major System Outage'],
    [[ok], [service('none')], 'none', 'All Systems Operational'],
    [['under_maintenance'], [service('minor')], 'minor', 'Minor Service Outage'],
    [['degraded_performance'], [service('minor')], 'minor', 'Minor Service Outage'],
    [['major_outage'], [service('minor')], 'critical', 'Major System Outage'],
    [[ok], [leak], 'none', 'All Systems Operational'],
    [['partial_outage', ok], [leak], 'minor', 'Minor Service Outage'],
  ])('components %j and incidents %j: %s, %s', (statuses, open, indicator, description) => {
    expect(serviceState(statuses, open)).toEqual({ indicator, description });
  });
});

test('maintenance in progress is said even when no component is under it, and below whatever is worse', () => {
  expect(rollUp([ok], ['maintenance'])).toMatchObject({ description: 'Service Under Maintenance' });
  expect(rollUp([ok], ['maintenance', 'minor'])).toMatchObject({ indicator: 'minor' });
  expect(rollUp(['degraded_performance', ok], ['maintenance'])).toMatchObject({ indicator: 'minor' });
  expect(said([ok], [], 1)).toEqual(['Service under maintenance']);
  expect(said([ok], [leak], 1)).toEqual(['Open data incident', 'Service under maintenance']);
});

test.each([
  ['expanded', ok, true],
  ['expanded', 'major_outage', true],
  ['collapsed', 'major_outage', false],
  ['collapsed_unless_wrong', ok, false],
  ['collapsed_unless_wrong', 'degraded_performance', true],
  ['collapsed_unless_wrong', 'under_maintenance', true],
] as const)('a group shown %s that is %s is open: %s', (display, status, open) => {
  expect(isOpen(display, status)).toBe(open);
});

describe('the headline', () => {
  test.each<[string, ComponentStatus[], OpenTrouble[], string[]]>([
    ['nothing is open', [ok], [], ['All systems operational']],
    ['there is nothing to speak of', [], [], ['Nothing to report']],
    ['a leak stands above the systems', [ok], [leak], ['Open data incident', 'Systems operational']],
    ['two leaks', [ok], [leak, leak], ['2 open data incidents', 'Systems operational']],
    [
      'a leak beside an outage',
      ['partial_outage', ok],
      [leak],
      ['Open data incident', 'Minor service outage'],
    ],
    ['a leak without components', [], [leak], ['Open data incident', 'No outage reported']],
    [
      'an incident without impact',
      [ok],
      [service('none')],
      ['Open incident without impact', 'Systems operational'],
    ],
    ['an incident with an impact', [ok], [service('major')], ['Partial system outage']],
    ['both natures', [ok], [service('minor'), leak], ['Open data incident', 'Minor service outage']],
  ])('%s', (_case, statuses, open, lines) => {
    expect(said(statuses, open)).toEqual(lines);
  });

  test('"all systems operational" is never said while anything is open, and a leak never changes the systems', () => {
    for (const impact of ['none', 'minor', 'major', 'critical'] as const) {
      for (const nature of ['data', 'service'] as const) {
        const texts = said([ok], [{ nature, impact }]);
        expect(texts).not.toContain('All systems operational');
        expect(texts.some((text) => /outage|degraded/.test(text))).toBe(
          nature === 'service' && impact !== 'none',
        );
      }
    }
  });
});

const store = await testStore();

describe('components', () => {
  test('a name or description that shows an address is refused, as both are public at once', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const refused = { code: 'invalid', message: expect.stringContaining('a***@people.example') };
      const description = 'Ask anna@people.example';
      const { id } = await addComponent(db, editor, { name: 'API' }, now);
      const edited = { componentId: id, name: 'API', description, groupId: null };
      await expect(addComponent(db, editor, { name: 'Mail', description }, now)).rejects.toMatchObject(
        refused,
      );
      await expect(addComponentGroup(db, editor, { name: description }, now)).rejects.toMatchObject(refused);
      await expect(editComponent(db, editor, edited, later(1))).rejects.toMatchObject(refused);
      expect(await listComponents(db)).toMatchObject([{ name: 'API', description: null }]);
    }));

  test('a component starts operational, and its status is that of its newest entry', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await addComponent(db, editor, { name: 'API' }, now);
      await setComponentStatus(db, editor, { componentId: id, status: 'major_outage' }, later(1));
      await setComponentStatus(db, editor, { componentId: id, status: 'degraded_performance' }, later(2));
      expect(await listComponents(db)).toMatchObject([
        { name: 'API', status: 'degraded_performance', since: later(2), description: null },
      ]);
      expect(await db.select({ status: impacts.status }).from(impacts).orderBy(impacts.id)).toEqual([
        { status: 'operational' },
        { status: 'major_outage' },
        { status: 'degraded_performance' },
      ]);
    }));

  test('a group has the status of its worst part and does not count for the headline itself', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const group = await addComponentGroup(db, editor, { name: 'Trading' }, now);
      const engine = await addComponent(db, editor, { name: 'Engine', groupId: group.id }, now);
      await addComponent(db, editor, { name: 'Feed', groupId: group.id }, now);
      await addComponent(db, editor, { name: 'Mail' }, now);
      await setComponentStatus(db, editor, { componentId: engine.id, status: 'partial_outage' }, later(1));
      const all = await listComponents(db);
      expect(branches(all).map(({ name, status, children }) => [name, status, children.length])).toEqual([
        ['Trading', 'partial_outage', 2],
        ['Mail', 'operational', 0],
      ]);
      expect(statusesOf(all)).toHaveLength(3);
    }));

  test('setting a status raises the version of the page and is kept as evidence; the same status again is nothing', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id } = await addComponent(db, editor, { name: 'API' }, now);
      const [before] = await db.select().from(pressVersions);
      await setComponentStatus(db, editor, { componentId: id, status: 'major_outage' }, later(1));
      await setComponentStatus(db, editor, { componentId: id, status: 'major_outage' }, later(2));
      const [after] = await db.select().from(pressVersions);
      expect((after?.version ?? 0) - (before?.version ?? 0)).toBe(1);
      expect(await evidenceKinds(db)).toEqual(['component_added', 'component_status_set']);
      expect(await listComponents(db)).toMatchObject([{ since: later(1) }]);
    }));

  test('a component can be renamed and moved; its history stays', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const group = await addComponentGroup(db, editor, { name: 'Trading' }, now);
      const { id } = await addComponent(db, editor, { name: 'API' }, now);
      const change = {
        componentId: id,
        name: 'Trading API',
        description: 'Orders',
        groupId: group.id,
      };
      await editComponent(db, editor, change, later(1));
      expect(await evidenceKinds(db)).toEqual(['component_added', 'component_added', 'component_edited']);
      expect(await listComponents(db)).toContainEqual(
        expect.objectContaining({ name: 'Trading API', groupId: group.id, position: 1, since: now }),
      );
    }));

  test('refused: a viewer, a group’s own status, a group in itself, a group that is none, an unknown component', () =>
    inRollback(store, async (db) => {
      const { editor, viewer } = await desk(db);
      const group = await addComponentGroup(db, editor, { name: 'Trading' }, now);
      const api = await addComponent(db, editor, { name: 'API' }, now);
      const status = 'major_outage' as const;
      await expect(
        setComponentStatus(db, viewer, { componentId: api.id, status }, now),
      ).rejects.toMatchObject({ code: 'forbidden' });
      await expect(
        setComponentStatus(db, editor, { componentId: group.id, status }, now),
      ).rejects.toMatchObject({ code: 'invalid' });
      await expect(
        setComponentStatus(db, editor, { componentId: 'nothing', status }, now),
      ).rejects.toMatchObject({ code: 'not_found' });
      await expect(addComponent(db, editor, { name: 'X', groupId: api.id }, now)).rejects.toMatchObject({
        code: 'invalid',
      });
      const nested = { componentId: group.id, name: 'T', description: '', groupId: group.id };
      await expect(editComponent(db, editor, nested, now)).rejects.toMatchObject({ code: 'invalid' });
    }));

  test('what is told afterwards of an earlier time lands where it belongs and leaves the present as it is', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id: componentId } = await addComponent(db, editor, { name: 'API' }, later(-600));
      await setComponentStatus(db, editor, { componentId, status: 'degraded_performance' }, now);
      const [before] = await listComponents(db);
      const told = { componentId, incidentUpdateId: 'an-update' };
      await recordImpact(db, editor, { ...told, status: 'major_outage' }, later(-300), later(5));
      await recordImpact(db, editor, { ...told, status: 'operational' }, later(-240), later(5));
      expect(await listComponents(db)).toEqual([before]);
      const rows = await db.select().from(impacts).orderBy(impacts.startsAt);
      expect(rows.map(({ status }) => status)).toEqual([
        'operational',
        'major_outage',
        'operational',
        'degraded_performance',
      ]);
    }));

  test('of two changes at the same instant the later told one holds', () =>
    inRollback(store, async (db) => {
      const { editor } = await desk(db);
      const { id: componentId } = await addComponent(db, editor, { name: 'API' }, now);
      await setComponentStatus(db, editor, { componentId, status: 'major_outage' }, now);
      await setComponentStatus(db, editor, { componentId, status: 'partial_outage' }, now);
      expect(await listComponents(db)).toMatchObject([{ status: 'partial_outage', since: now }]);
    }));
});
