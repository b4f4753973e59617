import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CELL_REFUSALS } from '#src/domain/exposures/readers/cells.ts';
import { readDeliveries, readLeakedMailing } from '#src/domain/exposures/readers/read-mailing.ts';
import { ADDRESS_REFUSALS } from '#src/text/email-address.ts';
import { allOf, fileOf, refusalOf } from './readers-source.ts';

const listed = (content: string | Uint8Array, pieceBytes?: number) =>
  allOf(readLeakedMailing(fileOf('list.csv', content, pieceBytes)));
const deliveries = (content: string) => allOf(readDeliveries(fileOf('delivery.csv', content)));
const refusal = (content: string | Uint8Array, pieceBytes?: number) =>
  refusalOf(() => readLeakedMailing(fileOf('list.csv', content, pieceBytes)));

const sentAt = new Date('2019-11-01T06:00:00Z');

describe('A CSV list', () => {
  test('needs a column of addresses and nothing else', async () => {
    expect(await listed('address\na@example.com\nb@example.com')).toEqual([
      { kind: 'listed', batchNo: 1, address: 'a@example.com', line: 2, delivered: 'unknown', measures: {} },
      { kind: 'listed', batchNo: 1, address: 'b@example.com', line: 3, delivered: 'unknown', measures: {} },
    ]);
  });

  test('may say the batch, what became of the copy, when it was sent, and measures in columns of any other name', async () => {
    const content =
      'Password reset,Batch,ADDRESS,delivered,sent_at,Note\n' +
      'We reset it.,3,A@Example.com,yes,2019-11-01T07:00+01:00,\n' +
      ',,b@example.com,Bounced,,"two ""quoted"" words, and a comma"\n';
    expect(await listed(content)).toEqual([
      {
        kind: 'listed',
        batchNo: 3,
        address: 'A@example.com',
        line: 2,
        delivered: 'yes',
        sentAt,
        measures: { 'Password reset': 'We reset it.' },
      },
      {
        kind: 'listed',
        batchNo: 1,
        address: 'b@example.com',
        line: 3,
        delivered: 'bounced',
        measures: { Note: 'two "quoted" words, and a comma' },
      },
    ]);
  });

  test('is the same with any line ending, with a byte order mark, with blanks, and however its bytes arrive', async () => {
    const content = 'address, batch ,note\na@example.com,1,"x\ny"\n\n,,\n b@example.com ,2\n';
    const expected = await listed(content);
    expect(expected.map((line) => line.line)).toEqual([2, 6]);
    const ending = (mark: string) => content.replaceAll('\n', mark);
    const withoutBreaks = (lines: unknown) =>
      JSON.parse(JSON.stringify(lines).replaceAll(/\\r\\n|\\r/g, '\\n')) as unknown;
    for (const pieceBytes of [1, 2, 3, 5, 1000]) {
      for (const variant of [content, ending('\r\n'), ending('\r'), `\ufeff${content}`, content.trimEnd()]) {
        expect(withoutBreaks(await listed(variant, pieceBytes))).toEqual(expected);
      }
    }
  });

  test.each([
    ['yes', 'yes'],
    ['TRUE', 'yes'],
    ['sent', 'yes'],
    ['no', 'bounced'],
    ['false', 'bounced'],
    ['bounced', 'bounced'],
    ['stopped', 'stopped'],
    ['', 'unknown'],
  ])('says %j for %s', async (cell, delivered) => {
    expect(await listed(`address,delivered\na@example.com,${cell}\n`)).toMatchObject([
      { kind: 'listed', delivered },
    ]);
  });

  test.each([
    ['2019-11-01T06:00:00Z', true],
    ['2019-11-01 06:00:00.000z', true],
    ['2019-11-01T07:00:00+0100', true],
    ['2019-11-01T07:00 +01:00', true],
    ['2019-11-01T06:00:00', false],
    ['2019-11-01', false],
    ['1 November 2019', false],
    ['2019-02-30T06:00:00Z', false],
    ['2019-11-01T25:00:00Z', false],
  ])('reads %s as a moment: %s', async (cell, accepted) => {
    expect(await listed(`address,sent_at\na@example.com,${cell}\n`)).toMatchObject([
      accepted ? { kind: 'listed', sentAt } : { kind: 'rejected', reason: CELL_REFUSALS.sentAt },
    ]);
  });

  test.each([
    ['an address that n1 refuses', 'mara@localhost,1,yes,x', ADDRESS_REFUSALS.noDot, 'm***@localhost'],
    ['no address', ',1,yes,x', ADDRESS_REFUSALS.empty, '***'],
    ['a batch of zero', 'mara@example.com,0,yes,x', CELL_REFUSALS.batch, 'm***@example.com'],
    ['a batch in words', 'mara@example.com,one,yes,x', CELL_REFUSALS.batch, 'm***@example.com'],
    ['a batch without end', 'mara@example.com,12345678901,yes,x', CELL_REFUSALS.batch, 'm***@example.com'],
    [
      'another word for delivered',
      'mara@example.com,1,perhaps,x',
      CELL_REFUSALS.delivered,
      'm***@example.com',
    ],
    [
      'a measure too long',
      `mara@example.com,1,yes,${'x'.repeat(501)}`,
      CELL_REFUSALS.measure,
      'm***@example.com',
    ],
    ['a field too many', 'mara@example.com,1,yes,x,', CELL_REFUSALS.tooManyFields, 'm***@example.com'],
  ])('rejects a line with %s by its number and a masked address', async (_, row, reason, masked) => {
    expect(await listed(`address,batch,delivered,note\n"",,,\n${row}\nb@example.com\n`)).toMatchObject([
      { kind: 'rejected', line: 3, reason, masked },
      { kind: 'listed', line: 4, address: 'b@example.com' },
    ]);
  });

  test('keeps its line numbers behind fields of several lines', async () => {
    const content = 'address,note\n"a@example.com","1\n2\r\n3"\nmara\n"b\nc","\n"\nb@example.com,\n';
    expect((await listed(content)).map((line) => `${line.kind} ${line.line}`)).toEqual([
      'listed 2',
      'rejected 5',
      'rejected 6',
      'listed 9',
    ]);
  });

  test('takes column names as they are, whatever they mean to a program', async () => {
    const [line] = await listed('address,__proto__,constructor\na@example.com,x,y\n');
    expect(line?.kind === 'listed' && Object.entries(line.measures)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  test('of any fields comes back as it was written', async () => {
    const field = fc
      .string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' x', ';'), maxLength: 6 })
      .map((text) => text.trim());
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 20 }),
        async (rows, pieceBytes) => {
          const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const content = [
            'address,one,two',
            ...rows.map(([one, two]) => `a@example.com,${quoted(one)},${quoted(two)}`),
          ].join('\n');
          const lines = await listed(content, pieceBytes);
          expect(lines.map((line) => line.kind === 'listed' && line.measures)).toEqual(
            rows.map(([one, two]) => ({ ...(one && { one }), ...(two && { two }) })),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('A CSV list is refused as a whole', () => {
  const many = 'a@example.com,1\n'.repeat(10_000);

  test.each([
    ['when it is empty', '', 'list.csv: the file is empty.'],
    ['when it holds only blank lines', '\n \n,,\n', 'list.csv: the file is empty.'],
    [
      'when it names columns and nobody',
      'address\n',
      'list.csv: the file names its columns and nothing else.',
    ],
    [
      'without a column of addresses',
      'email,batch\na@example.com,1\n',
      'list.csv, line 1: there is no column “address”. The first row must name the columns; it has 2 fields.',
    ],
    [
      'with semicolons between',
      'address;batch\na@example.com;1\n',
      'list.csv, line 1: there is no column “address”. The first row must name the columns; it has one field. Separate the columns by commas.',
    ],
    [
      'without a row of names',
      'mara@example.com,1\n',
      'list.csv, line 1: the first row holds an address instead of the names of the columns.',
    ],
    [
      'with two columns of one name',
      'address,note,Note\n',
      'list.csv, line 1: two columns are named “Note”.',
    ],
    ['with a column without a name', 'address,,note\n', 'list.csv, line 1: column 2 has no name.'],
    [
      'with more than 20 measures',
      `address,${Array.from({ length: 21 }, (_, n) => `m${n}`).join()}\n`,
      'list.csv, line 1: it has 21 columns of measures, and 20 are allowed.',
    ],
    [
      'with a quotation mark never closed',
      `address,batch\n${many}"mara@example.com,2\n${many}`,
      'list.csv, line 10002: the quotation mark that opens here is never closed.',
    ],
    [
      'with one never closed in a large file',
      `address,batch\n"mara@example.com,2\n${many.repeat(10)}`,
      'list.csv, line 2: the quotation mark that opens here is never closed.',
    ],
    [
      'with one that opens in the second line of a record',
      'address,note,more\na@example.com,"1\n2","x\n',
      'list.csv, line 3: the quotation mark that opens here is never closed.',
    ],
    [
      'with a quotation mark inside a field',
      `address,batch\n${many}mara "m" l@example.com,2\n${many}`,
      'list.csv, line 10002: a quotation mark stands inside a field',
    ],
    [
      'with text behind a quoted field',
      'address\na@example.com\n"mara"@example.com\n',
      'list.csv, line 3: a quotation mark stands inside a field',
    ],
    [
      'with a line over a megabyte',
      `address\na@example.com\n${'x'.repeat(1_100_000)}\n`,
      'list.csv, line 3: this line is longer than 1 MB.',
    ],
    ['with NUL bytes', `address\n${many}\0\n`, 'list.csv, line 10002: it holds NUL bytes'],
  ])('%s', async (_, content, message) => {
    const said = await refusal(content);
    expect(said).toContain(message);
    expect(said).not.toContain('@example');
  });

  test('in another encoding, naming the first such line', async () => {
    expect(await refusal(Buffer.from('\ufeffaddress\na@example.com\n', 'utf16le'))).toContain(
      'list.csv, line 1: the file is UTF-16 text.',
    );
    expect(await refusal(Buffer.from('\ufeffaddress\na@example.com\n', 'utf16le').swap16())).toContain(
      'line 1: the file is UTF-16 text.',
    );
    expect(await refusal(Buffer.from('address\na@example.com\n', 'utf16le'))).toContain(
      'line 1: it holds NUL bytes',
    );
    const western = Buffer.from(
      `address,note\n${'a@example.com,\n'.repeat(8000)}b@example.com,J\u00f6rg\n`,
      'latin1',
    );
    expect(await refusal(western)).toContain('list.csv, line 8002: it is not UTF-8 text.');
    for (const pieceBytes of [1, 2, 7])
      expect(await refusal('address\na@bücher.example\n', pieceBytes)).toBe('it was read');
  });

  test('and no cut of it is refused with an address', async () => {
    const content = 'address,note\n"a@example.com","x ""y"" z"\nb@example.com,"u\nv"\n';
    for (let end = 1; end < content.length; end += 1)
      expect(await refusal(content.slice(0, end))).not.toContain('@');
  });
});

describe('A delivery file beside a mailbox', () => {
  test('is about a copy, about every copy of an address, or about a whole batch', async () => {
    const content =
      'batch,address,delivered,sent_at,password_reset\n' +
      '2,a@example.com,bounced,,\n' +
      ',b@example.com,,,We reset it.\n' +
      '19,,stopped,,\n' +
      '3,,yes,2019-11-01T06:00:00Z,\n';
    expect(await deliveries(content)).toEqual([
      { kind: 'delivery', batchNo: 2, address: 'a@example.com', line: 2, delivered: 'bounced', measures: {} },
      {
        kind: 'delivery',
        address: 'b@example.com',
        line: 3,
        delivered: 'unknown',
        measures: { password_reset: 'We reset it.' },
      },
      { kind: 'delivery', batchNo: 19, line: 4, delivered: 'stopped', measures: {} },
      { kind: 'delivery', batchNo: 3, line: 5, delivered: 'yes', sentAt, measures: {} },
    ]);
  });

  test('may have only one of the two columns', async () => {
    expect(await deliveries('batch,delivered\n1,stopped\n')).toMatchObject([
      { batchNo: 1, delivered: 'stopped' },
    ]);
    expect(await deliveries('address,delivered\na@example.com,no\n')).toMatchObject([
      { delivered: 'bounced' },
    ]);
    expect(await refusalOf(() => readDeliveries(fileOf('delivery.csv', 'delivered\nyes\n')))).toContain(
      'there is no column “address” or “batch”. The first row must name the columns; it has one field.',
    );
  });

  test('rejects a line about nobody, and one it cannot read', async () => {
    expect(await deliveries('address,batch,delivered\n,,stopped\nmara,,yes\n')).toEqual([
      { kind: 'rejected', line: 2, reason: CELL_REFUSALS.nothingNamed, masked: '***', original: '' },
      { kind: 'rejected', line: 3, reason: ADDRESS_REFUSALS.noAt, masked: 'm***', original: 'mara' },
    ]);
  });
});
