import { sql } from '#db/drizzle.ts';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
} from '#db/drizzle-tables.ts';
import { bytea, moment } from './columns.ts';

/** Rendered once when the audience freezes, with slots for what differs per recipient, headers included. */
export type RenderedMessage = {
  from: string;
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
  /** The version of the `tokens` key that unsubscribe links are made with, at every attempt. */
  tokenKeyVersion: number;
};

/** What is to be told, taken from the published text when the broadcast is drafted: it can no longer change. */
export type BroadcastContent = {
  title: string;
  summary: string;
  /** Who says it and when, with the zone. */
  byline?: string | undefined;
  /** Notices: when it takes effect, in words with the zone; absent when it already has. */
  effective?: string | undefined;
  html: string;
  text: string;
  /** The public page that says the same. */
  permalink: string;
};

/** Who is to be told. */
export type Audience =
  | { kind: 'subscribers'; topic: 'statements' | 'notices' | 'maintenance' }
  | { kind: 'exposed'; incidentId: string }
  /** Whose answer this version of the incident's list changed, against the one whose place it took. */
  | { kind: 'changed'; incidentId: string; version: number; part: ChangedPart }
  /** The exposed people of one segment of this version of the incident's list. */
  | { kind: 'segment'; incidentId: string; version: number; segmentId: string };

export const changedParts = ['newlyExposed', 'noLongerExposed', 'everybody'] as const;
export type ChangedPart = (typeof changedParts)[number];

/** Telling many people one thing. What it is about is a published revision, notice or maintenance. */
export const broadcasts = pgTable('broadcasts', {
  id: text('id').primaryKey(),
  purpose: text('purpose', { enum: ['duty', 'update'] }).notNull(),
  aboutKind: text('about_kind', { enum: ['statement_revision', 'notice', 'maintenance'] }).notNull(),
  aboutId: text('about_id').notNull(),
  content: jsonb('content').$type<BroadcastContent>().notNull(),
  audience: jsonb('audience').$type<Audience>().notNull(),
  state: text('state', {
    enum: ['draft', 'approved', 'freezing', 'sending', 'halted', 'done', 'aborted'],
  }).notNull(),
  /** Why it is halted or aborted, in words for the desk. */
  reason: text('reason'),
  draftedBy: text('drafted_by').notNull(),
  draftedAt: moment('drafted_at').notNull(),
  releasedBy: text('released_by'),
  releasedAt: moment('released_at'),
  rendered: jsonb('rendered').$type<RenderedMessage>(),
  /** SHA-256 (hex) of the rendered content. */
  contentHash: text('content_hash'),
  /** Where a freeze that was interrupted goes on. */
  freezeCursor: text('freeze_cursor'),
  /** How many deliveries the freeze made: from here the audience does not change. */
  audienceCount: integer('audience_count'),
  transport: text('transport'),
  keyVersion: integer('key_version'),
  finishedAt: moment('finished_at'),
});

/** Up to 100 deliveries handed over in one request. */
export const providerBatches = pgTable(
  'provider_batches',
  {
    broadcastId: text('broadcast_id')
      .notNull()
      .references(() => broadcasts.id),
    number: integer('number').notNull(),
    /** The number of the split when a refused batch was halved; 0 at first. */
    split: integer('split').notNull().default(0),
    state: text('state', {
      enum: ['pending', 'sealed', 'sending', 'accepted', 'failed', 'unknown'],
    }).notNull(),
    /** SHA-256 (hex) of the exact request, fixed at the first claim. */
    seal: text('seal'),
    attempts: integer('attempts').notNull().default(0),
    firstAttemptAt: moment('first_attempt_at'),
    /** Not before this moment: the provider asked for patience. */
    notBefore: moment('not_before'),
    leaseUntil: moment('lease_until'),
    reason: text('reason'),
  },
  (table) => [
    primaryKey({ columns: [table.broadcastId, table.number] }),
    index('provider_batches_waiting')
      .on(table.broadcastId, table.number)
      .where(sql`${table.state} in ('pending', 'sealed', 'sending')`),
  ],
);

/** One message to one person: a row before it is a request. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: text('id').primaryKey(),
    broadcastId: text('broadcast_id')
      .notNull()
      .references(() => broadcasts.id),
    /** HMAC under a key of this broadcast alone. */
    recipientKey: bytea('recipient_key').notNull(),
    batchNumber: integer('batch_number').notNull(),
    position: smallint('position').notNull(),
    /** Update: whose subscription it rests on. Duty: absent. */
    subscriptionId: text('subscription_id'),
    /** Encrypted under the broadcasts key with this row's identity. Wiped 30 days after the end: until then bounces come. */
    sealedAddress: bytea('sealed_address'),
    state: text('state', { enum: ['pending', 'accepted', 'skipped', 'rejected', 'unknown'] }).notNull(),
    reason: text('reason'),
    providerId: text('provider_id').unique(),
    outcome: text('outcome', { enum: ['delivered', 'bounced', 'complained', 'suppressed'] }),
    acceptedAt: moment('accepted_at'),
  },
  (table) => [
    unique('deliveries_recipient_once').on(table.broadcastId, table.recipientKey),
    unique('deliveries_position_once').on(table.broadcastId, table.batchNumber, table.position),
    foreignKey({
      columns: [table.broadcastId, table.batchNumber],
      foreignColumns: [providerBatches.broadcastId, providerBatches.number],
    }),
    check('deliveries_accepted_has_id', sql`${table.state} <> 'accepted' or ${table.providerId} is not null`),
  ],
);

/** One row: is everything stopped, and until when does the shared rate wait. */
export const senderGate = pgTable('sender_gate', {
  id: integer('id').primaryKey().default(1),
  stopped: boolean('stopped').notNull().default(false),
  reason: text('reason'),
  /** The next request may leave at this moment. */
  nextAt: moment('next_at'),
});

/** Duty mail that could not be delivered: these people must be told another way. */
export const unreached = pgTable('unreached', {
  deliveryId: text('delivery_id')
    .primaryKey()
    .references(() => deliveries.id),
  reason: text('reason').notNull(),
  createdAt: moment('created_at').notNull(),
});

/** What the provider told us, as it came: recorded by the webhook, acted on by the worker. */
export const providerEvents = pgTable(
  'provider_events',
  {
    /** The provider's event id: the same event again is the same row. */
    id: text('id').primaryKey(),
    kind: text('kind').notNull(),
    providerId: text('provider_id'),
    deliveryId: text('delivery_id'),
    permanent: boolean('permanent').notNull().default(false),
    occurredAt: moment('occurred_at').notNull(),
    receivedAt: moment('received_at').notNull(),
    handledAt: moment('handled_at'),
  },
  (table) => [
    index('provider_events_waiting')
      .on(table.receivedAt)
      .where(sql`${table.handledAt} is null`),
  ],
);
