import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { describe, expect, it, test } from 'vitest';
import { composeEml } from '#src/mail/eml.ts';
import {
  assertOneRecipient,
  assertOneRecipientEach,
  assertOneRecipientRaw,
  OneRecipientError,
} from '#src/mail/one-recipient.ts';
import { parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';
import { address, anyAddress, anyContent, anySubject, someMessage, someMessages } from './messages.ts';

const DATE = new Date('2019-11-01T06:00:00Z');

describe('before anything leaves', () => {
  it('lets an ordinary message pass', () => {
    expect(() => assertOneRecipient(someMessage())).not.toThrow();
  });

  it('accepts every address that the product accepts', () => {
    fc.assert(
      fc.property(anyAddress, (to) => assertOneRecipient(someMessage({ to }))),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['a list with a comma', 'a@example.com,b@example.com'],
    ['a list with a semicolon', 'a@example.com;b@example.com'],
    ['a list with a space', 'a@example.com b@example.com'],
    ['a name', 'Ada <a@example.com>'],
    ['angle brackets', '<a@example.com>'],
    ['a quoted local part', '"a,b"@example.com'],
    ['a group', 'all:a@example.com'],
    ['a comment', 'a(b@example.org)@example.com'],
    ['two at signs', 'a@example.com@example.org'],
    ['an encoded word', '=?utf-8?q?a=2Cb?=@example.com'],
    ['a line break', 'a@example.com\r\nBcc: b@example.com'],
    ['a bare carriage return', 'a@example.com\rb'],
    ['a null', 'a\0@example.com'],
    ['a tab', 'a\t@example.com'],
    ['a non-breaking space', 'a\u00a0@example.com'],
    ['a zero-width space', 'a\u200b@example.com'],
    ['nothing', ''],
    ['no domain', 'a@'],
    ['300 signs', `${'a'.repeat(300)}@example.com`],
  ])('refuses a recipient with %s', (_, to) => {
    expect(() => assertOneRecipient(someMessage({ to: to as EmailAddress }))).toThrow(OneRecipientError);
  });

  it('refuses a list of addresses where the types were bypassed', () => {
    const to = ['a@example.com', 'b@example.com'] as unknown as EmailAddress;
    expect(() => assertOneRecipient(someMessage({ to }))).toThrow(OneRecipientError);
  });

  test.each([
    ['subject', someMessage({ subject: 'News\r\nBcc: mallory@example.org' })],
    ['subject', someMessage({ subject: 'News\nTo: mallory@example.org' })],
    ['subject', someMessage({ subject: 'News\u2028Bcc: mallory@example.org' })],
    ['sender', someMessage({ from: 'A <a@example.com>\r\nBcc: mallory@example.org' })],
    ['sender', someMessage({ from: 'a@example.com, mallory@example.org' })],
    ['sender', someMessage({ from: 'A <a@example.com> <b@example.com>' })],
    ['header', someMessage({ headers: { 'List-Id': '<a>\r\nBcc: mallory@example.org' } })],
    ['header', someMessage({ headers: { Bcc: 'mallory@example.org' } as object })],
    ['header', someMessage({ headers: { 'list-id\r\nBcc': 'mallory@example.org' } as object })],
    ['tag', someMessage({ tags: { delivery: 'ada@example.com' } })],
    ['tag', someMessage({ tags: { 'a b': 'c' } })],
    ['key', someMessage({ idempotencyKey: '' })],
    ['key', someMessage({ idempotencyKey: 'a\r\nb' })],
    ['key', someMessage({ idempotencyKey: 'k'.repeat(257) })],
  ])('refuses a hostile %s, and does not repeat it', (part, message) => {
    expect(() => assertOneRecipient(message)).toThrow(new RegExp(`\\b${part}\\b`));
    expect(() => assertOneRecipient(message)).not.toThrow(/mallory|ada@/);
  });

  it('refuses every subject with a line break in it', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('\r', '\n', '\r\n'),
        fc.string(),
        (before, lineBreak, after) => {
          expect(() => assertOneRecipient(someMessage({ subject: before + lineBreak + after }))).toThrow();
        },
      ),
    );
  });

  it('takes 1 to 100 messages in a request', () => {
    expect(() => assertOneRecipientEach(someMessages(100))).not.toThrow();
    expect(() => assertOneRecipientEach(someMessages(101))).toThrow(OneRecipientError);
    expect(() => assertOneRecipientEach([])).toThrow(OneRecipientError);
  });

  it('refuses a request with two messages to one mailbox, also in other capitals', () => {
    const twice = [
      someMessage({ idempotencyKey: '1' }),
      someMessage({ idempotencyKey: '2', to: address('ADA@Example.com') }),
    ];
    expect(() => assertOneRecipientEach(twice)).toThrow('the same mailbox');
  });

  it('refuses a request in which two messages share a key', () => {
    const twice = [someMessage(), someMessage({ to: address('bob@example.com') })];
    expect(() => assertOneRecipientEach(twice)).toThrow('the same key');
  });

  it('says at which position the fault is', () => {
    const messages = [...someMessages(3), someMessage({ subject: 'a\nb' })];
    expect(() => assertOneRecipientEach(messages)).toThrow('position 3');
  });
});

describe('the raw message, read back', () => {
  it('has exactly one recipient, whatever the content and the address', async () => {
    await fc.assert(
      fc.asyncProperty(anyAddress, anySubject, anyContent, anyContent, async (to, subject, text, html) => {
        const raw = await composeEml(someMessage({ to, subject, text, html }), 'abc123', DATE);
        assertOneRecipientRaw(raw, to);
        const read = await PostalMime.parse(raw);
        expect(read.headers.filter(({ key }) => /^(to|cc|bcc|resent-.*)$/.test(key))).toHaveLength(1);
        expect(read.to).toHaveLength(1);
        expect(parseEmailAddress(read.to![0]!.address!.replaceAll('"', ''))).toEqual({
          ok: true,
          address: to,
        });
        expect(read.attachments).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('is the same bytes every time', async () => {
    const message = someMessage({ headers: { 'List-Id': '<statements.example.com>' } });
    expect(await composeEml(message, 'abc', DATE)).toEqual(await composeEml(message, 'abc', DATE));
  });

  const raw = (head: string) => Buffer.from(`${head.replaceAll('\n', '\r\n')}\r\n\r\nbody\r\n`);
  const to = address('ada@example.com');

  test.each([
    ['plain', 'From: a@example.com\nTo: ada@example.com'],
    ['in brackets', 'From: a@example.com\nTo: <ada@example.com>'],
    ['folded', 'From: a@example.com\nTo:\n ada@example.com'],
    ['in another case', 'from: a@example.com\ntO: ada@example.com'],
  ])('passes with the recipient %s', (_, head) => {
    expect(() => assertOneRecipientRaw(raw(head), to)).not.toThrow();
  });

  test.each([
    ['no To', 'From: a@example.com'],
    ['two To headers', 'From: a@example.com\nTo: ada@example.com\nTo: ada@example.com'],
    ['two addresses', 'From: a@example.com\nTo: ada@example.com, bob@example.com'],
    ['two addresses, folded', 'From: a@example.com\nTo: ada@example.com,\n bob@example.com'],
    ['a group', 'From: a@example.com\nTo: all:ada@example.com;'],
    ['a name', 'From: a@example.com\nTo: Ada <ada@example.com>'],
    ['somebody else', 'From: a@example.com\nTo: bob@example.com'],
    ['an encoded list', 'From: a@example.com\nTo: =?utf-8?q?ada=40example.com=2C_bob=40example.com?='],
    ['Cc', 'From: a@example.com\nTo: ada@example.com\nCc: bob@example.com'],
    ['Bcc', 'From: a@example.com\nTo: ada@example.com\nBCC: bob@example.com'],
    ['Resent-To', 'From: a@example.com\nTo: ada@example.com\nResent-To: bob@example.com'],
    ['Reply-To', 'From: a@example.com\nTo: ada@example.com\nReply-To: bob@example.com'],
    ['Apparently-To', 'From: a@example.com\nTo: ada@example.com\nApparently-To: bob@example.com'],
    ['a line that is no header', 'From: a@example.com\nTo: ada@example.com\nbob@example.com'],
    ['no From', 'To: ada@example.com'],
  ])('is refused with %s', (_, head) => {
    expect(() => assertOneRecipientRaw(raw(head), to)).toThrow(OneRecipientError);
  });

  it('is refused with a bare line feed that some receivers take for a new header', () => {
    const smuggled = Buffer.from(
      'From: a@example.com\r\nTo: ada@example.com\nBcc: bob@example.com\r\n\r\nbody',
    );
    expect(() => assertOneRecipientRaw(smuggled, to)).toThrow(OneRecipientError);
  });

  it('is refused without an end of its head', () => {
    expect(() => assertOneRecipientRaw(Buffer.from('To: ada@example.com\r\n'), to)).toThrow(
      OneRecipientError,
    );
  });
});
