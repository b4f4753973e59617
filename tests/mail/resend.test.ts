import fc from 'fast-check';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SendResult } from '#src/mail/mailer.ts';
import { OneRecipientError } from '#src/mail/one-recipient.ts';
import { resendMailer } from '#src/mail/resend.ts';
import { startResendDouble, type ResendDouble } from '#tests/support/resend-double.ts';
import { address, anyAddress, anyContent, anySubject, someMessage, someMessages } from './messages.ts';

const apiKey = 're_right';
let double: ResendDouble;
const patience = () => AbortSignal.timeout(10_000);
const mailer = () => resendMailer({ apiKey, baseUrl: double.url });
const batch = (count: number, idempotencyKey = 'bc/1/1/0') => ({
  messages: someMessages(count),
  idempotencyKey,
});

beforeEach(async () => {
  double = await startResendDouble({ apiKey, requestsPerSecond: null });
});
afterEach(async () => {
  expect(double.violations).toEqual([]);
  await double.close();
});

describe('a hand-over', () => {
  it('carries one message with its key, headers and tags', async () => {
    const result = await mailer().send(someMessage(), patience());
    expect(result).toEqual({ state: 'accepted', providerIds: [double.ledger[0]!.providerId] });
    expect(double.ledger[0]).toMatchObject({
      to: 'ada@example.com',
      idempotencyKey: 'bc/1/1/0',
      tags: { delivery: 'd1' },
      message: {
        from: 'Example Exchange <notices@mail.example.com>',
        to: ['ada@example.com'],
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Entity-Ref-ID': 'abc' },
      },
    });
  });

  it('carries a batch in one request, and returns the ids in the order given', async () => {
    const result = await mailer().sendBatch(batch(100), patience());
    if (result.state !== 'accepted') throw new Error(result.state);
    expect(double.requests).toHaveLength(1);
    const byId = new Map(double.ledger.map((entry) => [entry.providerId, entry]));
    expect(result.providerIds.map((id) => byId.get(id)?.to)).toEqual(someMessages(100).map(({ to }) => to));
  });

  it('quotes a sender whose name has a comma, so that it stays one sender', async () => {
    await mailer().send(someMessage({ from: 'Example, Inc. <a@example.com>' }), patience());
    expect(double.ledger[0]?.message?.from).toBe('"Example, Inc." <a@example.com>');
  });

  it('has exactly one recipient per message, whatever the content and the address', async () => {
    let number = 0;
    const parts = fc.tuple(anyAddress, anySubject, anyContent, anyContent);
    await fc.assert(
      fc.asyncProperty(parts, async ([to, subject, text, html]) => {
        number += 1;
        const message = someMessage({
          to,
          subject: `${subject}.`,
          text: `${text}.`,
          html: `${html}.`,
          idempotencyKey: `k${number}`,
        });
        expect((await mailer().send(message, patience())).state).toBe('accepted');
        expect(double.ledger.at(-1)?.message?.to).toEqual([to]);
      }),
      { numRuns: 200 },
    );
  });

  it('is held back when a message breaks the rule, and no request is made', async () => {
    const hostile = someMessage({ subject: 'a\nb', idempotencyKey: '2', to: address('b@example.com') });
    await expect(mailer().send(hostile, patience())).rejects.toThrow(OneRecipientError);
    const mixed = { messages: [someMessage(), hostile], idempotencyKey: 'k' };
    await expect(mailer().sendBatch(mixed, patience())).rejects.toThrow(OneRecipientError);
    expect(double.requests).toEqual([]);
  });

  it('sends nothing twice when the same key and bytes come again', async () => {
    const first = await mailer().sendBatch(batch(5), patience());
    expect(await mailer().sendBatch(batch(5), patience())).toEqual(first);
    expect(double.ledger).toHaveLength(5);
  });
});

describe('the way there', () => {
  it('follows no redirect: nobody else is handed an address', async () => {
    const seen: string[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.url ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/emails`;
    double.faults.next.push({ status: 307, body: undefined, headers: { location } });
    expect(await mailer().send(someMessage(), patience())).toEqual({
      state: 'halted',
      reason: "Resend's address answers with a redirect (307): check RESEND_BASE_URL.",
    });
    expect(seen).toEqual([]);
    await new Promise((resolve) => elsewhere.close(resolve));
  });

  it('does not take its address or key from the environment', async () => {
    process.env['RESEND_BASE_URL'] = 'http://127.0.0.1:1';
    try {
      expect((await mailer().send(someMessage(), patience())).state).toBe('accepted');
      expect(() => resendMailer({ apiKey: '' })).toThrow('RESEND_API_KEY');
    } finally {
      delete process.env['RESEND_BASE_URL'];
    }
  });

  it('refuses a key with a sign that no key has, and does not repeat it', () => {
    expect(() => resendMailer({ apiKey: 're_sec\nret' })).toThrow('RESEND_API_KEY');
    expect(() => resendMailer({ apiKey: 're_sec\nret' })).not.toThrow('ret');
  });
});

describe('a storm of faults', () => {
  let stormy: ResendDouble;
  beforeAll(async () => {
    stormy = await startResendDouble({ requestsPerSecond: null, seed: 7 });
  });
  afterAll(() => stormy.close());

  it('loses nobody and sends nothing twice, when the same key is asked until it answers', async () => {
    stormy.faults.shares = {
      'drop before accepting': 0.1,
      'drop after accepting': 0.1,
      '500 before accepting': 0.1,
      '500 after accepting': 0.1,
      'html after accepting': 0.1,
      'truncated after accepting': 0.1,
    };
    const mailer = resendMailer({ apiKey, baseUrl: stormy.url });
    const ids: string[] = [];
    for (let number = 0; number < 40; number += 1) {
      const messages = someMessages(10).map((message, position) => ({
        ...message,
        to: address(`p${number}-${position}@example.com`),
        idempotencyKey: `${number}/${position}`,
      }));
      let result: SendResult;
      do result = await mailer.sendBatch({ messages, idempotencyKey: `bc/${number}` }, patience());
      while (result.state === 'again');
      if (result.state !== 'accepted') throw new Error(result.reason);
      ids.push(...result.providerIds);
    }
    expect(stormy.ledger.map(({ providerId }) => providerId)).toEqual(ids);
    expect(new Set(stormy.ledger.map(({ to }) => to)).size).toBe(400);
    expect(stormy.requests.length).toBeGreaterThan(50);
    expect(stormy.violations).toEqual([]);
  });
});
