import { sql } from '#db/drizzle.ts';
import {
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from '#db/drizzle-tables.ts';
import { bytea, moment } from './columns.ts';

/** A person who has proven at least one mailbox. */
export const customers = pgTable('customers', {
  id: text('id').primaryKey(),
  createdAt: moment('created_at').notNull(),
});

/** A mailbox that somebody has proven to be theirs. Found by its keyed hash, readable only with the key. */
export const addresses = pgTable(
  'addresses',
  {
    id: text('id').primaryKey(),
    customerId: text('customer_id')
      .notNull()
      .references(() => customers.id, { onDelete: 'cascade' }),
    addressKey: bytea('address_key').notNull(),
    keyVersion: integer('key_version').notNull(),
    normVersion: text('norm_version').notNull(),
    sealedAddress: bytea('sealed_address').notNull(),
    provenAt: moment('proven_at').notNull(),
  },
  (table) => [
    uniqueIndex('addresses_address_key').on(table.addressKey),
    index('addresses_customer').on(table.customerId),
  ],
);

export const staff = pgTable(
  'staff',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    /** Shown beside the name on statements, e.g. "Chief Operating Officer". */
    title: text('title').notNull(),
    role: text('role', { enum: ['viewer', 'editor', 'approver', 'owner'] }).notNull(),
    addressKey: bytea('address_key').notNull(),
    keyVersion: integer('key_version').notNull(),
    sealedAddress: bytea('sealed_address').notNull(),
    /** Absent until the second factor is set up; nothing else can be done before. */
    sealedTotpSecret: bytea('sealed_totp_secret'),
    /** The last time step redeemed: a code works once. */
    totpStep: integer('totp_step').notNull().default(0),
    totpTries: smallint('totp_tries').notNull().default(0),
    totpBlockedUntil: moment('totp_blocked_until'),
    createdAt: moment('created_at').notNull(),
    deactivatedAt: moment('deactivated_at'),
  },
  (table) => [uniqueIndex('staff_address_key').on(table.addressKey)],
);

export const recoveryCodes = pgTable(
  'recovery_codes',
  {
    staffId: text('staff_id')
      .notNull()
      .references(() => staff.id, { onDelete: 'cascade' }),
    codeHash: bytea('code_hash').notNull(),
    usedAt: moment('used_at'),
  },
  (table) => [primaryKey({ columns: [table.staffId, table.codeHash] })],
);

/** A one-time link with which a person becomes staff: the first owner, or somebody an owner added. */
export const invitations = pgTable('invitations', {
  id: text('id').primaryKey(),
  tokenHash: bytea('token_hash').notNull().unique(),
  /** Absent: the first owner gives name and address while setting up. */
  staffId: text('staff_id').references(() => staff.id, { onDelete: 'cascade' }),
  expiresAt: moment('expires_at').notNull(),
  usedAt: moment('used_at'),
});

/** The id is SHA-256 of the cookie's value: a stolen table opens nothing. */
export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    customerId: text('customer_id').references(() => customers.id, { onDelete: 'cascade' }),
    staffId: text('staff_id').references(() => staff.id, { onDelete: 'cascade' }),
    /** Moves with use, up to the absolute end. */
    expiresAt: moment('expires_at').notNull(),
    /** Never moves. */
    endsAt: moment('ends_at').notNull(),
    /** Staff: when the second factor was given in this session. */
    secondFactorAt: moment('second_factor_at'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    check('sessions_one_person', sql`num_nonnulls(${table.customerId}, ${table.staffId}) = 1`),
    index('sessions_customer').on(table.customerId),
    index('sessions_staff').on(table.staffId),
    index('sessions_expires').on(table.expiresAt),
  ],
);

/**
 * Somebody asked to prove a mailbox. The token is derived from the seed under a key that is not in the database,
 * so that the worker can write the same letter at every attempt; what is redeemed is compared with hashes.
 */
export const proofRequests = pgTable(
  'proof_requests',
  {
    id: text('id').primaryKey(),
    purpose: text('purpose', { enum: ['customer_sign_in', 'staff_sign_in', 'add_address'] }).notNull(),
    /** add_address: who adds it. */
    customerId: text('customer_id').references(() => customers.id, { onDelete: 'cascade' }),
    addressKey: bytea('address_key').notNull(),
    keyVersion: integer('key_version').notNull(),
    sealedAddress: bytea('sealed_address').notNull(),
    seed: bytea('seed').notNull(),
    /** The same in all requests that one letter answers. */
    tokenHash: bytea('token_hash').notNull(),
    codeHash: bytea('code_hash').notNull(),
    /** SHA-256 of the pending-request cookie: the session starts only in the browser that asked. */
    browserHash: bytea('browser_hash').notNull().unique(),
    triesLeft: smallint('tries_left').notNull(),
    createdAt: moment('created_at').notNull(),
    /** Ten minutes after the hand-over to the mail provider; absent until then. */
    expiresAt: moment('expires_at'),
    redeemedAt: moment('redeemed_at'),
  },
  (table) => [
    index('proof_requests_created').on(table.createdAt),
    index('proof_requests_token').on(table.tokenHash),
  ],
);

/** When the next request on an axis is due (address, client, site): over the limit means later, never dropped. */
export const rateLimits = pgTable(
  'rate_limits',
  {
    axis: text('axis').notNull(),
    key: bytea('key').notNull(),
    dueAt: moment('due_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.axis, table.key] })],
);
