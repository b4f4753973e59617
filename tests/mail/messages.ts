import fc from 'fast-check';
import type { Message } from '#src/mail/mailer.ts';
import { parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';

export function address(text: string): EmailAddress {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new Error(`Not an address: ${parsed.reason}`);
  return parsed.address;
}

export function someMessage(changes: Partial<Message> = {}): Message {
  return {
    to: address('ada@example.com'),
    from: 'Example Exchange <notices@mail.example.com>',
    subject: 'What happened on 1 November',
    text: 'We sent your address to other people.\n',
    html: '<p>We sent your address to other people.</p>',
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Entity-Ref-ID': 'abc' },
    tags: { delivery: 'd1' },
    idempotencyKey: 'bc/1/1/0',
    ...changes,
  };
}

/** Messages to as many mailboxes, as a broadcast makes them. */
export function someMessages(count: number): Message[] {
  return Array.from({ length: count }, (_, position) =>
    someMessage({
      to: address(`person-${position}@example.com`),
      tags: { delivery: `d${position}` },
      idempotencyKey: `bc/1/1/0/${position}`,
    }),
  );
}

const localSign = fc.constantFrom(..."abcXYZ019.+-_!#$%&'*/=?^`{|}~éüßñкириλ漢字ѐ", 'e\u0301', '🙂');
const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/),
  fc.constantFrom('bücher', 'xn--bcher-kva', 'пример', '例え', 'ΣΊΣΥΦΟΣ', 'straße', 'EXAMPLE', 'नेटवर्क'),
);

/** Any address that the product accepts, the odd ones often. */
export const anyAddress: fc.Arbitrary<EmailAddress> = fc
  .tuple(
    fc.array(localSign, { minLength: 1, maxLength: 40 }).map((signs) => signs.join('')),
    fc.array(label, { minLength: 1, maxLength: 6 }),
    fc.constantFrom('com', 'example', 'рф', 'test'),
  )
  .map(([local, labels, top]) => parseEmailAddress(`${local}@${labels.join('.')}.${top}`))
  .filter((parsed) => parsed.ok)
  .map((parsed) => (parsed as { address: EmailAddress }).address);

/** Content that tries to look like a header, a boundary or a second message. */
export const anyContent: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed()),
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        '\r\n\r\n',
        'To: mallory@example.org\r\n',
        'Bcc: mallory@example.org',
        '.\r\n',
      ),
      fc.constantFrom('----_NmP-', '\0', 'From ', '=?utf-8?Q?=0D=0A?=', '\u2028', 'ü'.repeat(300)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** A subject that passes: one line, whatever is on it. */
export const anySubject: fc.Arbitrary<string> = anyContent.map((text) =>
  text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').slice(0, 200),
);
