import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { startResendDouble, type ResendDouble } from '#tests/support/resend-double.ts';

let double: ResendDouble;
beforeEach(async () => {
  double = await startResendDouble({ requestsPerSecond: null });
});
afterEach(() => double.close());

const message = {
  from: 'a@example.com',
  to: ['ada@example.com'],
  subject: 's',
  text: 't',
  html: 'h',
  headers: {},
  tags: [{ name: 'delivery', value: 'd1' }],
};

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${double.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer re_x',
      'idempotency-key': 'k',
      'x-batch-validation': 'strict',
      ...headers,
    },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

describe('what must never be sent', () => {
  const bob = { ...message, to: ['bob@example.com'] };
  test.each<[string, string, unknown]>([
    ['two recipients', '/emails', { ...message, to: ['a@example.com', 'b@example.com'] }],
    ['no recipient', '/emails', { ...message, to: [] }],
    ['a recipient that is no list', '/emails', { ...message, to: 'a@example.com' }],
    ['a list in one text', '/emails', { ...message, to: ['a@example.com, b@example.com'] }],
    ['a named recipient', '/emails', { ...message, to: ['Ada <a@example.com>'] }],
    ['cc', '/emails', { ...message, cc: ['b@example.com'] }],
    ['bcc', '/emails', { ...message, bcc: ['b@example.com'] }],
    ['reply_to', '/emails', { ...message, reply_to: 'b@example.com' }],
    ['scheduled_at', '/emails', { ...message, scheduled_at: 'in 1 min' }],
    ['a foreign header', '/emails', { ...message, headers: { Bcc: 'b@example.com' } }],
    ['a line break in a header', '/emails', { ...message, headers: { 'List-Id': 'a\r\nBcc: b' } }],
    ['an address as a tag', '/emails', { ...message, tags: [{ name: 'to', value: 'a@example.com' }] }],
    ['no text', '/emails', { ...message, text: '' }],
    ['one recipient twice', '/emails/batch', [message, { ...message, to: ['ADA@example.com'] }]],
    ['one bad message among good ones', '/emails/batch', [bob, { ...message, to: ['a@x', 'b@x'] }]],
    [
      '101 messages',
      '/emails/batch',
      Array.from({ length: 101 }, (_, n) => ({ ...message, to: [`p${n}@example.com`] })),
    ],
    ['an empty batch', '/emails/batch', []],
    ['a batch that is no list', '/emails/batch', message],
  ])('%s is refused, recorded, and nothing of it accepted', async (_, path, body) => {
    expect(await post(path, body)).toMatchObject({ status: 422, body: { name: 'validation_error' } });
    expect(double.violations).toHaveLength(1);
    expect(double.ledger).toEqual([]);
  });

  it('a batch that is not strict, and a hand-over without a key', async () => {
    await post('/emails/batch', [message], { 'x-batch-validation': 'permissive' });
    await fetch(`${double.url}/emails`, {
      method: 'POST',
      headers: { authorization: 'Bearer x' },
      body: '{}',
    });
    expect(double.violations).toHaveLength(2);
  });
});

describe('the provider’s protocol', () => {
  it('answers the same key and body with the first answer, another body with 409', async () => {
    const first = await post('/emails', message);
    expect((await post('/emails', message)).body).toEqual(first.body);
    expect(await post('/emails', { ...message, subject: 'x' })).toMatchObject({
      status: 409,
      body: { statusCode: 409, name: 'invalid_idempotent_request' },
    });
    expect(double.ledger).toHaveLength(1);
  });

  it('sends again when the key has expired', async () => {
    await post('/emails', message);
    double.expireKeys();
    await post('/emails', message);
    expect(double.ledger).toHaveLength(2);
  });

  it('remembers no key of a request that it refused', async () => {
    double.faults.refused.add('ada@example.com');
    expect((await post('/emails', message)).status).toBe(422);
    double.faults.refused.clear();
    expect((await post('/emails', { ...message, subject: 'x' })).status).toBe(200);
  });

  it('knows a message by its id', async () => {
    const { body } = await post('/emails', message);
    const found = await fetch(`${double.url}/emails/${String(body['id'])}`, {
      headers: { authorization: 'Bearer x' },
    });
    expect(await found.json()).toMatchObject({
      to: ['ada@example.com'],
      tags: message.tags,
      last_event: 'delivered',
    });
    const missing = await fetch(`${double.url}/emails/none`, { headers: { authorization: 'Bearer x' } });
    expect(missing.status).toBe(404);
  });

  it('allows ten requests in any second, and says when to come again', async () => {
    await double.close();
    double = await startResendDouble();
    const send = (number: number) => post('/emails', message, { 'idempotency-key': `k${number}` });
    const answers = [];
    for (let number = 0; number < 12; number += 1) answers.push(await send(number));
    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(10).fill(200), 429, 429]);
    expect(answers[9]!.headers.get('ratelimit-remaining')).toBe('0');
    expect(answers[10]!.headers.get('retry-after')).toBe('1');
    expect(answers[10]!.body).toMatchObject({ name: 'rate_limit_exceeded' });
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect((await send(12)).status).toBe(200);
  });
});
