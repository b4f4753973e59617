import { createHash } from 'node:crypto';
import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { customers, sessions, staff } from '#db/schema/index.ts';
import {
  endSession,
  endStaffSessions,
  findCustomerSession,
  findStaffSession,
  forgetSessions,
  startCustomerSession,
  startStaffSession,
} from '#src/domain/accounts/sessions.ts';
import { testStore } from '#tests/support/database.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const now = new Date('2026-03-01T12:00:00Z');
const after = (ms: number) => new Date(now.getTime() + ms);

const { db } = await testStore();
await db.insert(customers).values({ id: 'customer', createdAt: now });
await db.insert(staff).values({
  ...{ id: 'staff', name: 'Mara Lindqvist', title: 'COO', role: 'owner', createdAt: now },
  ...{ addressKey: new Uint8Array(32), keyVersion: 1, sealedAddress: new Uint8Array(32) },
});
const signedIn = { secondFactorGiven: true };

describe('what is stored of a session', () => {
  test('is a hash: the table has nothing that a cookie could be made of', async () => {
    const tokens = [
      await startCustomerSession(db, 'customer', now),
      await startStaffSession(db, 'staff', signedIn, now),
    ];
    const rows = await db.select().from(sessions);
    const dump = JSON.stringify(rows);
    for (const token of tokens) {
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(dump).not.toContain(token);
      expect(rows.map((row) => row.id)).toContain(createHash('sha256').update(token).digest('hex'));
    }
    for (const { id } of rows) {
      expect(await findCustomerSession(db, id, now)).toBeUndefined();
      expect(await findStaffSession(db, id, now)).toBeUndefined();
    }
  });

  test('is another one at every sign-in', async () => {
    const first = await startCustomerSession(db, 'customer', now);
    expect(await startCustomerSession(db, 'customer', now)).not.toBe(first);
  });
});

describe('a customer’s session', () => {
  test('belongs to that customer and opens nothing of the team’s', async () => {
    const token = await startCustomerSession(db, 'customer', now);
    expect(await findCustomerSession(db, token, now)).toEqual({ customerId: 'customer', startedAt: now });
    expect(await findStaffSession(db, token, now)).toBeUndefined();
  });

  test('ends after 30 days without a page', async () => {
    const token = await startCustomerSession(db, 'customer', now);
    expect(await findCustomerSession(db, token, after(30 * DAY))).toBeUndefined();
  });

  test('goes on while it is used, by 30 days at a time', async () => {
    const token = await startCustomerSession(db, 'customer', now);
    for (const days of [29, 58, 87])
      expect(await findCustomerSession(db, token, after(days * DAY))).toBeDefined();
  });

  test('ends after 90 days however much it is used', async () => {
    const token = await startCustomerSession(db, 'customer', now);
    for (const days of [20, 40, 60, 80])
      expect(await findCustomerSession(db, token, after(days * DAY))).toBeDefined();
    expect(await findCustomerSession(db, token, after(90 * DAY - MINUTE))).toBeDefined();
    expect(await findCustomerSession(db, token, after(90 * DAY))).toBeUndefined();
  });
});

describe('a session of the team', () => {
  test('ends after 30 minutes without a page, to the minute, and not before', async () => {
    const token = await startStaffSession(db, 'staff', signedIn, now);
    expect(await findStaffSession(db, token, after(29 * MINUTE))).toMatchObject({ secondFactorGiven: true });
    expect(await findStaffSession(db, token, after(58 * MINUTE))).toBeDefined();
    expect(await findStaffSession(db, token, after(88 * MINUTE))).toBeUndefined();
  });

  test('ends after 12 hours however much it is used', async () => {
    const token = await startStaffSession(db, 'staff', signedIn, now);
    for (let ms = 20 * MINUTE; ms < 12 * HOUR; ms += 20 * MINUTE) {
      expect(await findStaffSession(db, token, after(ms))).toBeDefined();
    }
    expect(await findStaffSession(db, token, after(12 * HOUR))).toBeUndefined();
  });

  test('without the second factor says so, and lasts ten minutes', async () => {
    const token = await startStaffSession(db, 'staff', { secondFactorGiven: false }, now);
    for (const minutes of [0, 5, 9]) {
      expect(await findStaffSession(db, token, after(minutes * MINUTE))).toMatchObject({
        secondFactorGiven: false,
      });
    }
    expect(await findStaffSession(db, token, after(10 * MINUTE))).toBeUndefined();
  });

  test('names the person with the role they have now', async () => {
    const token = await startStaffSession(db, 'staff', signedIn, now);
    await db.update(staff).set({ role: 'viewer' }).where(eq(staff.id, 'staff'));
    const session = await findStaffSession(db, token, now);
    expect(session?.staff).toEqual({ id: 'staff', name: 'Mara Lindqvist', title: 'COO', role: 'viewer' });
    await db.update(staff).set({ role: 'owner' }).where(eq(staff.id, 'staff'));
  });

  test('opens nothing once the person is out of the team', async () => {
    const token = await startStaffSession(db, 'staff', signedIn, now);
    await db.update(staff).set({ deactivatedAt: now }).where(eq(staff.id, 'staff'));
    expect(await findStaffSession(db, token, now)).toBeUndefined();
    await db.update(staff).set({ deactivatedAt: null }).where(eq(staff.id, 'staff'));
  });
});

describe('ending', () => {
  test('a session ends on the server, whatever the browser keeps', async () => {
    const token = await startCustomerSession(db, 'customer', now);
    await endSession(db, token);
    expect(await findCustomerSession(db, token, now)).toBeUndefined();
  });

  test('all sessions of one person end together', async () => {
    const tokens = [
      await startStaffSession(db, 'staff', signedIn, now),
      await startStaffSession(db, 'staff', signedIn, now),
    ];
    await endStaffSessions(db, 'staff', now);
    for (const token of tokens) expect(await findStaffSession(db, token, now)).toBeUndefined();
  });

  test('opening a page with an old cookie deletes nothing; the clean-up does', async () => {
    const token = await startCustomerSession(db, 'customer', now);
    const count = async () => (await db.select().from(sessions)).length;
    const before = await count();
    await findCustomerSession(db, token, after(90 * DAY));
    expect(await count()).toBe(before);
    await forgetSessions(db, after(90 * DAY));
    expect(await count()).toBe(0);
  });
});
