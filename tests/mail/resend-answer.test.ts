import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { SendResult } from '#src/mail/mailer.ts';
import { resendMailer } from '#src/mail/resend.ts';
import { startResendDouble, type ResendDouble } from '#tests/support/resend-double.ts';
import type { ResendFault } from '#tests/support/resend-double/faults.ts';
import { someMessage, someMessages } from './messages.ts';

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

describe('what became of a hand-over', () => {
  const answer = (status: number, name: string, headers = {}): ResendFault => ({
    status,
    body: { statusCode: status, name, message: 'For ada@example.com this went wrong.' },
    headers,
  });
  const after: [ResendFault, SendResult['state']][] = [
    ['drop after accepting', 'again'],
    ['500 after accepting', 'again'],
    ['html after accepting', 'again'],
    ['truncated after accepting', 'again'],
  ];
  test.each(after)(
    'after "%s" the same key later brings the first ids, and nothing is sent twice',
    async (fault, state) => {
      double.faults.next.push(fault);
      expect((await mailer().sendBatch(batch(3), patience())).state).toBe(state);
      const result = await mailer().sendBatch(batch(3), patience());
      expect(result).toEqual({
        state: 'accepted',
        providerIds: double.ledger.map(({ providerId }) => providerId),
      });
      expect(double.ledger).toHaveLength(3);
    },
  );

  const table: [string, ResendFault, SendResult['state']][] = [
    ['no answer at all', 'drop before accepting', 'again'],
    ['500', '500 before accepting', 'again'],
    ['an HTML page from a proxy', 'html before accepting', 'again'],
    ['429 rate limit', 'rate limit', 'again'],
    ['429 without a name', { status: 429, body: {} }, 'again'],
    ['408', answer(408, 'application_error'), 'again'],
    ['409 concurrent_idempotent_requests', answer(409, 'concurrent_idempotent_requests'), 'again'],
    ['409 resource_locked', answer(409, 'resource_locked'), 'again'],
    ['423 resource_locked', answer(423, 'resource_locked'), 'again'],
    ['409 with an unfamiliar name', answer(409, 'something_new'), 'again'],
    ['503', answer(503, 'application_error'), 'again'],
    ['500 internal_server_error', answer(500, 'internal_server_error'), 'again'],
    ['an error that is JSON null', { status: 400, body: null }, 'again'],
    ['an error that is a JSON list', { status: 422, body: [] }, 'again'],
    [
      'a 4xx that is not in Resend’s words',
      { status: 400, body: { statusCode: 400, error: 'Bad Request' } },
      'again',
    ],
    ['200 with JSON that is not Resend’s', { status: 200, body: { hello: 'world' } }, 'again'],
    ['200 with JSON null', { status: 200, body: null }, 'again'],
    ['409 invalid_idempotent_request', answer(409, 'invalid_idempotent_request'), 'unknown'],
    ['429 daily_quota_exceeded', answer(429, 'daily_quota_exceeded'), 'halted'],
    ['429 monthly_quota_exceeded', answer(429, 'monthly_quota_exceeded'), 'halted'],
    ['401 missing_api_key', answer(401, 'missing_api_key'), 'halted'],
    ['401 restricted_api_key', answer(401, 'restricted_api_key'), 'halted'],
    ['403 invalid_api_key', answer(403, 'invalid_api_key'), 'halted'],
    ['403 validation_error, an unverified domain', answer(403, 'validation_error'), 'halted'],
    ['422 invalid_from_address', answer(422, 'invalid_from_address'), 'halted'],
    ['404, a wrong address of the API', answer(404, 'not_found'), 'halted'],
    [
      '308, a redirect',
      { status: 308, body: undefined, headers: { location: 'http://127.0.0.1:9/' } },
      'halted',
    ],
    ['400 validation_error', answer(400, 'validation_error'), 'refused'],
    ['422 validation_error', answer(422, 'validation_error'), 'refused'],
    ['422 missing_required_field', answer(422, 'missing_required_field'), 'refused'],
    ['422 invalid_attachment', answer(422, 'invalid_attachment'), 'refused'],
    ['413, too large', answer(413, 'application_error'), 'refused'],
    ['451 security_error', answer(451, 'security_error'), 'refused'],
  ];
  test.each(table)('%s', async (_, fault, state) => {
    for (const hand of [
      () => mailer().send(someMessage(), patience()),
      () => mailer().sendBatch(batch(3), patience()),
    ]) {
      double.faults.next.push(fault);
      const result = await hand();
      expect(result.state).toBe(state);
      expect(JSON.stringify(result)).not.toContain('ada@');
    }
    expect(double.ledger).toEqual([]);
  });

  it('says why, with the address masked', async () => {
    double.faults.next.push(answer(403, 'validation_error'));
    const result = await mailer().send(someMessage(), patience());
    expect(result).toEqual({
      state: 'halted',
      reason: 'Resend answered 403 validation_error: For a***@example.com this went wrong.',
    });
  });

  it('is unknown when the number of ids differs from the number of messages', async () => {
    double.faults.next.push({ status: 200, body: { data: [{ id: 'a' }, { id: 'b' }] } });
    expect(await mailer().sendBatch(batch(3), patience())).toEqual({
      state: 'unknown',
      reason: 'Resend answered with 2 usable ids for 3 messages.',
    });
  });

  test.each([
    ['the same id twice', [{ id: 'a' }, { id: 'a' }]],
    ['an id that is no text', [{ id: 'a' }, { id: 7 }]],
    ['no ids', []],
  ])('is unknown with %s', async (_, data) => {
    double.faults.next.push({ status: 200, body: { data } });
    expect((await mailer().sendBatch(batch(2), patience())).state).toBe('unknown');
  });

  test.each([
    ['seconds', { 'retry-after': '7' }, 7000],
    [
      'a date',
      { 'retry-after': 'Fri, 01 Nov 2019 06:00:05 GMT', date: 'Fri, 01 Nov 2019 06:00:00 GMT' },
      5000,
    ],
    [
      'a date that has passed',
      { 'retry-after': 'Fri, 01 Nov 2019 06:00:00 GMT', date: 'Fri, 01 Nov 2019 06:01:00 GMT' },
      0,
    ],
    ['a year', { 'retry-after': '31536000' }, 3_600_000],
    ['only a reset', { 'ratelimit-reset': '1' }, 1000],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
    ['nothing', {}, undefined],
  ])('passes on how long to wait, given %s', async (_, headers, retryAfterMs) => {
    double.faults.next.push(answer(429, 'rate_limit_exceeded', headers as Record<string, string>));
    expect(await mailer().send(someMessage(), patience())).toEqual({
      state: 'again',
      reason: expect.any(String),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  });

  it('is to be asked again when the time limit ends the wait, and was accepted once', async () => {
    double.faults.next.push('silence');
    const result = await mailer().sendBatch(batch(3), AbortSignal.timeout(50));
    expect(result.state).toBe('again');
    expect((await mailer().sendBatch(batch(3), patience())).state).toBe('accepted');
    expect(double.ledger).toHaveLength(3);
  });

  it('is to be asked again when nobody listens', async () => {
    const nobody = resendMailer({ apiKey, baseUrl: 'http://127.0.0.1:1' });
    expect((await nobody.send(someMessage(), patience())).state).toBe('again');
  });

  it('is to be asked again while the first request with its key is under way', async () => {
    double.faults.delayMs = 150;
    const first = mailer().sendBatch(batch(3), patience());
    await expect.poll(() => double.ledger.length).toBe(3);
    const second = await mailer().sendBatch(batch(3), patience());
    expect(second).toMatchObject({ state: 'again', reason: expect.stringContaining('concurrent') });
    expect((await first).state).toBe('accepted');
    expect(double.ledger).toHaveLength(3);
  });

  it('is unknown when its key was used for other bytes', async () => {
    await mailer().sendBatch(batch(3), patience());
    expect((await mailer().sendBatch(batch(4), patience())).state).toBe('unknown');
    expect(double.ledger).toHaveLength(3);
  });

  it('names the message at fault where Resend does, and leaves it open where it does not', async () => {
    double.faults.refused.add('person-2@example.com');
    expect(await mailer().sendBatch(batch(4), patience())).toEqual({
      state: 'refused',
      reason: expect.any(String),
    });
    double.faults.namesRefused = true;
    expect(await mailer().sendBatch(batch(4), patience())).toMatchObject({ state: 'refused', index: 2 });
    expect(double.ledger).toEqual([]);
  });

  it('does not believe an index outside of the batch', async () => {
    const body = { statusCode: 422, name: 'validation_error', message: 'x', errors: [{ index: 9 }] };
    double.faults.next.push({ status: 422, body });
    expect(await mailer().sendBatch(batch(4), patience())).not.toHaveProperty('index');
  });

  it('halts with a wrong key', async () => {
    const wrong = resendMailer({ apiKey: 're_wrong', baseUrl: double.url });
    expect(await wrong.send(someMessage(), patience())).toMatchObject({ state: 'halted' });
  });
});
