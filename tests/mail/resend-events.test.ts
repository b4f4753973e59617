import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readResendEvent } from '#src/mail/resend-events.ts';
import { signedResendEvent } from '#tests/support/resend-double/events.ts';

const secret = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;
// The provider's library holds the timestamp against the real clock besides, so the tests stay near it.
const now = new Date();
const bounced = {
  type: 'email.bounced',
  created_at: '2019-11-01T06:00:00.126Z',
  data: {
    email_id: '56761188-7520-42d8-8898-ff6fc54ce618',
    to: ['ada@example.com'],
    subject: 'What happened',
    tags: { delivery: 'd1', broadcast: 'b1' },
    bounce: { type: 'Permanent', subType: 'General', message: 'No such user ada@example.com' },
  },
};

function read(event: unknown, changes: { id?: string; at?: Date; secret?: string } = {}) {
  const signed = signedResendEvent({ secret, at: now, event, ...changes });
  return readResendEvent({ ...signed, secret }, now);
}

describe('an event that Resend signed', () => {
  it('says what happened to which message, and carries no address on', () => {
    const event = read(bounced, { id: 'msg_1' });
    expect(event).toEqual({
      ok: true,
      event: {
        id: 'msg_1',
        kind: 'bounced',
        permanent: true,
        providerId: '56761188-7520-42d8-8898-ff6fc54ce618',
        at: new Date('2019-11-01T06:00:00.126Z'),
        tags: { delivery: 'd1', broadcast: 'b1' },
      },
    });
    expect(JSON.stringify(event)).not.toContain('ada');
  });

  test.each([
    ['email.delivered', 'delivered'],
    ['email.complained', 'complained'],
    ['email.failed', 'failed'],
    ['email.suppressed', 'suppressed'],
    ['email.opened', 'other'],
    ['suppression.added', 'other'],
    ['something.new', 'other'],
  ])('reads %s as %s', (type, kind) => {
    expect(read({ ...bounced, type })).toMatchObject({ ok: true, event: { kind } });
  });

  test.each(['Transient', 'Undetermined', undefined])('does not take a %s bounce for permanent', (type) => {
    const event = { ...bounced, data: { ...bounced.data, bounce: { type } } };
    expect(read(event)).toMatchObject({ event: { kind: 'bounced', permanent: false } });
  });

  it('has the same id when it comes again, so that a replay can be told', () => {
    const signed = signedResendEvent({ secret, at: now, event: bounced, id: 'msg_2' });
    expect(readResendEvent({ ...signed, secret }, now)).toEqual(readResendEvent({ ...signed, secret }, now));
  });

  it('reads tags of older events, and drops what no tag of ours looks like', () => {
    const tags = [
      { name: 'delivery', value: 'd1' },
      { name: 'mail', value: 'ada@example.com' },
    ];
    expect(read({ ...bounced, data: { tags } })).toMatchObject({ event: { tags: { delivery: 'd1' } } });
  });

  it('takes the time of sending where the event has none', () => {
    const event = read({ type: 'email.delivered', created_at: 'yesterday', data: {} });
    expect(event).toMatchObject({ event: { at: new Date(Math.floor(now.getTime() / 1000) * 1000) } });
  });

  it('is verified when one of several signatures fits, as while a secret is changed', () => {
    const signed = signedResendEvent({ secret, at: now, event: bounced });
    const right = signed.headers.get('svix-signature');
    signed.headers.set('svix-signature', `v1,AAAA v2,x ${right} v1,`);
    expect(readResendEvent({ ...signed, secret }, now).ok).toBe(true);
  });
});

describe('anything else is refused', () => {
  const refused = (change: (signed: ReturnType<typeof signedResendEvent>) => void) => {
    const signed = signedResendEvent({ secret, at: now, event: bounced });
    change(signed);
    return readResendEvent({ ...signed, secret }, now);
  };

  it('when another secret signed it', () => {
    expect(read(bounced, { secret: `whsec_${Buffer.from('another').toString('base64')}` }).ok).toBe(false);
  });

  it('when one byte of the body was changed', () => {
    expect(refused((signed) => (signed.rawBody = signed.rawBody.replace('d1', 'd2'))).ok).toBe(false);
  });

  it('when it was signed under another id', () => {
    expect(refused(({ headers }) => headers.set('svix-id', 'msg_other')).ok).toBe(false);
  });

  test.each(['svix-id', 'svix-timestamp', 'svix-signature'])('without %s', (name) => {
    expect(refused(({ headers }) => headers.delete(name)).ok).toBe(false);
  });

  test.each([
    [301, false],
    [-301, false],
    [290, true],
    [-290, true],
  ])('%i seconds away from this clock: passes is %s', (seconds, passes) => {
    expect(read(bounced, { at: new Date(now.getTime() - seconds * 1000) }).ok).toBe(passes);
  });

  it('when its time is old on the clock that was passed in', () => {
    const signed = signedResendEvent({ secret, at: now, event: bounced });
    const later = new Date(now.getTime() + 301_000);
    expect(readResendEvent({ ...signed, secret }, later)).toEqual({
      ok: false,
      reason: 'The event is more than five minutes away from this clock.',
    });
  });

  test.each(['', 'null', '[]', '"text"', '7', '{', '<html>'])(
    'when it is signed and its body is %j',
    (event) => {
      expect(read(event).ok).toBe(false);
    },
  );

  it('with a secret that is none', () => {
    const signed = signedResendEvent({ secret, at: now, event: bounced });
    for (const wrong of ['', 'whsec_', 'whsec_???', 'x'.repeat(10_000)]) {
      expect(readResendEvent({ ...signed, secret: wrong }, now).ok).toBe(false);
    }
  });

  it('never by throwing, whatever is sent, signed or not', () => {
    const header = fc.string({ maxLength: 300 }).map((text) => text.replace(/[^\x21-\x7e]/g, ''));
    fc.assert(
      fc.property(
        fc.json(),
        fc.string(),
        header,
        header,
        header,
        (json, rawBody, id, timestamp, signature) => {
          expect(read(json).ok).toBe(json.trim().startsWith('{'));
          const headers = new Headers({
            'svix-id': id,
            'svix-timestamp': timestamp,
            'svix-signature': signature,
          });
          expect(readResendEvent({ rawBody, headers, secret }, now).ok).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never by throwing, whatever stands in the fields', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        fc.jsonValue(),
        fc.jsonValue(),
        (type, data, tags, bounce) => {
          expect(read({ type, created_at: type, data }).ok).toBe(true);
          expect(
            read({ type: 'email.bounced', created_at: data, data: { email_id: type, tags, bounce } }).ok,
          ).toBe(true);
        },
      ),
    );
  });
});
