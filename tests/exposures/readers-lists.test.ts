import { describe, expect, test } from 'vitest';
import { CELL_REFUSALS } from '#src/domain/exposures/readers/cells.ts';
import {
  keepsItsNumbers,
  readDeliveries,
  readLeakedMailing,
} from '#src/domain/exposures/readers/read-mailing.ts';
import { ADDRESS_REFUSALS } from '#src/text/email-address.ts';
import { allOf, fileOf, refusalOf } from './readers-source.ts';

const read = (name: string, content: string | Uint8Array, pieceBytes?: number, batchSize?: number) =>
  allOf(readLeakedMailing(fileOf(name, content, pieceBytes), { batchSize }));
const refusal = (name: string, content: string | Uint8Array, pieceBytes?: number) =>
  refusalOf(() => readLeakedMailing(fileOf(name, content, pieceBytes)));

/** "batch line address", or "line reason masked" of a rejection. */
async function text(content: string, pieceBytes?: number, batchSize?: number): Promise<string[]> {
  const lines = await read('list.txt', content, pieceBytes, batchSize);
  return lines.map((line) =>
    line.kind === 'listed'
      ? `${line.batchNo} ${line.line} ${line.address}`
      : `rejected ${line.line} ${line.masked}: ${line.reason}`,
  );
}

describe('A list of bare addresses', () => {
  const content = '\n\na@example.com\n B@Example.com \n\n \t\nc@example.com\nmara\n\n';
  const expected = [
    '1 3 a@example.com',
    '1 4 B@example.com',
    '2 7 c@example.com',
    `rejected 8 m***: ${ADDRESS_REFUSALS.noAt}`,
  ];

  test('has a leaked batch behind every blank line', async () => {
    expect(await text(content)).toEqual(expected);
    expect(await read('list.txt', 'a@example.com')).toEqual([
      { kind: 'listed', batchNo: 1, address: 'a@example.com', line: 1, delivered: 'unknown', measures: {} },
    ]);
  });

  test('is the same with any line ending, with a byte order mark, and however its bytes arrive', async () => {
    for (const pieceBytes of [1, 2, 3, 5, 1000]) {
      for (const ending of ['\n', '\r\n', '\r']) {
        expect(await text(content.replaceAll('\n', ending), pieceBytes)).toEqual(expected);
      }
      expect(await text(`\ufeff${content}`, pieceBytes)).toEqual(expected);
      expect(await text(content.trimEnd(), pieceBytes)).toEqual(expected);
    }
  });

  test('has batches of a size when it is told one, refused lines counted, and a blank line ends one early', async () => {
    const batches = async (size: number) =>
      (await text(content, undefined, size)).map((line) => line.split(' ')[0]);
    expect(await batches(1)).toEqual(['1', '2', '3', 'rejected']);
    expect(await batches(2)).toEqual(['1', '1', '2', 'rejected']);
    expect(await text('a@example.com\nmara\nb@example.com\n', undefined, 2)).toEqual([
      '1 1 a@example.com',
      `rejected 2 m***: ${ADDRESS_REFUSALS.noAt}`,
      '2 3 b@example.com',
    ]);
  });

  test('begins no batch for a blank line where one has just begun by its size', async () => {
    expect(await text('a@example.com\nb@example.com\n\nc@example.com\n', undefined, 2)).toEqual([
      '1 1 a@example.com',
      '1 2 b@example.com',
      '2 4 c@example.com',
    ]);
  });
});

describe('A table with tabs between', () => {
  test('is read as a CSV is, blank cells and quotation marks too', async () => {
    const content =
      'address\tbatch\tdelivered\tnote\n' +
      'a@example.com\t3\tyes\t\n' +
      'b@example.com\t\t\t"x\ty"\n' +
      ' c@example.com \t4\tbounced\tone, two\n';
    expect(await read('list.tsv', content)).toMatchObject([
      { line: 2, batchNo: 3, address: 'a@example.com', delivered: 'yes', measures: {} },
      { line: 3, batchNo: 1, address: 'b@example.com', delivered: 'unknown', measures: { note: 'x\ty' } },
      { line: 4, batchNo: 4, address: 'c@example.com', delivered: 'bounced', measures: { note: 'one, two' } },
    ]);
  });

  test('is refused when it has commas between', async () => {
    expect(await refusal('list.tsv', 'address,batch\na@example.com,1\n')).toBe(
      'list.tsv, line 1: there is no column “address”. The first row must name the columns; it has one field. Separate the columns by tabs.',
    );
  });
});

describe('NDJSON', () => {
  test('has the columns of a table as fields, and text, numbers or true and false in them', async () => {
    const content = [
      '{"address":"a@example.com","batch":3,"delivered":true,"sent_at":"2019-11-01T06:00:00Z","reset":"We did."}',
      '',
      ' {"Address":" B@Example.com ","BATCH":"4","delivered":false,"reset":null,"score":1.5} ',
      '{"address":"c@example.com","delivered":"stopped"}',
    ].join('\n');
    const expected = [
      {
        kind: 'listed',
        batchNo: 3,
        address: 'a@example.com',
        line: 1,
        delivered: 'yes',
        sentAt: new Date('2019-11-01T06:00:00Z'),
        measures: { reset: 'We did.' },
      },
      {
        kind: 'listed',
        batchNo: 4,
        address: 'B@example.com',
        line: 3,
        delivered: 'bounced',
        measures: { score: '1.5' },
      },
      { kind: 'listed', batchNo: 1, address: 'c@example.com', line: 4, delivered: 'stopped', measures: {} },
    ];
    for (const pieceBytes of [1, 7, 1000])
      expect(await read('list.ndjson', content, pieceBytes)).toEqual(expected);
    expect(await read('list.JSONL', `\ufeff${content.replaceAll('\n', '\r\n')}\r\n`)).toEqual(expected);
  });

  test.each([
    ['that is none', 'mara@example.com', CELL_REFUSALS.notObject, 'm***@example.com'],
    ['with a list', '["mara@example.com"]', CELL_REFUSALS.notObject, '[***@example.com'],
    ['without an address', '{"batch":1}', ADDRESS_REFUSALS.empty, '***'],
    [
      'with an address that n1 refuses',
      '{"address":"mara@localhost"}',
      ADDRESS_REFUSALS.noDot,
      'm***@localhost',
    ],
    ['with half a batch', '{"address":"m@example.com","batch":1.5}', CELL_REFUSALS.batch, 'm***@example.com'],
    [
      'with more than text',
      '{"address":"m@example.com","note":{}}',
      CELL_REFUSALS.notPlain,
      'm***@example.com',
    ],
    [
      'with a measure too long',
      `{"address":"m@example.com","note":"${'x'.repeat(501)}"}`,
      CELL_REFUSALS.measure,
      'm***@example.com',
    ],
  ])('rejects a record %s by its line and a masked address', async (_, record, reason, masked) => {
    expect(
      await read('list.ndjson', `{"address":"a@example.com"}\n${record}\n{"address":"b@example.com"}\n`),
    ).toMatchObject([
      { address: 'a@example.com' },
      { kind: 'rejected', line: 2, reason, masked },
      { address: 'b@example.com', line: 3 },
    ]);
  });

  test('takes names of fields as they are, whatever they mean to a program', async () => {
    const [line] = await read('list.ndjson', '{"address":"a@example.com","__proto__":"x","constructor":"y"}');
    expect(line?.kind === 'listed' && Object.entries(line.measures)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  const good = '{"address":"a@example.com"}\n';
  test.each([
    ['when it is empty', '\n \n', 'list.ndjson: the file is empty.'],
    [
      'when it is one large JSON list',
      '[\n{"address":"a@example.com"},\n',
      'list.ndjson, line 1: this is no NDJSON',
    ],
    [
      'when it is cut off',
      `${good}{"address":"mara@exam`,
      'list.ndjson, line 2: the file ends in the middle of a record',
    ],
    [
      'when two fields have one name',
      `${good}{"address":"a@example.com","Address":"b@example.com"}\n`,
      'line 2: two fields are named “address”.',
    ],
    [
      'when a measure changes its name',
      '{"address":"a@example.com","note":"x"}\n{"address":"b@example.com","Note":"y"}\n',
      'line 2: a field is named “Note” here and “note” before.',
    ],
    [
      'when a field is named by an address',
      `${good}{"mara@example.com":"x"}\n`,
      'list.ndjson, line 2: the name of a field is an address.',
    ],
    ['when a field has no name', `${good}{"":"x"}\n`, 'list.ndjson, line 2: a field of it has no name.'],
    [
      'with more than 20 measures',
      Array.from({ length: 21 }, (_, n) => `{"address":"a@example.com","m${n}":"x"}\n`).join(''),
      'list.ndjson, line 21: with this line there are more than 20 measures.',
    ],
  ])('is refused as a whole %s', async (_, content, message) => {
    const said = await refusal('list.ndjson', content);
    expect(said).toContain(message);
    expect(said).not.toContain('@');
  });
});

describe('Every list of lines is refused as a whole', () => {
  const beginnings = [
    ['list.txt', 'a@example.com\n'],
    ['list.csv', 'address\n'],
    ['list.tsv', 'address\n'],
    ['list.ndjson', '{"address":"a@example.com"}\n'],
  ] as const;

  test.each(beginnings)('%s: for a line of a gigabyte, after a megabyte', async (name, beginning) => {
    let given = 0;
    async function* bytes() {
      yield Buffer.from(beginning);
      for (; given < 1_000_000_000; given += 65_536) yield Buffer.alloc(65_536, 'x');
    }
    expect(await refusalOf(() => readLeakedMailing({ name, bytes: bytes() }))).toContain(
      `${name}, line 2: this line is longer than 1 MB.`,
    );
    expect(given).toBeLessThan(1_200_000);
  });

  test.each(beginnings)(
    '%s: for NUL bytes, UTF-16, another encoding and a mixture of them',
    async (name, beginning) => {
      for (const pieceBytes of [3, 1000]) {
        expect(await refusal(name, `${beginning}a\0b@example.com\n`, pieceBytes)).toContain(
          `${name}, line 2: it holds NUL bytes`,
        );
        expect(await refusal(name, Buffer.from(`\ufeff${beginning}`, 'utf16le'), pieceBytes)).toContain(
          `${name}, line 1: the file is UTF-16 text.`,
        );
        expect(await refusal(name, Buffer.from(beginning, 'utf16le'), pieceBytes)).toContain(
          `${name}, line 1: it holds NUL bytes`,
        );
      }
      const last = Buffer.from('j\u00f6rg@example.com\n', 'latin1');
      const western = Buffer.concat([Buffer.from(beginning), last]);
      expect(await refusal(name, western)).toContain(`${name}, line 2: it is not UTF-8 text. Save it`);
    },
  );

  test('when its lines before are UTF-8 and one is not: encodings are mixed', async () => {
    const mixed = Buffer.concat([
      Buffer.from('jürgen@example.com\n'.repeat(20_000)),
      Buffer.from('j\u00f6rg@example.com\n', 'latin1'),
    ]);
    for (const pieceBytes of [1000, 1_000_000]) {
      expect(await refusal('list.txt', mixed, pieceBytes)).toContain(
        'list.txt, line 20001: it is not UTF-8 text, and lines before it are: the file mixes encodings.',
      );
    }
  });

  test('for a megabyte of other bytes without a line, which it calls NUL bytes', async () => {
    for (const name of ['list.txt', 'list.csv'])
      expect(await refusal(name, Buffer.alloc(2_000_000))).toContain(`${name}, line 1: it holds NUL bytes`);
  });

  test('when it is a spreadsheet or an archive with another name', async () => {
    expect(await refusal('list.csv', 'PK\u0003\u0004...')).toContain('is a ZIP archive or a spreadsheet');
  });
});

describe('What a name says', () => {
  test.each([
    ['leak.csv', true],
    ['leak.TSV', true],
    ['leak.ndjson.gz', true],
    ['leak.jsonl', true],
    ['leak.csv.GZ', true],
    ['leak.txt', false],
    ['leak.mbox.gz', false],
    ['mbox', false],
    ['Maildir/', false],
    ['leak.xlsx', false],
  ])('%s carries its own batch numbers: %s', (name, keeps) => {
    expect(keepsItsNumbers(name)).toBe(keeps);
  });

  test('shows no address of a file that is named after one', async () => {
    expect(await refusal('mara@example.com.eml', '')).toBe(
      '(address): the file is empty. Choose another file.',
    );
  });
});

test('What became of the copies may be told in any table', async () => {
  const told = [
    { kind: 'delivery', batchNo: 2, address: 'a@example.com', line: 2, delivered: 'bounced', measures: {} },
  ];
  const tsv = 'batch\taddress\tdelivered\n2\ta@example.com\tno\n';
  expect(await allOf(readDeliveries(fileOf('delivery.tsv', tsv)))).toEqual(told);
  const json = '\n{"batch":2,"address":"a@example.com","delivered":false}';
  expect(await allOf(readDeliveries(fileOf('delivery.ndjson', json)))).toEqual(told);
  expect(await allOf(readDeliveries(fileOf('bounces', tsv.replaceAll('\t', ','))))).toEqual(told);
});
