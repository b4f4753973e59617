import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ComponentStatus } from '#src/domain/components/rules.ts';
import type { Impact, IncidentStatus, Nature } from '#src/domain/incidents/rules.ts';
import * as documents from '#src/feeds/statuspage-v2/documents.ts';
import type { StatusPage } from '#src/feeds/statuspage-v2/documents.ts';
import type { Told, ToldIncident, ToldMaintenance } from '#src/feeds/statuspage-v2/events.ts';
import { problemsOf, type StatuspagePath } from './statuspage.ts';
import { at, emptyPage, idOf, part, worlds } from './worlds.ts';

const documentsOf: Readonly<Record<StatuspagePath, (status: StatusPage) => object>> = {
  'summary.json': documents.summaryDocument,
  'status.json': documents.statusDocument,
  'components.json': documents.componentsDocument,
  'incidents.json': documents.incidentsDocument,
  'incidents/unresolved.json': documents.unresolvedDocument,
  'scheduled-maintenances.json': documents.maintenancesDocument,
  'scheduled-maintenances/upcoming.json': documents.upcomingDocument,
  'scheduled-maintenances/active.json': documents.activeDocument,
};

const withParts = (...statuses: ComponentStatus[]): StatusPage => ({
  ...emptyPage,
  components: statuses.map((status, index) => part({ id: idOf('c', index), status })),
});

function update<Status>(status: Status, minutes: number, changes: Partial<Told<Status>> = {}): Told<Status> {
  const displayAt = at(minutes);
  return {
    id: idOf('u', minutes),
    status,
    body: 'News.',
    displayAt,
    changedAt: displayAt,
    affected: [],
    notified: true,
    ...changes,
  };
}

function incident(
  updates: ToldIncident['updates'],
  { nature = 'service', impact = 'major' }: { nature?: Nature; impact?: Impact } = {},
): ToldIncident {
  return {
    id: idOf('i', 1),
    slug: 'it',
    title: 'It',
    nature,
    impact,
    startedAt: at(0),
    updatedAt: at(0),
    updates,
  };
}

const tellings = (...statuses: IncidentStatus[]) =>
  incident(statuses.map((status, index) => update(status, index + 1)));

function maintenance(
  updates: ToldMaintenance['updates'],
  changes: Partial<ToldMaintenance> = {},
): ToldMaintenance {
  return {
    id: idOf('m', 1),
    slug: 'work',
    title: 'Work',
    scheduledFor: at(60),
    scheduledUntil: at(120),
    startedAt: null,
    updatedAt: at(0),
    componentIds: [],
    updates,
    ...changes,
  };
}

describe('every document', () => {
  test('has exactly the keys of the specification, in their order, whatever state the page is in', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        for (const [path, documentOf] of Object.entries(documentsOf)) {
          expect([path, problemsOf(path as StatuspagePath, documentOf(world))]).toEqual([path, []]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('lists the newest first, and 50 at most where it says so', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { incidents } = documents.incidentsDocument(world);
        const created = incidents.map(({ created_at }) => created_at);
        expect(created).toEqual(created.toSorted().toReversed());
        for (const { incident_updates } of incidents) {
          const shown = incident_updates.map(({ display_at }) => display_at);
          expect(shown).toEqual(shown.toSorted().toReversed());
        }
      }),
      { numRuns: 40 },
    );
  });

  test('never says operational above an open service incident with an impact, nor speaks of a leak as an outage', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { status } = documents.statusDocument(world);
        const unresolved = new Set(documents.unresolvedDocument(world).incidents.map(({ id }) => id));
        const open = world.incidents.filter(({ id }) => unresolved.has(id));
        const felt = open.some(({ nature, impact }) => nature === 'service' && impact !== 'none');
        if (felt) expect(['minor', 'major', 'critical']).toContain(status.indicator);
        const leaksAlone = {
          ...world,
          components: [],
          maintenances: [],
          incidents: open.filter(({ nature }) => nature === 'data'),
        };
        expect(documents.statusDocument(leaksAlone).status.indicator).toBe('none');
      }),
      { numRuns: 60 },
    );
  });

  test('the components have no roll-up beside them', () => {
    expect(Object.keys(documents.componentsDocument(emptyPage))).toEqual(['page', 'components']);
  });
});

describe('the roll-up', () => {
  test.each<[ComponentStatus[], string, string]>([
    [[], 'none', 'All Systems Operational'],
    [['operational', 'operational'], 'none', 'All Systems Operational'],
    [['operational', 'under_maintenance'], 'maintenance', 'Service Under Maintenance'],
    [['operational', 'degraded_performance', 'under_maintenance'], 'minor', 'Partially Degraded Service'],
    [['degraded_performance', 'degraded_performance'], 'minor', 'Degraded System Service'],
    [['operational', 'partial_outage'], 'minor', 'Minor Service Outage'],
    [['degraded_performance', 'partial_outage'], 'minor', 'Minor Service Outage'],
    [['partial_outage', 'partial_outage'], 'major', 'Partial System Outage'],
    [['operational', 'major_outage'], 'major', 'Partial System Outage'],
    [['partial_outage', 'major_outage'], 'major', 'Partial System Outage'],
    [['major_outage', 'major_outage'], 'critical', 'Major System Outage'],
  ])('of components %j is %s, %s', (statuses, indicator, description) => {
    expect(documents.statusDocument(withParts(...statuses)).status).toEqual({ indicator, description });
  });

  test.each<[Impact, string, string]>([
    ['none', 'none', 'All Systems Operational'],
    ['minor', 'minor', 'Minor Service Outage'],
    ['major', 'major', 'Partial System Outage'],
    ['critical', 'critical', 'Major System Outage'],
  ])('of an open incident with the impact %s is at least %s, %s', (impact, indicator, description) => {
    const open = incident([update('investigating', 1)], { impact });
    const statusOf = (status: StatusPage) => documents.statusDocument(status).status;
    expect(statusOf({ ...emptyPage, incidents: [open] })).toEqual({ indicator, description });
    expect(statusOf({ ...withParts('major_outage'), incidents: [open] }).indicator).toBe('critical');
    const over = incident([update('investigating', 1), update('resolved', 2)], { impact });
    expect(statusOf({ ...emptyPage, incidents: [over] }).indicator).toBe('none');
  });

  test('of work in progress is maintenance, as the page says it; of work to come it is nothing', () => {
    const statusOf = (updates: ToldMaintenance['updates']) =>
      documents.statusDocument({ ...withParts('operational'), maintenances: [maintenance(updates)] }).status
        .indicator;
    expect(statusOf([update('scheduled', 1)])).toBe('none');
    expect(statusOf([update('scheduled', 1), update('in_progress', 2)])).toBe('maintenance');
    expect(statusOf([update('scheduled', 1), update('in_progress', 2), update('completed', 3)])).toBe('none');
  });
});

describe('components', () => {
  const nested: StatusPage = {
    ...emptyPage,
    components: [
      part({ id: idOf('g', 1), name: 'Europe', isGroup: true }),
      part({ id: idOf('g', 2), name: 'Madrid', isGroup: true, groupId: idOf('g', 1) }),
      part({ id: idOf('c', 1), name: 'API', groupId: idOf('g', 2), status: 'major_outage' }),
      part({ id: idOf('c', 2), name: 'Mail', groupId: idOf('g', 1), status: 'degraded_performance' }),
      part({ id: idOf('c', 3), name: 'Web' }),
    ],
  };

  test('a group stands before its children, names them, and has the status of the worst', () => {
    const { components } = documents.componentsDocument(nested);
    expect(
      components.map(({ name, group, position, status }) => ({ name, group, position, status })),
    ).toEqual([
      { name: 'Europe', group: true, position: 1, status: 'degraded_performance' },
      { name: 'Mail', group: false, position: 1, status: 'degraded_performance' },
      { name: 'Europe - Madrid', group: true, position: 2, status: 'major_outage' },
      { name: 'API', group: false, position: 1, status: 'major_outage' },
      { name: 'Web', group: false, position: 3, status: 'operational' },
    ]);
    expect(components.filter(({ group }) => group).map((group) => group.components)).toEqual([
      [idOf('c', 2)],
      [idOf('c', 1)],
    ]);
  });

  test('every component is there once, and every group knows exactly those that name it', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { components } = documents.componentsDocument(world);
        const leaves = components.filter(({ group }) => !group).map(({ id }) => id);
        const expected = world.components.filter(({ isGroup }) => !isGroup).map(({ id }) => id);
        expect(leaves.toSorted()).toEqual(expected.toSorted());
        for (const group of components.filter(({ group }) => group)) {
          const children = components.filter(({ group_id }) => group_id === group.id).map(({ id }) => id);
          expect(group.components).toEqual(children);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a group changed when one of its components did', () => {
    const components = nested.components.map((each) =>
      each.name === 'API' ? { ...each, updatedAt: at(30) } : each,
    );
    const changed = documents
      .componentsDocument({ ...nested, components })
      .components.filter(({ updated_at }) => updated_at === at(30).toISOString());
    expect(changed.map(({ name }) => name)).toEqual(['Europe - Madrid', 'API']);
  });

  test('what was told of one that is out of view since keeps it, by its name; the list of components does not', () => {
    const [outer, inner, api, ...others] = nested.components;
    if (!outer || !inner || !api) throw new Error('They are above.');
    const change = { componentId: api.id, before: 'operational', after: 'major_outage' } as const;
    const told = incident([update('investigating', 1, { affected: [change] })]);
    for (const [components, retired] of [
      [[outer, inner, ...others], [api]],
      [
        [outer, ...others],
        [api, inner],
      ],
    ] as const) {
      const page = { ...nested, components, retired, incidents: [told] };
      const [shown] = documents.incidentsDocument(page).incidents;
      expect(shown?.incident_updates[0]?.affected_components?.[0]?.name).toBe('Europe - Madrid - API');
      expect(shown?.components.map(({ id }) => id)).toEqual([api.id]);
      expect(problemsOf('incidents.json', documents.incidentsDocument(page))).toEqual([]);
      const listed = documents.componentsDocument(page).components;
      expect(listed).toEqual(documents.componentsDocument({ ...page, retired: [] }).components);
      expect(listed.some(({ id }) => id === api.id)).toBe(false);
    }
  });

  test('the day a component counts from is one of the site’s zone', () => {
    const late = { ...emptyPage, components: [part({ createdAt: new Date('2019-11-01T23:30:00Z') })] };
    expect(documents.componentsDocument(late).components[0]?.start_date).toBe('2019-11-02');
    const told = { ...emptyPage, components: [part({ startDate: '2019-01-31' })] };
    expect(documents.componentsDocument(told).components[0]?.start_date).toBe('2019-01-31');
  });

  test('an update names what it affects by group and component, with the status before and after', () => {
    const change = { componentId: idOf('c', 1), before: 'operational', after: 'major_outage' } as const;
    const gone = { componentId: idOf('c', 9), before: 'operational', after: 'major_outage' } as const;
    const told = incident([
      update('investigating', 1, { affected: [change, gone] }),
      update('identified', 2),
    ]);
    const [shown] = documents.incidentsDocument({ ...nested, incidents: [told] }).incidents;
    expect(shown?.incident_updates.map(({ affected_components }) => affected_components)).toEqual([
      null,
      [
        {
          code: idOf('c', 1),
          name: 'Europe - Madrid - API',
          old_status: 'operational',
          new_status: 'major_outage',
        },
      ],
    ]);
    expect(shown?.components.map(({ name }) => name)).toEqual(['API']);
  });
});

describe('incidents', () => {
  test('say of what was added afterwards that nobody was written to', () => {
    const told = incident([update('investigating', 1, { notified: false }), update('resolved', 9)]);
    const [shown] = documents.incidentsDocument({ ...emptyPage, incidents: [told] }).incidents;
    expect(shown?.incident_updates.map((each) => each.deliver_notifications)).toEqual([true, false]);
  });

  const shown = (told: ToldIncident) =>
    documents.incidentsDocument({ ...emptyPage, incidents: [told] }).incidents[0];

  test.each<[IncidentStatus[], number | null, number | null]>([
    [['investigating'], null, null],
    [['investigating', 'monitoring'], 2, null],
    [['investigating', 'monitoring', 'monitoring'], 2, null],
    [['investigating', 'monitoring', 'investigating'], null, null],
    [['investigating', 'monitoring', 'resolved'], 2, 3],
    [['investigating', 'resolved'], null, 2],
    [['investigating', 'resolved', 'resolved', 'postmortem'], null, 2],
    [['resolved', 'investigating', 'resolved'], null, 3],
    [['monitoring', 'resolved', 'monitoring'], 3, null],
  ])('that went %j are monitored at %j and resolved at %j', (statuses, monitoring, resolved) => {
    const { monitoring_at, resolved_at } = shown(tellings(...statuses)) ?? {};
    const time = (minutes: number | null) => (minutes === null ? null : at(minutes).toISOString());
    expect({ monitoring_at, resolved_at }).toEqual({
      monitoring_at: time(monitoring),
      resolved_at: time(resolved),
    });
  });

  test('a leak that is contained is monitored, and one that is closed is resolved', () => {
    const contained = incident([update('investigating', 1), update('contained', 2)], { nature: 'data' });
    expect(shown(contained)).toMatchObject({
      status: 'monitoring',
      monitoring_at: at(2).toISOString(),
      resolved_at: null,
    });
    const closed = incident([update('contained', 1), update('closed', 2)], { nature: 'data' });
    expect(shown(closed)).toMatchObject({ status: 'resolved', resolved_at: at(2).toISOString() });
    const { incidents } = documents.unresolvedDocument({ ...emptyPage, incidents: [closed] });
    expect(incidents).toEqual([]);
  });

  test('changed when an update was corrected, and began to exist with its first update', () => {
    const corrected = incident([update('investigating', 5), update('identified', 9, { changedAt: at(30) })]);
    expect(shown(corrected)).toMatchObject({
      created_at: at(5).toISOString(),
      updated_at: at(30).toISOString(),
    });
  });
});

describe('maintenances', () => {
  const page: StatusPage = {
    ...emptyPage,
    components: [part()],
    maintenances: [
      maintenance([update('scheduled', 1)], { id: idOf('m', 1), componentIds: [idOf('c', 1)] }),
      maintenance([update('in_progress', 2)], { id: idOf('m', 2), startedAt: at(61) }),
      maintenance([update('verifying', 3)], { id: idOf('m', 3) }),
      maintenance([update('completed', 4)], { id: idOf('m', 4) }),
    ],
  };
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => Number(id.slice(1)));

  test('each list has its states, and an incident list none', () => {
    expect(ids(documents.maintenancesDocument(page).scheduled_maintenances)).toEqual([4, 3, 2, 1]);
    expect(ids(documents.upcomingDocument(page).scheduled_maintenances)).toEqual([1]);
    expect(ids(documents.activeDocument(page).scheduled_maintenances)).toEqual([3, 2]);
    expect(ids(documents.summaryDocument(page).scheduled_maintenances)).toEqual([3, 2, 1]);
    expect(documents.summaryDocument(page).incidents).toEqual([]);
  });

  test('name what is worked on before an update does, and when they really began', () => {
    const [first] = documents.upcomingDocument(page).scheduled_maintenances;
    expect(first?.components.map(({ id }) => id)).toEqual([idOf('c', 1)]);
    expect(first).toMatchObject({ started_at: at(60).toISOString(), impact: 'maintenance' });
    expect(documents.activeDocument(page).scheduled_maintenances[1]?.started_at).toBe(at(61).toISOString());
  });
});
