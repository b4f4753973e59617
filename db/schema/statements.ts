import { sql } from '#db/drizzle.ts';
import { check, index, integer, jsonb, pgTable, primaryKey, text, unique } from '#db/drizzle-tables.ts';
import { moment } from './columns.ts';
import { incidents } from './incidents.ts';
import { searchVector, stringsIn } from './search-vector.ts';

/** A point in time with how well it is known. `at` and `until` are ISO 8601 in UTC. */
export type ClockTime = { at: string; until?: string; precision: 'exact' | 'estimated' | 'range' };

/** The words of a statement or a notice: Markdown, in the five sections readers and regulators know. */
export type StatementText = {
  title: string;
  /** One or two sentences that stand alone: the lead on the page, the preview in the inbox. */
  summary: string;
  whatHappened: string;
  whatInformation: string;
  whatWeAreDoing: string;
  whatYouCanDo: string;
  forMoreInformation: string;
  occurredAt: ClockTime | null;
  awareAt: ClockTime | null;
  containedAt: ClockTime | null;
  nextUpdateAt: string | null;
  authorName: string;
  authorTitle: string;
} & Partial<StatementDetails>;

/** A number of people or records, with how well it is known and since when. */
export type StatementFigure = {
  of: 'people' | 'records';
  from: number;
  /** Of a range; null otherwise. */
  to: number | null;
  precision: ClockTime['precision'];
  /** ISO 8601 in UTC; empty when nobody said. */
  asOf: string;
  /** What was shown, or why it differs from another number: one line. */
  detail: string;
  /** The earlier number this one takes the place of. */
  supersedes: string;
};

/** Something done or under way; `on` is a day, as 2019-11-01, or empty. */
export type StatementAction = { on: string; text: string };
export type StatementStep = { what: string; why: string; urgency: 'now' | 'soon' | 'later' };
/** `toldAt` is ISO 8601 in UTC, or empty. */
export type ToldAuthority = { name: string; toldAt: string; reference: string };

/** Written since the second version of the form: absent from what was published before. */
export type StatementDetails = {
  legalEntity: string;
  tradingName: string;
  contact: string;
  dataProtectionContact: string;
  audience: string;
  nextUpdatePrecision: 'exact' | 'estimated';
  /** What information, and what not, in a line each: the key facts. */
  involved: string;
  notInvolved: string;
  figures: StatementFigure[];
  /** Why the figures differ from the imported list. */
  figuresNote: string;
  recipients: string;
  deletionAsked: string;
  consequences: string;
  unknowns: string;
  delayReason: string;
  actions: StatementAction[];
  steps: StatementStep[];
  neverAsk: string;
  writeFrom: string;
  /** Only those the public may know of. */
  authorities: ToldAuthority[];
  /** Who said yes to it: set when it is published. */
  approverName: string;
  approverTitle: string;
};

export const statementKinds = [
  'holding_line',
  'apology',
  'first_account',
  'further_account',
  'correction',
  'withdrawal',
  'final',
  'post_mortem',
] as const;

/** What the organisation says in its own name about an incident. Its state follows from its draft and revisions. */
export const statements = pgTable('statements', {
  id: text('id').primaryKey(),
  slug: text('slug').notNull().unique(),
  incidentId: text('incident_id')
    .notNull()
    .references(() => incidents.id),
  kind: text('kind', { enum: statementKinds }).notNull(),
  language: text('language').notNull(),
  /** Told about it, and not for the public: never part of a text. */
  deskAuthorities: jsonb('desk_authorities').$type<ToldAuthority[]>().notNull().default([]),
  createdAt: moment('created_at').notNull(),
});

/** The working text: at most one per statement, replaced while it is written, gone when it is published. */
export const statementDrafts = pgTable('statement_drafts', {
  statementId: text('statement_id')
    .primaryKey()
    .references(() => statements.id, { onDelete: 'cascade' }),
  /** Raised at every save; a save that names an older one is a conflict. */
  version: integer('version').notNull(),
  text: jsonb('text').$type<StatementText>().notNull(),
  /** What changes and why, asked for when a published statement is revised. */
  changeSummary: text('change_summary').notNull().default(''),
  authorId: text('author_id').notNull(),
  /** Everybody who has saved it: none of them may approve it. */
  writerIds: jsonb('writer_ids').$type<string[]>().notNull(),
  savedAt: moment('saved_at').notNull(),
  /** Set when it goes to review; editing takes it back. */
  submittedAt: moment('submitted_at'),
});

/** Another person's yes to one version of a draft. */
export const statementApprovals = pgTable(
  'statement_approvals',
  {
    statementId: text('statement_id')
      .notNull()
      .references(() => statements.id, { onDelete: 'cascade' }),
    draftVersion: integer('draft_version').notNull(),
    approverId: text('approver_id').notNull(),
    approvedAt: moment('approved_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.statementId, table.draftVersion] })],
);

/** A written reason to publish although a check blocks. Kept. */
export const gateOverrides = pgTable('gate_overrides', {
  id: text('id').primaryKey(),
  statementId: text('statement_id')
    .notNull()
    .references(() => statements.id),
  draftVersion: integer('draft_version').notNull(),
  check: text('check_name').notNull(),
  reason: text('reason').notNull(),
  staffId: text('staff_id').notNull(),
  createdAt: moment('created_at').notNull(),
});

const searchedKeys = [
  'whatHappened',
  'whatInformation',
  'whatWeAreDoing',
  'whatYouCanDo',
  'forMoreInformation',
  'involved',
  'notInvolved',
  'figuresNote',
  'recipients',
  'consequences',
  'unknowns',
  'delayReason',
] as const;

const inText = (key: keyof StatementText) => `coalesce("text"->>'${key}', '')`;

const searchedLists = ['$.actions[*].text', '$.steps[*].what', '$.steps[*].why'] as const;

/** What was published: never changed, never deleted. A withdrawal is a revision too. */
export const statementRevisions = pgTable(
  'statement_revisions',
  {
    id: text('id').primaryKey(),
    statementId: text('statement_id')
      .notNull()
      .references(() => statements.id),
    number: integer('number').notNull(),
    kind: text('kind', { enum: ['published', 'corrected', 'withdrawn'] }).notNull(),
    text: jsonb('text').$type<StatementText>().notNull(),
    changeSummary: text('change_summary').notNull(),
    authorId: text('author_id').notNull(),
    approverId: text('approver_id').notNull(),
    publisherId: text('publisher_id').notNull(),
    /** SHA-256 (hex) of the canonical text served at /statements/SLUG.txt. */
    hash: text('hash').notNull(),
    previousHash: text('previous_hash'),
    publishedAt: moment('published_at').notNull(),
    /** Its next update did not come by the time it names. */
    promiseMissedAt: moment('promise_missed_at'),
    /** Its text was taken out because it disclosed something: hash, time and this reason stay. */
    redactedAt: moment('redacted_at'),
    redactionReason: text('redaction_reason'),
    redactedBy: text('redacted_by'),
    searchVector: searchVector({
      A: inText('title'),
      B: inText('summary'),
      D: [...searchedKeys.map(inText), ...searchedLists.map((path) => stringsIn('text', path))].join(
        " || ' ' || ",
      ),
    }),
  },
  (table) => [
    index('statement_revisions_published').on(table.publishedAt),
    index('statement_revisions_search').using('gin', table.searchVector),
    check('statement_revisions_number', sql`${table.number} >= 1`),
    // One number, one text: two publications at once cannot both win.
    unique('statement_revisions_once').on(table.statementId, table.number),
  ],
);
