import { describe, expect, test } from 'vitest';
import { readLeakedMailing } from '#src/domain/exposures/readers/read-mailing.ts';
import { RECIPIENT_REFUSALS } from '#src/domain/exposures/readers/recipients.ts';
import { ADDRESS_REFUSALS } from '#src/text/email-address.ts';
import { allOf, fileOf, refusalOf } from './readers-source.ts';

const FROM = 'From mail@harbourline.example Fri Nov  1 06:00:00 2019';

/** "batch line address", or "line reason masked" of a rejection. */
async function mail(
  content: string | Uint8Array,
  name = 'leak.mbox',
  pieceBytes?: number,
): Promise<string[]> {
  const lines = await allOf(readLeakedMailing(fileOf(name, content, pieceBytes)));
  return lines.map((line) =>
    line.kind === 'listed'
      ? `${line.batchNo} ${line.line} ${line.address}`
      : `rejected ${line.line} ${line.masked}: ${line.reason}`,
  );
}

/** The addresses of one header, and the reasons and masks of what was rejected in it. */
async function recipients(header: string): Promise<string[]> {
  const lines = await allOf(readLeakedMailing(fileOf('one.eml', `${header}\n\n`)));
  return lines.map((line) => (line.kind === 'listed' ? line.address : `${line.masked}: ${line.reason}`));
}

const twoMessages = [
  FROM,
  'From: Harbourline <mail@harbourline.example>',
  'Date: Fri, 1 Nov 2019 07:00:00 +0100',
  'To: a@example.com,',
  ' B <b@example.com>',
  'Cc: c@example.com',
  'Bcc: hidden@example.com',
  '',
  'Dear customer,',
  '>From next week on',
  '',
  'From now on: never mail x@example.com',
  'To be continued.',
  '',
  FROM,
  'To: a@example.com',
  'Resent-To: d@example.com',
  'Resent-Cc: e@example.com',
  'Reply-To: not-a-recipient@example.com',
  '',
  '>>From the desk',
  '',
].join('\n');

const twoMessagesRead = [
  '1 4 a@example.com',
  '1 5 b@example.com',
  '1 6 c@example.com',
  '2 16 a@example.com',
  '2 17 d@example.com',
  '2 18 e@example.com',
];

describe('Every message of a mailbox is a leaked batch', () => {
  test('of the addresses in To, Cc, Resent-To and Resent-Cc, each with its line in the file', async () => {
    expect(await mail(twoMessages)).toEqual(twoMessagesRead);
  });

  test('however the bytes arrive, with either line ending, and with a byte order mark', async () => {
    for (const pieceBytes of [1, 2, 3, 7, 64])
      expect(await mail(twoMessages, 'leak.mbox', pieceBytes)).toEqual(twoMessagesRead);
    expect(await mail(twoMessages.replaceAll('\n', '\r\n'))).toEqual(twoMessagesRead);
    expect(await mail(`\ufeff${twoMessages}`)).toEqual(twoMessagesRead);
    expect(await mail(twoMessages, 'Inbox')).toEqual(twoMessagesRead);
    expect(await mail(twoMessages, 'leak.MBOX')).toEqual(twoMessagesRead);
    expect(await mail(twoMessages, 'leak.eml')).toEqual(twoMessagesRead);
  });

  test('sent when its Date says, if that has a zone', async () => {
    const sentAt = async (date: string) => {
      const [line] = await allOf(
        readLeakedMailing(fileOf('one.eml', `Date: ${date}\nTo: a@example.com\n\n`)),
      );
      return line?.kind === 'listed' ? line.sentAt?.toISOString() : undefined;
    };
    expect(await sentAt('Fri, 1 Nov 2019 07:00:00 +0100')).toBe('2019-11-01T06:00:00.000Z');
    expect(await sentAt('1 Nov 2019 06:00 GMT (Greenwich)')).toBe('2019-11-01T06:00:00.000Z');
    expect(await sentAt('1 Nov 2019 02:00:00 EDT')).toBe('2019-11-01T06:00:00.000Z');
    expect(await sentAt('1 Nov 2019 06:00:00')).toBeUndefined();
    expect(await sentAt('yesterday')).toBeUndefined();
    expect(await sentAt('Fri, 99 Nov 2019 07:00:00 +0100')).toBeUndefined();
  });

  test('with no word of what became of the copies', async () => {
    expect(await allOf(readLeakedMailing(fileOf('one.eml', 'To: a@example.com\n\nHi')))).toEqual([
      { kind: 'listed', batchNo: 1, address: 'a@example.com', line: 1, delivered: 'unknown', measures: {} },
    ]);
  });

  test('also where the line before a message has no date, or is an empty “From ”', async () => {
    const undated =
      'From \nTo: a@example.com\n\nHi\nFrom here\nTo: nobody@example.com\n\nFrom \nTo: b@example.com\n\nHi\n';
    expect(await mail(undated)).toEqual(['1 2 a@example.com', '2 9 b@example.com']);
    const zoned = `From 1@xxx Fri Nov 01 06:00:00 +0000 2019\nX-GM: 1\nTo: a@example.com\n\nHi\n${FROM}\nTo: b@example.com\n\n`;
    expect(await mail(zoned)).toEqual(['1 3 a@example.com', '2 7 b@example.com']);
  });

  test('and one that names nobody is said to', async () => {
    expect(await mail(`${FROM}\nSubject: x\n\n\n${FROM}\nTo: undisclosed-recipients:;\n\n`)).toEqual([
      `rejected 2 : ${RECIPIENT_REFUSALS.nobody}`,
      `rejected 6 : ${RECIPIENT_REFUSALS.nobody}`,
    ]);
  });

  test('whatever stands in the bodies, of any length and in any encoding', async () => {
    const body = new Uint8Array(3_000_000).fill(0xff);
    body.set([0, 1, 2], 1000);
    const before = new TextEncoder().encode(`${FROM}\nTo: a@example.com\n\n`);
    const after = new TextEncoder().encode(`\n\n${FROM}\nTo: b@example.com\n\n`);
    expect(await mail(Buffer.concat([before, body, after]))).toEqual([
      '1 2 a@example.com',
      '2 7 b@example.com',
    ]);
  });
});

describe('A header is read as mail programs write it', () => {
  test.each([
    [
      'display names',
      'To: Mara <a@example.com>, "Lindqvist, Mara" <b@example.com>',
      ['a@example.com', 'b@example.com'],
    ],
    [
      'escaped quotes',
      'To: "Mara \\"M, L\\" <x>" <a@example.com>, b@example.com',
      ['a@example.com', 'b@example.com'],
    ],
    [
      'encoded names',
      'To: =?utf-8?q?M=C3=A4ra=2C_x=40y=2Ez?= <a@example.com>, =?utf-8?B?TcOkcmE=?= <b@example.com>',
      ['a@example.com', 'b@example.com'],
    ],
    [
      'groups',
      'To: Team: a@example.com, "B, C" <b@example.com>;, d@example.com',
      ['a@example.com', 'b@example.com', 'd@example.com'],
    ],
    [
      'comments',
      'To: (the (first) one) a@example.com (Mara), b(home)@example.com',
      ['a@example.com', 'b@example.com'],
    ],
    [
      'folding everywhere',
      'To:\n a@example.com\n\t, Mara\n  Lindqvist\n <b@example.com>',
      ['a@example.com', 'b@example.com'],
    ],
    ['semicolons', 'To: a@example.com; b@example.com', ['a@example.com', 'b@example.com']],
    [
      'several fields and spellings of them',
      'TO: a@example.com\ncc : b@example.com\nTo: c@example.com',
      ['a@example.com', 'b@example.com', 'c@example.com'],
    ],
    [
      'international domains',
      'To: a@bücher.example, b@xn--bcher-kva.example',
      ['a@xn--bcher-kva.example', 'b@xn--bcher-kva.example'],
    ],
    [
      'the address as its name',
      `To: "a@example.com" <a@example.com>, 'B@example.com' <b@example.com>`,
      ['a@example.com', 'b@example.com'],
    ],
    ['an address that stands twice', 'To: a@example.com, A@example.com', ['a@example.com', 'A@example.com']],
    ['empty places', 'To: ,, a@example.com,', ['a@example.com']],
    ['an address in a simple quotation', 'To: "a"@example.com', ['a@example.com']],
  ])('%s', async (_, header, addresses) => {
    expect(await recipients(header)).toEqual(addresses);
  });

  test('bytes that are not UTF-8 are read as Western European', async () => {
    const header = Buffer.from('To: J\u00f6rg <j\u00f6rg@example.com>, a@b\u00fccher.example\n\n', 'latin1');
    expect(await mail(header, 'one.eml')).toEqual(['1 1 jörg@example.com', '1 1 a@xn--bcher-kva.example']);
  });

  test.each([
    [
      'a word that is no address',
      'To: Mara Lindqvist, a@example.com',
      [`M***: ${ADDRESS_REFUSALS.noAt}`, 'a@example.com'],
    ],
    ['an empty address', 'To: Mara <>, a@example.com', [`M***: ${ADDRESS_REFUSALS.noAt}`, 'a@example.com']],
    [
      'an address that n1 refuses',
      'To: mara@localhost, "a b"@example.com',
      [`m***@localhost: ${ADDRESS_REFUSALS.noDot}`, `a***@example.com: ${ADDRESS_REFUSALS.space}`],
    ],
    [
      'an address of 300 bytes',
      `To: ${'m'.repeat(290)}@example.com`,
      [`m***@example.com: ${ADDRESS_REFUSALS.tooLong}`],
    ],
    [
      'a missing comma',
      'To: a@example.com bob@example.com',
      ['a@example.com', `b***@example.com: ${RECIPIENT_REFUSALS.notRecipient}`],
    ],
    [
      'a missing comma between brackets',
      'To: <a@example.com> <bob@example.com>',
      ['a@example.com', `b***@example.com: ${RECIPIENT_REFUSALS.notRecipient}`],
    ],
    [
      'another address as the name',
      'To: "bob@example.com" <a@example.com>',
      ['a@example.com', `b***@example.com: ${RECIPIENT_REFUSALS.notRecipient}`],
    ],
    [
      'an address in an encoded name',
      'To: =?utf-8?B?bWFyYUBleGFtcGxlLmNvbQ==?=',
      [`m***@example.com: ${RECIPIENT_REFUSALS.encoded}`],
    ],
    [
      'a quotation mark that is never closed',
      'To: a@example.com, "Bob <bob@example.com>,\n carl@example.com',
      [
        'a@example.com',
        `b***@example.com: ${RECIPIENT_REFUSALS.notRecipient}`,
        `c***@example.com: ${RECIPIENT_REFUSALS.notRecipient}`,
      ],
    ],
    [
      'a parenthesis that is never closed',
      'To: a@example.com, Mara (M <bob@example.com>, carl@example.com',
      [
        'a@example.com',
        `M***: ${ADDRESS_REFUSALS.noAt}`,
        `b***@example.com: ${RECIPIENT_REFUSALS.notRecipient}`,
        `c***@example.com: ${RECIPIENT_REFUSALS.notRecipient}`,
      ],
    ],
  ])('nobody is lost without a line: %s', async (_, header, lines) => {
    expect(await recipients(header)).toEqual(lines);
  });
});

describe('A mailbox is refused as a whole', () => {
  const [first = ''] = twoMessages.split('\n\n');

  test.each([
    ['when it is empty', '', 'leak.mbox: the file is empty.'],
    ['when it holds only empty lines', '\n\n\n', 'leak.mbox: the file is empty.'],
    [
      'when it ends inside a header',
      twoMessages.slice(0, twoMessages.lastIndexOf('Resent-Cc') + 14),
      'leak.mbox, line 18: the file ends inside the header',
    ],
    [
      'when it ends after a whole line of a header',
      `${first}\n`,
      'leak.mbox, line 7: the file ends inside the header',
    ],
    [
      'when it ends after the line before a message',
      `${twoMessages}\n${FROM}\n`,
      'leak.mbox, line 23: the file ends inside the header',
    ],
    [
      'when it ends in the middle of a line of a body',
      twoMessages.slice(0, -2),
      'leak.mbox, line 21: the file ends in the middle of a line',
    ],
    [
      'when a header runs into the next message',
      `${first}\n${twoMessages}`,
      'leak.mbox, line 8: a message begins inside the header of the one before',
    ],
    [
      'when it does not begin as one',
      'To: a@example.com\n\n',
      'leak.mbox, line 1: a mailbox begins with “From ”, and this file does not.',
    ],
    [
      'when no message follows its first line',
      `${FROM}\n\nDear customer`,
      'leak.mbox, line 2: a message should begin here.',
    ],
    ['when it is UTF-16', `\ufeff${twoMessages}`, 'leak.mbox, line 1: the file is UTF-16 text.'],
    ['when it is UTF-16 without a mark', twoMessages, 'leak.mbox, line 1: it holds NUL bytes'],
    [
      'when a header is too large',
      `${FROM}\nTo: ${'a@example.com,\n '.repeat(200_000)}\n\n`,
      'the header of this message is longer than 2 MB, or has no end.',
    ],
    [
      'when a header is one line without end',
      `${FROM}\nTo: ${'a@example.com, '.repeat(300_000)}\n\n`,
      'leak.mbox, line 2: this line of a header is longer than 1 MB.',
    ],
  ])('%s', async (title, content, message) => {
    const bytes = title.includes('UTF-16') ? Buffer.from(content, 'utf16le') : content;
    expect(await refusalOf(() => readLeakedMailing(fileOf('leak.mbox', bytes)))).toContain(message);
  });

  test.each([
    [
      'a message without an empty line after its header',
      'one.eml',
      'To: a@example.com\n',
      'one.eml, line 1: the file ends inside the header',
    ],
    [
      'a text that is no message',
      'one.eml',
      'Dear customer,\n\n',
      'one.eml, line 1: a message begins with fields',
    ],
    [
      'a kind of file that cannot be read',
      'list.xlsx',
      'PK',
      'list.xlsx: only .mbox, .eml, .csv, .tsv, .ndjson and .txt can be read, each also as .gz.',
    ],
  ])('%s', async (_, name, content, message) => {
    expect(await refusalOf(() => readLeakedMailing(fileOf(name, content)))).toContain(message);
  });

  test.each([
    ['its first line', ''],
    ['a line of a header', `${FROM}\nTo: `],
    ['the line after “From ”', `${FROM}\n`],
  ])('for a gigabyte in %s, after a megabyte', async (_, beginning) => {
    let given = 0;
    async function* bytes() {
      yield Buffer.from(beginning || 'x');
      for (; given < 1_000_000_000; given += 65_536) yield Buffer.alloc(65_536, 'x');
    }
    expect(await refusalOf(() => readLeakedMailing({ name: 'leak.mbox', bytes: bytes() }))).toContain(
      `leak.mbox, line ${beginning === '' ? 1 : 2}: this line of a header is longer than 1 MB.`,
    );
    expect(given).toBeLessThan(1_200_000);
  });

  test('and no refusal repeats an address', async () => {
    for (let end = 1; end < twoMessages.length; end += 1) {
      const refusal = await refusalOf(() =>
        readLeakedMailing(fileOf('leak.mbox', twoMessages.slice(0, end))),
      );
      expect(refusal).not.toContain('@');
    }
  });
});

test('A reader that stops early lets go of the file', async () => {
  let closed = false;
  async function* bytes() {
    try {
      for (;;) yield new TextEncoder().encode(`${FROM}\nTo: a@example.com\n\nHi\n\n`);
    } finally {
      closed = true;
    }
  }
  for await (const lines of readLeakedMailing({ name: 'leak.mbox', bytes: bytes() })) {
    expect(lines).toMatchObject([{ kind: 'listed' }]);
    break;
  }
  expect(closed).toBe(true);
});
