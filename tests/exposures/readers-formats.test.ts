import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageHead } from '#src/domain/exposures/readers/folder.ts';
import { readLeakedMailing } from '#src/domain/exposures/readers/read-mailing.ts';
import { allOf, fileOf } from './readers-source.ts';

const FROM = 'From mail@harbourline.example Fri Nov  1 06:00:00 2019';

/** The batches of a mailing in every way it can be written down. */
const FORMATS: Record<string, (batches: readonly string[][]) => string | Uint8Array> = {
  'leak.txt': (batches) => batches.map((people) => `${people.join('\n')}\n`).join('\n'),
  'leak.csv': (batches) => table(batches, ',', (field) => field),
  'quoted.csv': (batches) => table(batches, ',', (field) => `"${field.replaceAll('"', '""')}"`),
  'leak.tsv': (batches) => table(batches, '\t', (field) => field),
  'leak.ndjson': (batches) =>
    numbered(batches, (address, batch) => `${JSON.stringify({ batch, address })}\n`).join(''),
  'leak.mbox': (batches) => batches.map((people) => `${FROM}\n${message(people)}\n\n`).join(''),
  'Leak/': (batches) => Buffer.concat(batches.flatMap(framed)),
};

function table(batches: readonly string[][], delimiter: string, quoted: (field: string) => string): string {
  const rows = numbered(batches, (address, batch) => [String(batch), address]);
  return [['batch', 'address'], ...rows].map((row) => row.map(quoted).join(delimiter)).join('\n');
}

function numbered<T>(batches: readonly string[][], each: (address: string, batch: number) => T): T[] {
  return batches.flatMap((people, index) => people.map((address) => each(address, index + 1)));
}

function message(people: readonly string[]): string {
  return `Subject: Index update\nTo: ${people.join(',\n ')}\n\nDear customer,\n`;
}

function framed(people: readonly string[], index: number): Uint8Array[] {
  const bytes = Buffer.from(message(people));
  return [messageHead(`${index}.eml`, bytes.length), bytes];
}

const address = fc
  .tuple(
    fc.string({
      unit: fc.constantFrom(...'abcXYZ019', 'é', 'ß', '+', '_', '-'),
      minLength: 1,
      maxLength: 12,
    }),
    fc.constantFrom('example.com', 'mail.example.org', 'bücher.example', 'xn--bcher-kva.example'),
  )
  .map(([local, domain]) => `${local}@${domain}`);
const mailing = fc.array(fc.array(address, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 });
const pieceBytes = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(65_536));

test.each(Object.keys(FORMATS))(
  'A mailing says the same people and batches as %s, packed or not',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(mailing, pieceBytes, fc.boolean(), async (batches, piece, packed) => {
        const content = FORMATS[name]?.(batches) ?? '';
        const gzipped = packed && !name.endsWith('/');
        const source = gzipped
          ? fileOf(`${name}.gz`, gzipSync(content), piece)
          : fileOf(name, content, piece);
        const lines = await allOf(readLeakedMailing(source));
        expect(
          lines.map((line) => (line.kind === 'listed' ? `${line.batchNo} ${line.address}` : line)),
        ).toEqual(numbered(batches, (one, batch) => `${batch} ${one.replace('bücher', 'xn--bcher-kva')}`));
      }),
      { numRuns: 150 },
    );
  },
);

test.each(Object.keys(FORMATS))(
  'Any bytes given as %s are read or refused in words, never with an address',
  async (name) => {
    const part = fc.constantFrom(
      ...[
        'a@example.com',
        '"',
        ',',
        '\t',
        '\n',
        '\r',
        '\0',
        '{',
        '}',
        ':',
        'é',
        '\ufeff',
        'address',
        'To: ',
        FROM,
        ' ',
      ],
    );
    const raw = fc.oneof(
      fc.array(part, { maxLength: 20 }).map((parts) => Buffer.from(parts.join(''))),
      fc.uint8Array({ maxLength: 40 }),
    );
    await fc.assert(
      fc.asyncProperty(raw, pieceBytes, fc.boolean(), async (bytes, piece, packed) => {
        const gzipped = packed && !name.endsWith('/');
        const content = gzipped ? gzipSync(bytes) : bytes;
        const failure = await allOf(
          readLeakedMailing(fileOf(gzipped ? `${name}.gz` : name, content, piece)),
        ).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failure === undefined) return;
        expect(failure).toMatchObject({ name: 'UnreadableSource' });
        expect(String(failure)).not.toContain('@');
      }),
      { numRuns: 150 },
    );
  },
);
