import { index, integer, jsonb, pgTable, text, unique } from '#db/drizzle-tables.ts';
import { moment } from './columns.ts';
import { searchVector } from './search-vector.ts';

/** Something unplanned. Its status is that of its newest update; without a publication it is a draft. */
export const incidents = pgTable(
  'incidents',
  {
    id: text('id').primaryKey(),
    slug: text('slug').notNull().unique(),
    title: text('title').notNull(),
    nature: text('nature', { enum: ['service', 'data'] }).notNull(),
    impact: text('impact', { enum: ['none', 'minor', 'major', 'critical'] }).notNull(),
    startedAt: moment('started_at').notNull(),
    /** When it was resolved or closed; null while it is open, also after it broke out again. Follows from the updates. */
    endedAt: moment('ended_at'),
    publishedAt: moment('published_at'),
    /** Added afterwards, with the updates it should have had. */
    backfilledAt: moment('backfilled_at'),
    createdAt: moment('created_at').notNull(),
    /** When anything about it last changed. */
    updatedAt: moment('updated_at').notNull(),
    searchVector: searchVector({ A: 'title' }),
  },
  (table) => [
    index('incidents_started').on(table.startedAt),
    index('incidents_ended').on(table.endedAt),
    index('incidents_search').using('gin', table.searchVector),
  ],
);

/** A dated entry on an incident's timeline. Written once: a correction keeps what it said before. */
export const incidentUpdates = pgTable(
  'incident_updates',
  {
    id: text('id').primaryKey(),
    incidentId: text('incident_id')
      .notNull()
      .references(() => incidents.id),
    /** service: investigating … resolved, postmortem. data: investigating, identified, contained, closed. */
    status: text('status', {
      enum: ['investigating', 'identified', 'monitoring', 'resolved', 'postmortem', 'contained', 'closed'],
    }).notNull(),
    /** What holds now. */
    body: text('body').notNull(),
    authorId: text('author_id'),
    displayAt: moment('display_at').notNull(),
    createdAt: moment('created_at').notNull(),
    correctedAt: moment('corrected_at'),
    searchVector: searchVector({ D: 'body' }),
  },
  (table) => [
    index('incident_updates_incident').on(table.incidentId, table.displayAt),
    index('incident_updates_search').using('gin', table.searchVector),
  ],
);

/** What an update said until it was corrected. Never changed, never deleted. */
export const incidentUpdateRevisions = pgTable(
  'incident_update_revisions',
  {
    id: text('id').primaryKey(),
    updateId: text('update_id')
      .notNull()
      .references(() => incidentUpdates.id),
    number: integer('number').notNull(),
    /** The text before the correction. */
    body: text('body').notNull(),
    reason: text('reason').notNull(),
    authorId: text('author_id'),
    correctedAt: moment('corrected_at').notNull(),
    /** Its text was taken out because it disclosed something: time and reasons stay. */
    redactedAt: moment('redacted_at'),
    redactionReason: text('redaction_reason'),
    redactedBy: text('redacted_by'),
  },
  (table) => [unique('incident_update_revisions_once').on(table.updateId, table.number)],
);

/** What a public incident was called and since when, until it was corrected. Never changed, never deleted. */
export const incidentRevisions = pgTable(
  'incident_revisions',
  {
    id: text('id').primaryKey(),
    incidentId: text('incident_id')
      .notNull()
      .references(() => incidents.id),
    number: integer('number').notNull(),
    /** Both before the correction. */
    title: text('title').notNull(),
    startedAt: moment('started_at').notNull(),
    reason: text('reason').notNull(),
    authorId: text('author_id'),
    correctedAt: moment('corrected_at').notNull(),
  },
  (table) => [unique('incident_revisions_once').on(table.incidentId, table.number)],
);

/** What was said of two incidents' relation. Append-only: the newest of a pair holds. */
export const incidentRelations = pgTable(
  'incident_relations',
  {
    id: text('id').primaryKey(),
    /** The one that the sentence begins with: it was caused by, is part of, is related or unrelated to the other. */
    incidentId: text('incident_id')
      .notNull()
      .references(() => incidents.id, { onDelete: 'cascade' }),
    otherId: text('other_id')
      .notNull()
      .references(() => incidents.id, { onDelete: 'cascade' }),
    kind: text('kind', { enum: ['caused_by', 'part_of', 'related', 'unrelated'] }).notNull(),
    reason: text('reason').notNull(),
    authorId: text('author_id'),
    saidAt: moment('said_at').notNull(),
  },
  (table) => [
    index('incident_relations_incident').on(table.incidentId),
    index('incident_relations_other').on(table.otherId),
  ],
);

/** A post-mortem in Markdown, in its sections. */
export type PostmortemText = {
  /** One or two sentences that stand alone. */
  summary: string;
  whatHappened: string;
  whyItHappened: string;
  whatWeDid: string;
  whatWeChange: string;
  authorName: string;
  authorTitle: string;
};

/** The working text: at most one per incident, gone when it is published. */
export const postmortemDrafts = pgTable('postmortem_drafts', {
  incidentId: text('incident_id')
    .primaryKey()
    .references(() => incidents.id),
  /** Raised at every save; a save that names an older one is a conflict. */
  version: integer('version').notNull(),
  text: jsonb('text').$type<PostmortemText>().notNull(),
  /** What changes and why, asked for when a published post-mortem is corrected. */
  changeSummary: text('change_summary').notNull().default(''),
  /** Everybody who has saved it: none of them may publish it. */
  writerIds: jsonb('writer_ids').$type<string[]>().notNull(),
  savedAt: moment('saved_at').notNull(),
});

const postmortemSections = ['whatHappened', 'whyItHappened', 'whatWeDid', 'whatWeChange'] as const;

const inText = (key: keyof PostmortemText) => `coalesce("text"->>'${key}', '')`;

/** What was published: never changed, never deleted. */
export const postmortemRevisions = pgTable(
  'postmortem_revisions',
  {
    id: text('id').primaryKey(),
    incidentId: text('incident_id')
      .notNull()
      .references(() => incidents.id),
    number: integer('number').notNull(),
    text: jsonb('text').$type<PostmortemText>().notNull(),
    changeSummary: text('change_summary').notNull(),
    publisherId: text('publisher_id').notNull(),
    publishedAt: moment('published_at').notNull(),
    /** Its text was taken out because it disclosed something: time and reasons stay. */
    redactedAt: moment('redacted_at'),
    redactionReason: text('redaction_reason'),
    redactedBy: text('redacted_by'),
    searchVector: searchVector({
      B: inText('summary'),
      D: postmortemSections.map(inText).join(" || ' ' || "),
    }),
  },
  (table) => [
    unique('postmortem_revisions_once').on(table.incidentId, table.number),
    index('postmortem_revisions_search').using('gin', table.searchVector),
  ],
);
