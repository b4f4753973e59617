import { deflateSync, gzipSync } from 'node:zlib';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readDeliveries, readLeakedMailing } from '#src/domain/exposures/readers/read-mailing.ts';
import { allOf, fileOf, refusalOf } from './readers-source.ts';

const FROM = 'From mail@harbourline.example Fri Nov  1 06:00:00 2019';
const list = Array.from({ length: 20_000 }, (_, n) => `person${n}.${(n * 7919) % 10_007}@example.com\n`).join(
  '',
);
const packed = gzipSync(list);

const read = (name: string, content: string | Uint8Array, pieceBytes?: number) =>
  allOf(readLeakedMailing(fileOf(name, content, pieceBytes)));
const refusal = (name: string, content: string | Uint8Array, pieceBytes?: number) =>
  refusalOf(() => readLeakedMailing(fileOf(name, content, pieceBytes)));

describe('A compressed file', () => {
  test.each([
    ['list.txt', 'a@example.com\n\nmara\n'],
    ['list.csv', 'address,batch\na@example.com,7\n'],
    ['list.tsv', 'address\tbatch\na@example.com\t7\n'],
    ['list.ndjson', '{"address":"a@example.com","batch":7}\n'],
    ['leak.mbox', `${FROM}\nTo: a@example.com\n\nHi\n`],
    ['leak', `${FROM}\nTo: a@example.com\n\nHi\n`],
    ['one.eml', 'To: a@example.com\n\nHi'],
  ])('%s says what is in it, however its bytes arrive', async (name, content) => {
    const expected = await read(name, content);
    for (const pieceBytes of [1, 7, 1000]) {
      expect(await read(`${name}.gz`, gzipSync(content), pieceBytes)).toEqual(expected);
    }
    expect(await read(`${name}.GZ`, gzipSync(content))).toEqual(expected);
  });

  test('may have several members, as log files and joined files have', async () => {
    const joined = Buffer.concat([gzipSync('a@example.com\nb@'), gzipSync('example.com\n')]);
    for (const pieceBytes of [1, 7, gzipSync('a@example.com\nb@').length, 1000]) {
      expect(await read('list.txt.gz', joined, pieceBytes)).toMatchObject([
        { address: 'a@example.com' },
        { address: 'b@example.com' },
      ]);
    }
  });

  test('may tell about deliveries', async () => {
    const content = gzipSync('batch,delivered\n2,stopped\n');
    expect(await allOf(readDeliveries(fileOf('delivery.csv.gz', content)))).toMatchObject([
      { batchNo: 2, delivered: 'stopped' },
    ]);
  });

  test('is refused by the lines of what it holds', async () => {
    expect(await refusal('list.csv.gz', gzipSync('address\n"a@example.com\n'))).toContain(
      'list.csv.gz, line 2: the quotation mark that opens here is never closed.',
    );
    expect(await refusal('list.txt.gz', gzipSync(''))).toBe(
      'list.txt.gz: the file is empty. Choose another file.',
    );
  });
});

describe('A compressed file is refused as a whole', () => {
  test('when it is cut off, wherever', async () => {
    expect(await refusal('list.txt.gz', '')).toContain('list.txt.gz: the file is empty.');
    for (const end of [1, 2, 5, 10, 11, 1000, packed.length - 8, packed.length - 1]) {
      expect(await refusal('list.txt.gz', packed.subarray(0, end))).toBe(
        'list.txt.gz: the compressed file is cut off. Copy or download it again.',
      );
    }
  });

  test('when a byte of it is damaged, or something stands behind it', async () => {
    const damaged = (at: number) => {
      const copy = Buffer.from(packed);
      copy[at] = ~(copy[at] ?? 0) & 0xff;
      return copy;
    };
    for (const at of [2, 3000, packed.length - 6, packed.length - 2]) {
      expect(await refusal('list.txt.gz', damaged(at))).toBe(
        'list.txt.gz: the compressed file is damaged. Copy or download it again.',
      );
    }
    const whole = gzipSync('a@example.com\n');
    const followed = Buffer.concat([whole, Buffer.from('b@example.com\n')]);
    for (const pieceBytes of [1, whole.length, 1000]) {
      expect(await refusal('list.txt.gz', followed, pieceBytes)).toMatch(/damaged|cut off/);
    }
  });

  test('when it is not compressed, or otherwise', async () => {
    for (const content of [list, deflateSync(list)]) {
      expect(await refusal('list.txt.gz', content, 1)).toContain(
        'list.txt.gz: its name ends in .gz, and it is not compressed with gzip.',
      );
    }
    expect(await refusal('list.csv', packed)).toContain(
      'list.csv, line 1: what it holds is compressed with gzip',
    );
  });

  test('when it is compressed twice, whatever its name says', async () => {
    expect(await refusal('list.txt.gz.gz', gzipSync(packed))).toContain(
      'list.txt.gz.gz: it is compressed twice.',
    );
    expect(await refusal('list.txt.gz', gzipSync(packed))).toContain('compressed with gzip (once more)');
  });

  test('when it is a bomb, before it has taken memory or time', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000, 'a@example.com\n'));
    expect(bomb.length).toBeLessThan(1_000_000);
    const blocks = readLeakedMailing(fileOf('list.txt.gz', bomb));
    let lines = 0;
    const reading = (async () => {
      for await (const block of blocks) lines += block.length;
    })();
    await expect(reading).rejects.toThrow('list.txt.gz: it unpacks to more than 100 times its size');
    expect(lines).toBeLessThan(1_500_000);
    expect(
      await refusal('leak.mbox.gz', gzipSync(Buffer.alloc(200_000_000, `${FROM}\nTo: a@example.com\n\n`))),
    ).toContain('more than 100 times');
  });

  test('with what failed beneath it, when the upload breaks off', async () => {
    async function* torn() {
      yield packed.subarray(0, 1000);
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    }
    await expect(allOf(readLeakedMailing({ name: 'list.txt.gz', bytes: torn() }))).rejects.toThrow('aborted');
  });
});

test('A reader that stops early lets go of a compressed file', async () => {
  let closed = false;
  async function* bytes() {
    try {
      for (;;) yield packed;
    } finally {
      closed = true;
    }
  }
  for await (const lines of readLeakedMailing({ name: 'list.txt.gz', bytes: bytes() })) {
    expect(lines.length).toBeGreaterThan(0);
    break;
  }
  for (let turn = 0; turn < 100 && !closed; turn += 1) await setImmediate();
  expect(closed).toBe(true);
});
