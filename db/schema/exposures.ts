import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
} from '#db/drizzle-tables.ts';
import { addresses } from './accounts.ts';
import { bytea, moment } from './columns.ts';
import { incidents } from './incidents.ts';

/** The figures an import ends with: counts, never people. */
export type ImportReport = {
  lines: number;
  leakedBatches: number;
  stoppedBatches: number;
  listed: number;
  distinctAddresses: number;
  exposedAddresses: number;
  queuedNotSent: number;
  bounced: number;
  duplicates: number;
  rejected: Record<string, number>;
  smallestBatch: number;
  medianBatch: number;
  largestBatch: number;
  containsName: number;
  sealed: number;
  /** Exposed addresses in each segment that was asked for. Absent: none was. */
  segments?: SegmentCount[];
};

export type SegmentCount = { name: string; addresses: number };

/**
 * What a draft would change for whom, against the list in force: counts of addresses, never people. Every address of either
 * list is counted in one of them.
 */
export type ListDifference = {
  /** The list in force it was counted against. */
  listId: string;
  version: number;
  countedAt: string;
  /** Null: the two lists rest on different keys, and so cannot be compared. */
  counts: {
    newlyExposed: number;
    newlyQueued: number;
    /** Exposed before; now only in messages that were stopped. */
    nowQueued: number;
    /** Exposed before; now in no message. */
    gone: number;
    /** Queued before and never exposed; now in no message. */
    queuedGone: number;
    /** In other messages than before. */
    otherMessages: number;
    /** In the same messages, with other figures or measures. */
    otherFigures: number;
    unchanged: number;
  } | null;
};

/** One version of who was exposed in an incident. `loading` until every row is there, the answer only when applied. */
export const exposureLists = pgTable(
  'exposure_lists',
  {
    id: text('id').primaryKey(),
    incidentId: text('incident_id')
      .notNull()
      .references(() => incidents.id),
    version: integer('version').notNull(),
    state: text('state', { enum: ['loading', 'draft', 'applied', 'closed', 'superseded'] }).notNull(),
    /** SHA-256 (hex) over every file read and the options that change the result. */
    sourceHash: text('source_hash'),
    sourceName: text('source_name').notNull(),
    report: jsonb('report').$type<ImportReport>(),
    keyVersion: integer('key_version').notNull(),
    /** Names the key the rows were made with: under another key everybody would seem not to be in the list. */
    keyFingerprint: text('key_fingerprint').notNull(),
    normVersion: text('norm_version').notNull(),
    importedBy: text('imported_by'),
    importedAt: moment('imported_at').notNull(),
    appliedBy: text('applied_by'),
    appliedAt: moment('applied_at'),
    /** Why it replaced the one before, for everybody to read. The first replaces none. */
    appliedReason: text('applied_reason'),
    closedBy: text('closed_by'),
    closedAt: moment('closed_at'),
    /** Distinct addresses whose owners had their rows erased: with the rows that are left it makes up the report's count. */
    erasedAddresses: integer('erased_addresses').notNull().default(0),
    /** Sealed originals are destroyed at this moment; absent: none were kept. */
    sealedUntil: moment('sealed_until'),
    /** The list's data key, encrypted (age) to the sealing key pair whose private half only a sending worker holds. */
    sealedKey: bytea('sealed_key'),
    difference: jsonb('difference').$type<ListDifference>(),
    /** When the last of its rows was deleted, after the end of its incident's data. */
    emptiedAt: moment('emptied_at'),
  },
  (table) => [unique('exposure_lists_version').on(table.incidentId, table.version)],
);

/** The end of an incident's data: from here nobody can be told any more. Counts and evidence stay. */
export const exposureDestructions = pgTable('exposure_destructions', {
  incidentId: text('incident_id')
    .primaryKey()
    .references(() => incidents.id),
  /** Absent: the operator. */
  destroyedBy: text('destroyed_by'),
  destroyedAt: moment('destroyed_at').notNull(),
});

/** One leaked message: the people in it were shown to each other. */
export const leakedBatches = pgTable(
  'leaked_batches',
  {
    listId: text('list_id')
      .notNull()
      .references(() => exposureLists.id, { onDelete: 'cascade' }),
    batchNo: integer('batch_no').notNull(),
    /** Distinct normalised addresses in it. */
    size: integer('size').notNull(),
    /** Copies not known to have bounced. */
    delivered: integer('delivered').notNull(),
    stopped: boolean('stopped').notNull(),
    sentAt: moment('sent_at'),
  },
  (table) => [primaryKey({ columns: [table.listId, table.batchNo] })],
);

/** No plaintext and no domain: a keyed hash, written in the hash's order so that nothing tells the list's. */
export const exposures = pgTable(
  'exposures',
  {
    /** Of `exposure_lists`. Not a foreign key: to check it for every row takes twice as long as to write them. */
    listId: text('list_id').notNull(),
    addressKey: bytea('address_key').notNull(),
    batchNo: integer('batch_no').notNull(),
    keyVersion: smallint('key_version').notNull(),
    normVersion: text('norm_version').notNull(),
    /** Bits: 1 contains a name, 2 own copy bounced. */
    flags: smallint('flags').notNull(),
    measures: jsonb('measures').$type<Record<string, string>>(),
  },
  (table) => [primaryKey({ columns: [table.listId, table.addressKey, table.batchNo] })],
);

/** Addresses of exposed people, a hundred in a row, encrypted so that they can be told; ids are random and so is the order. */
export const sealedOriginals = pgTable(
  'sealed_originals',
  {
    /** Of `exposure_lists`. Not a foreign key: to check it for every row takes twice as long as to write them. */
    listId: text('list_id').notNull(),
    id: bytea('id').notNull(),
    sealedAddresses: bytea('sealed_address').notNull(),
    /** Of `exposure_segments`. Absent: the blocks of everybody, in which the people of a segment are sealed as well. */
    segmentId: text('segment_id'),
  },
  (table) => [primaryKey({ columns: [table.listId, table.id] })],
);

/** Some of the exposed people of a list, by an attribute that is kept nowhere. Who they are stands in sealed blocks alone. */
export const exposureSegments = pgTable(
  'exposure_segments',
  {
    listId: text('list_id')
      .notNull()
      .references(() => exposureLists.id, { onDelete: 'cascade' }),
    id: text('id').notNull(),
    /** For the team: no mail and no page for customers shows it. */
    name: text('name').notNull(),
    /** How many addresses were sealed for it; at least one. */
    size: integer('addresses').notNull(),
  },
  (table) => [primaryKey({ columns: [table.listId, table.id] })],
);

/** "I have read this": per proven address and list version. */
export const acknowledgements = pgTable(
  'acknowledgements',
  {
    addressId: text('address_id')
      .notNull()
      .references(() => addresses.id, { onDelete: 'cascade' }),
    listId: text('list_id')
      .notNull()
      .references(() => exposureLists.id, { onDelete: 'cascade' }),
    acknowledgedAt: moment('acknowledged_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.addressId, table.listId] }),
    index('acknowledgements_list').on(table.listId),
  ],
);
