import type { IncidentInFull } from '#src/domain/incidents/queries.ts';
import type { MaintenanceInFull } from '#src/domain/maintenances/queries.ts';
import type { PublishedNotice } from '#src/domain/notices/queries.ts';
import type { StatementEntry } from '#src/domain/statements/queries.ts';
import { completeText, later, now } from '#tests/support/desk.ts';

type Update = IncidentInFull['updates'][number];

export function update(changes: Partial<Update>): Update {
  return {
    id: 'update000001',
    incidentId: 'incident0001',
    status: 'investigating',
    body: 'We look.',
    displayAt: now,
    createdAt: now,
    correctedAt: null,
    corrections: [],
    changes: [],
    ...changes,
  };
}

export const incident: IncidentInFull = {
  id: 'incident0001',
  slug: 'leak',
  title: 'A leak',
  nature: 'data',
  impact: 'major',
  status: 'contained',
  startedAt: now,
  endedAt: null,
  publishedAt: now,
  backfilledAt: null,
  createdAt: now,
  updatedAt: later(5),
  updates: [
    update({ id: 'update000002', status: 'contained', body: 'It *stopped*.', displayAt: later(5) }),
    update({}),
  ],
};

export const statement: StatementEntry = {
  id: 'statement001',
  slug: 'what-happened',
  kind: 'apology',
  incidentId: incident.id,
  revisionId: 'revision0001',
  language: 'en',
  title: completeText.title,
  summary: completeText.summary,
  authorName: completeText.authorName,
  authorTitle: completeText.authorTitle,
  text: completeText,
  changeSummary: '',
  state: 'published',
  publishedAt: later(1),
  changedAt: later(1),
};

export const notice: PublishedNotice = {
  id: 'notice000001',
  slug: 'index-changes',
  title: 'Index changes',
  body: 'From the *next* roll.',
  effectiveAt: later(1440),
  revisionId: 'notice000001',
  number: 1,
  state: 'published',
  reason: '',
  publishedAt: later(2),
  changedAt: later(2),
};

export const maintenance = {
  id: 'work00000001',
  slug: 'new-disks',
  title: 'New disks',
  description: 'We change disks.',
  state: 'cancelled',
  scheduledFor: later(60),
  scheduledUntil: later(120),
  publishedAt: later(3),
  updatedAt: later(4),
  componentIds: [],
  updates: [
    {
      id: 'update000003',
      status: 'cancelled',
      body: 'Not needed.',
      displayAt: later(4),
      authorId: null,
      maintenanceId: '',
    },
  ],
} as unknown as MaintenanceInFull;
