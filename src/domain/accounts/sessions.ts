import { and, eq, lt, lte, sql } from '#db/drizzle.ts';
import { Lucia, TimeSpan, type Adapter } from 'lucia';
import type { Database } from '#db/client.ts';
import { sessions, staff } from '#db/schema/index.ts';
import { newSecret, secretHash } from '#src/trust/secrets.ts';
import type { StaffMember } from '../actors.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

type Limits = { idleMs: number; renewalMs: number; absoluteMs: number };

export const CUSTOMER_SESSION_DAYS = { idle: 30, most: 90 };

/** `renewalMs`: how much of the idle time passes before a request writes a new end. */
const CUSTOMER: Limits = {
  idleMs: CUSTOMER_SESSION_DAYS.idle * DAY_MS,
  renewalMs: DAY_MS,
  absoluteMs: CUSTOMER_SESSION_DAYS.most * DAY_MS,
};
const STAFF: Limits = { idleMs: 30 * MINUTE_MS, renewalMs: MINUTE_MS, absoluteMs: 12 * HOUR_MS };
/** Between the mailed code and the second factor. */
const HALF_SIGNED_IN: Limits = { idleMs: 10 * MINUTE_MS, renewalMs: MINUTE_MS, absoluteMs: 10 * MINUTE_MS };

type SessionRow = { secondFactorAt: Date | null; createdAt: Date };

declare module 'lucia' {
  interface Register {
    Lucia: Lucia<SessionRow, { staff: StaffMember | null }>;
    DatabaseSessionAttributes: SessionRow;
    DatabaseUserAttributes: { staff: StaffMember | null };
  }
}

export type CustomerSession = { customerId: string; startedAt: Date };

/** Without the second factor it opens nothing but the page that asks for it. */
export type StaffSession = { staff: StaffMember; secondFactorGiven: boolean };

/** Starts a session and gives the cookie's value, which is stored nowhere: the row has its hash. */
export async function startCustomerSession(db: Database, customerId: string, now: Date): Promise<string> {
  return start(customers(db, now), customerId, { secondFactorAt: null, createdAt: now });
}

/** `secondFactorGiven` false: ten minutes to give it. */
export async function startStaffSession(
  db: Database,
  staffId: string,
  { secondFactorGiven }: { secondFactorGiven: boolean },
  now: Date,
): Promise<string> {
  return start(staffs(db, now), staffId, { secondFactorAt: secondFactorGiven ? now : null, createdAt: now });
}

/** Who is behind a cookie's value; undefined when the session has ended, by whichever limit. Renews it. */
export async function findCustomerSession(
  db: Database,
  token: string,
  now: Date,
): Promise<CustomerSession | undefined> {
  const { session } = await customers(db, now).validateSession(idOf(token));
  return session ? { customerId: session.userId, startedAt: session.createdAt } : undefined;
}

export async function findStaffSession(
  db: Database,
  token: string,
  now: Date,
): Promise<StaffSession | undefined> {
  const { session, user } = await staffs(db, now).validateSession(idOf(token));
  return user?.staff ? { staff: user.staff, secondFactorGiven: session.secondFactorAt !== null } : undefined;
}

/** Ends one session on the server, whatever the browser keeps. */
export async function endSession(db: Database, token: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.id, idOf(token)));
}

/** Ends every session of somebody in the team. */
export async function endStaffSessions(db: Database, staffId: string, now: Date): Promise<void> {
  await staffs(db, now).invalidateUserSessions(staffId);
}

/** Deletes sessions that have ended. */
export async function forgetSessions(db: Database, now: Date): Promise<void> {
  await customers(db, now).deleteExpiredSessions();
}

async function start(lucia: ReturnType<typeof open>, personId: string, row: SessionRow): Promise<string> {
  const token = newSecret();
  await lucia.createSession(personId, row, { sessionId: idOf(token) });
  return token;
}

/** Lucia stores the id it is given, so it is given the hash; a cookie is made from the token only. */
function idOf(token: string): string {
  return Buffer.from(secretHash(token)).toString('hex');
}

function customers(db: Database, now: Date) {
  return open(adapter(db, 'customer', now), CUSTOMER);
}

function staffs(db: Database, now: Date) {
  return open(adapter(db, 'staff', now), STAFF);
}

function open(adapter: Adapter, { idleMs, renewalMs }: Limits) {
  return new Lucia(adapter, {
    // Lucia renews in the second half of this period; the adapter writes the idle limit instead of the whole of it.
    sessionExpiresIn: new TimeSpan(2 * (idleMs - renewalMs), 'ms'),
    getSessionAttributes: (row) => row,
    getUserAttributes: (row) => row,
  });
}

/** Lucia reads the process's clock: times are shown to it as they look from there, and what it sets is ours to bound. */
function adapter(db: Database, person: 'customer' | 'staff', now: Date): Adapter {
  const processAhead = Date.now() - now.getTime();
  const personId = person === 'customer' ? sessions.customerId : sessions.staffId;
  const limitsOf = (row: { secondFactorAt: Date | null }) => {
    if (person === 'customer') return CUSTOMER;
    return row.secondFactorAt ? STAFF : HALF_SIGNED_IN;
  };
  const later = (ms: number) => new Date(now.getTime() + ms);

  async function rows(which: ReturnType<typeof eq>) {
    const found = await db
      .select({ session: sessions, personId, staff: staffColumns })
      .from(sessions)
      .leftJoin(staff, eq(staff.id, sessions.staffId))
      .where(which);
    return found.flatMap((row) => (row.personId === null ? [] : [{ ...row, personId: row.personId }]));
  }

  type Row = Awaited<ReturnType<typeof rows>>[number];
  const shown = (row: Row) => ({
    id: row.session.id,
    userId: row.personId,
    expiresAt: new Date(row.session.expiresAt.getTime() + processAhead),
    attributes: { secondFactorAt: row.session.secondFactorAt, createdAt: row.session.createdAt },
  });

  return {
    async getSessionAndUser(id) {
      const [row] = await rows(eq(sessions.id, id));
      // What has ended is left to forgetSessions: opening a page deletes nothing.
      if (!row || row.session.expiresAt <= now) return [null, null];
      if (person === 'customer') return [shown(row), { id: row.personId, attributes: { staff: null } }];
      if (!row.staff || row.staff.deactivatedAt !== null) return [null, null];
      return [shown(row), { id: row.personId, attributes: { staff: memberOf(row.staff) } }];
    },
    async getUserSessions(id) {
      return (await rows(eq(personId, id))).map(shown);
    },
    async setSession({ id, userId, attributes }) {
      const limits = limitsOf(attributes);
      await db.insert(sessions).values({
        id,
        customerId: person === 'customer' ? userId : null,
        staffId: person === 'staff' ? userId : null,
        expiresAt: later(limits.idleMs),
        endsAt: later(limits.absoluteMs),
        ...attributes,
      });
    },
    async updateSessionExpiration(id) {
      const idleAt = sql.param(later((person === 'customer' ? CUSTOMER : STAFF).idleMs), sessions.expiresAt);
      const expiresAt = sql<Date>`least(${idleAt}::timestamptz, ${sessions.endsAt})`;
      // Never earlier than it was: two requests at once may arrive in either order.
      await db
        .update(sessions)
        .set({ expiresAt })
        .where(and(eq(sessions.id, id), lt(sessions.expiresAt, expiresAt)));
    },
    async deleteSession(id) {
      await db.delete(sessions).where(eq(sessions.id, id));
    },
    async deleteUserSessions(id) {
      await db.delete(sessions).where(eq(personId, id));
    },
    async deleteExpiredSessions() {
      await db.delete(sessions).where(lte(sessions.expiresAt, now));
    },
  };
}

const staffColumns = {
  id: staff.id,
  name: staff.name,
  title: staff.title,
  role: staff.role,
  deactivatedAt: staff.deactivatedAt,
};

function memberOf({ id, name, title, role }: StaffMember): StaffMember {
  return { id, name, title, role };
}
