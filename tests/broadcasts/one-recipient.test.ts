import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Database } from '#db/client.ts';
import type { BroadcastContent } from '#db/schema/index.ts';
import { accountBroadcast } from '#src/domain/broadcasts/queries.ts';
import { folderMailer } from '#src/mail/folder.ts';
import type { Mailer } from '#src/mail/mailer.ts';
import { resendMailer } from '#src/mail/resend.ts';
import { normalisedAddress, parseEmailAddress } from '#src/text/email-address.ts';
import { inRollback, testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { parseMail } from '#tests/support/mail.ts';
import { startResendDouble } from '#tests/support/resend-double.ts';
import { confirmedSubscribers, content, frozenBroadcast, sendAll, senderWith } from './support.ts';

const store = await testStore();
const keys = testKeys();
const double = await startResendDouble({ requestsPerSecond: null });
const resend = resendMailer({ apiKey: 're_test', baseUrl: double.url });
const folder = mkdtempSync(join(tmpdir(), 'forthright-outbox-'));
afterAll(async () => {
  await double.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Local parts with every sign that is allowed in one, and domains in several scripts. */
const local = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,20}$/);
const domain = fc.constantFrom(
  'example.com',
  'EXAMPLE.org',
  'bücher.example',
  'a-b.example.net',
  '例え.example',
);
const address = fc
  .tuple(fc.oneof(local, fc.constantFrom('böse', 'renée+tag', 'o’brien', 'a.b.c')), domain)
  .map(([left, right]) => `${left}@${right}`)
  .filter((text) => parseEmailAddress(text).ok);

/** Words that would open a header, a second recipient or a slot if anything let them. */
const words = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom(
    'x\r\nBcc: eve@example.com',
    '{{slot:token}}',
    'To: eve@example.com',
    '<eve@example.com>, a@b',
    '=?utf-8?q?x?=',
  ),
);
const written: fc.Arbitrary<BroadcastContent> = fc
  .record({ title: words.filter((title) => /\p{L}/u.test(title)), summary: words, text: words })
  .map((parts) => ({ ...content, ...parts }));

async function sent(db: Database, mailer: Mailer, people: readonly string[], what: BroadcastContent) {
  await confirmedSubscribers(db, keys, people);
  const broadcastId = await frozenBroadcast(db, keys, mailer, { content: what });
  await sendAll(db, keys, senderWith(mailer));
  return accountBroadcast(db, broadcastId);
}

const people = fc.uniqueArray(address, {
  minLength: 1,
  maxLength: 130,
  selector: (text) => {
    const parsed = parseEmailAddress(text);
    return parsed.ok ? normalisedAddress(parsed.address) : text;
  },
});

const normalisedAs = (text: string) => {
  const parsed = parseEmailAddress(text);
  return parsed.ok ? parsed.address : text;
};

test('whatever the audience and the content, each message that reaches the provider has one recipient, and all are told', async () => {
  await fc.assert(
    fc.asyncProperty(people, written, async (addresses, what) => {
      double.ledger.length = 0;
      await inRollback(store, async (db) => {
        const account = await sent(db, resend, addresses, what);
        expect(account).toMatchObject({ accepted: addresses.length, closes: true });
        expect(double.ledger.map(({ to }) => to).sort()).toEqual(addresses.map(normalisedAs).sort());
        expect(double.violations).toEqual([]);
      });
    }),
    { numRuns: 15 },
  );
});

test('whatever the audience and the content, each file in the outbox has one recipient and no other address field', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(people, written, async (addresses, what) => {
      run += 1;
      const outboxDir = join(folder, String(run));
      await inRollback(store, async (db) => {
        await sent(db, folderMailer({ outboxDir }), addresses.slice(0, 20), what);
      });
      const mails = await Promise.all(
        readdirSync(outboxDir).map((file) => parseMail(readFileSync(join(outboxDir, file), 'utf8'))),
      );
      expect(mails).toHaveLength(Math.min(addresses.length, 20));
      expect(new Set(mails.map(({ to }) => to)).size).toBe(mails.length);
      for (const { recipients, raw } of mails) {
        expect(recipients).toBe(1);
        expect(raw.slice(0, raw.indexOf('\r\n\r\n'))).not.toMatch(/^(?:cc|bcc|resent-[a-z]+):/im);
      }
    }),
    { numRuns: 8 },
  );
});
