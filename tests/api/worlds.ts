import fc from 'fast-check';
import type { Component } from '#src/domain/components/queries.ts';
import { componentStatuses } from '#src/domain/components/rules.ts';
import { impacts, incidentStatuses, natures } from '#src/domain/incidents/rules.ts';
import type { StatusPage } from '#src/feeds/statuspage-v2/documents.ts';
import type { Told } from '#src/feeds/statuspage-v2/events.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The same number, the same id of twelve. */
export function idOf(kind: string, number: number): string {
  return `${kind}${String(number).padStart(12 - kind.length, '0')}`.slice(-12);
}

export const at = (minutes: number) => new Date(Date.UTC(2019, 10, 1) + minutes * 60_000);

export function part(changes: Partial<Component> = {}): Component {
  return {
    id: idOf('c', 1),
    groupId: null,
    isGroup: false,
    name: 'Part',
    description: null,
    position: 1,
    status: 'operational',
    since: null,
    display: 'expanded',
    onlyShowIfDegraded: false,
    showcase: true,
    startDate: null,
    createdAt: at(0),
    updatedAt: at(0),
    ...changes,
  };
}

export const emptyPage: StatusPage = {
  id: idOf('p', 1),
  name: 'Harbourline',
  publicUrl: 'https://status.example',
  timeZone: 'Europe/Madrid',
  changedAt: at(0),
  components: [],
  retired: [],
  incidents: [],
  maintenances: [],
};

const minutes = fc.integer({ min: 0, max: 500_000 });
const words = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...letters, ' ', 'ñ', '🙂') });

/** Up to three levels: what stands in a group names one that comes before it. */
const parts = fc
  .array(
    fc.record({
      isGroup: fc.boolean(),
      under: fc.nat(30),
      name: words,
      status: fc.constantFrom(...componentStatuses),
      onlyShowIfDegraded: fc.boolean(),
      showcase: fc.boolean(),
    }),
    { maxLength: 25 },
  )
  .map((drafts) => {
    const made: { part: Component; level: number }[] = [];
    for (const [index, { under, ...draft }] of drafts.entries()) {
      const groups = made.filter((each) => each.part.isGroup && each.level < (draft.isGroup ? 2 : 3));
      const group = under % 3 === 0 ? undefined : groups[under % Math.max(1, groups.length)];
      const level = (group?.level ?? 0) + 1;
      made.push({ level, part: part({ ...draft, id: idOf('c', index), groupId: group?.part.id ?? null }) });
    }
    return made.map((each) => each.part);
  });

const told = <Status>(statuses: readonly Status[]) =>
  fc
    .array(
      fc.record({
        status: fc.constantFrom(...statuses),
        body: words,
        at: minutes,
        later: fc.nat(100),
        affected: fc.array(
          fc.record({
            number: fc.nat(30),
            before: fc.constantFrom(...componentStatuses),
            after: fc.constantFrom(...componentStatuses),
          }),
          { maxLength: 3 },
        ),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((updates) =>
      updates.map((update, index): Told<Status> => ({
        id: idOf('u', index),
        status: update.status,
        body: update.body,
        displayAt: at(update.at),
        changedAt: at(update.at + update.later),
        notified: true,
        affected: update.affected.map(({ number, ...change }) => ({
          componentId: idOf('c', number),
          ...change,
        })),
      })),
    );

const incidents = fc
  .array(
    fc.record({
      title: words,
      nature: fc.constantFrom(...natures),
      impact: fc.constantFrom(...impacts),
      startedAt: minutes.map(at),
      updatedAt: minutes.map(at),
      updates: told(incidentStatuses),
    }),
    { maxLength: 60 },
  )
  .map((all) => all.map((each, index) => ({ ...each, id: idOf('i', index), slug: `incident-${index}` })));

const maintenances = fc
  .array(
    fc.record({
      title: words,
      scheduledFor: minutes.map(at),
      scheduledUntil: minutes.map(at),
      startedAt: fc.option(minutes.map(at)),
      updatedAt: minutes.map(at),
      componentIds: fc.array(
        fc.nat(30).map((number) => idOf('c', number)),
        { maxLength: 3 },
      ),
      updates: told(['scheduled', 'in_progress', 'verifying', 'completed'] as const),
    }),
    { maxLength: 60 },
  )
  .map((all) => all.map((each, index) => ({ ...each, id: idOf('m', index), slug: `work-${index}` })));

/** Any state that a page can be in. */
export const worlds: fc.Arbitrary<StatusPage> = fc
  .record({ parts, kept: fc.nat(30), incidents, maintenances })
  .map(({ parts: all, kept, ...world }) => {
    // What stands in a group comes behind it: those behind a place can be out of view, whatever is before it.
    const [components, retired] = [all.slice(0, kept), all.slice(kept)];
    return { ...emptyPage, components, retired, ...world };
  });
