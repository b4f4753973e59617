import { describe, expect, test } from 'vitest';
import { rateLimits } from '#db/schema/index.ts';
import { forgetExpired } from '#src/domain/accounts/retention.ts';
import {
  clientPrefix,
  countMailRequest,
  DELAY_MAX_MS,
  LIMITS,
  nextDue,
  sendAfterDue,
} from '#src/domain/limits.ts';
import { addressOf } from '#tests/support/people.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';

const now = new Date('2026-03-01T12:00:00Z');
const later = (ms: number) => new Date(now.getTime() + ms);

describe('a limit', () => {
  test('lets a burst pass at once and spaces out what follows', () => {
    const limit = { burst: 3, everyMs: 1000 };
    let due: Date | undefined;
    const delays = Array.from({ length: 6 }, () => {
      due = nextDue(due, limit, now);
      return sendAfterDue(due, limit, now).getTime() - now.getTime();
    });
    expect(delays).toEqual([0, 0, 0, 1000, 2000, 3000]);
  });

  test('has forgotten everything once it was idle long enough', () => {
    const limit = { burst: 3, everyMs: 1000 };
    let due: Date | undefined;
    for (let count = 0; count < 10; count += 1) due = nextDue(due, limit, now);
    due = nextDue(due, limit, later(11_000));
    expect(sendAfterDue(due, limit, later(11_000))).toEqual(later(11_000));
  });

  test('never delays by more than an hour, however many ask', () => {
    const limit = { burst: 1, everyMs: 60_000 };
    let due: Date | undefined;
    for (let count = 0; count < 1000; count += 1) due = nextDue(due, limit, now);
    expect(sendAfterDue(due as Date, limit, now)).toEqual(later(DELAY_MAX_MS));
  });
});

describe('where a request comes from', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:DB8::5', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['', 'unknown'],
    ['203.0.113', 'unknown'],
    ['2001:db8::1::2', 'unknown'],
  ])('%s counts as %s', (address, prefix) => {
    expect(clientPrefix(address)).toBe(prefix);
  });
});

describe('counting a request for a mail', async () => {
  const { db } = await testStore();
  const keys = testKeys();
  let clients = 0;
  const fromElsewhere = () => `198.51.100.${(clients += 1)}`;

  test('the sixth for one mailbox waits a minute, in whatever spelling and from wherever', async () => {
    const delays: number[] = [];
    for (const spelling of [
      'Ada@x.example',
      'ada@x.example',
      'ADA@X.EXAMPLE',
      'ada@X.example',
      'aDa@x.example',
      'ada@x.example',
    ]) {
      const address = addressOf(spelling);
      const sendAfter = await countMailRequest(db, keys, { address, clientAddress: fromElsewhere() }, now);
      delays.push(sendAfter.getTime() - now.getTime());
    }
    expect(delays).toEqual([0, 0, 0, 0, 0, LIMITS.address.everyMs]);
  });

  test('the twenty-first from one network waits, for whichever mailbox', async () => {
    let sendAfter = now;
    for (let count = 0; count <= LIMITS.client.burst; count += 1) {
      const asker = { address: addressOf(`p${count}@x.example`), clientAddress: `2001:db8::${count}` };
      sendAfter = await countMailRequest(db, keys, asker, now);
      if (count < LIMITS.client.burst) expect(sendAfter).toEqual(now);
    }
    expect(sendAfter).toEqual(later(LIMITS.client.everyMs));
  });

  test('the database counts as the rule says, up to the longest delay', async () => {
    const address = addressOf('flooded@x.example');
    let due: Date | undefined;
    for (let count = 0; count < 80; count += 1) {
      due = nextDue(due, LIMITS.address, now);
      const sendAfter = await countMailRequest(db, keys, { address, clientAddress: fromElsewhere() }, now);
      expect(sendAfter).toEqual(sendAfterDue(due, LIMITS.address, now));
    }
    expect(sendAfterDue(due as Date, LIMITS.address, now)).toEqual(later(DELAY_MAX_MS));
  });

  test('an axis that is idle again is forgotten, one that is not stays', async () => {
    await forgetExpired(db, later(2 * LIMITS.client.everyMs));
    const axes = new Set((await db.select().from(rateLimits)).map(({ axis }) => axis));
    expect(axes).toContain('address');
    expect(axes).not.toContain('site');
    await forgetExpired(db, later(2 * DELAY_MAX_MS));
    expect(await db.select().from(rateLimits)).toEqual([]);
  });
});
