import { describe, expect, test } from 'vitest';
import { exportedFigures, listBatchSizes, rangeStep } from '#src/domain/exposures/figures.ts';
import { getExposureList } from '#src/domain/exposures/queries.ts';
import { csvText } from '#src/text/csv.ts';
import { batchSizeBars, exportedRows, nameBars, rejectBars } from '#src/ui/exposures/words.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, importFiles } from './support.ts';

const store = await testStore();
const keys = testKeys();
const { db } = store;

/** Messages of these sizes; what is in `stopped` was stopped before it left. */
async function imported(sizes: readonly number[], stopped: readonly number[] = []) {
  const rows = [...sizes, ...stopped].flatMap((size, batch) =>
    Array.from({ length: size }, (_, index) => {
      const name = index === 0 ? `anna.becker${batch}` : `u${index}b${batch}`;
      return `${name}@example.com,${batch + 1},${batch < sizes.length ? 'yes' : 'stopped'}`;
    }),
  );
  const csv = ['address,batch,delivered', ...rows, 'no address,1,yes', ''].join('\n');
  const { slug } = await dataIncident(db);
  const { list } = await importFiles(store, keys, slug, { 'mailing.csv': csv });
  return getExposureList(db, list?.id ?? '');
}

describe('messages by how many addresses they have', () => {
  test('are counted in equal ranges from the smallest to the largest, empty ones included', async () => {
    const { id } = await imported([3, 12, 14, 58], [12]);
    const sizes = await listBatchSizes(db, id);
    expect(sizes).toEqual([
      { from: 3, to: 9, messages: 1, stopped: 0 },
      { from: 10, to: 19, messages: 3, stopped: 1 },
      { from: 20, to: 29, messages: 0, stopped: 0 },
      { from: 30, to: 39, messages: 0, stopped: 0 },
      { from: 40, to: 49, messages: 0, stopped: 0 },
      { from: 50, to: 58, messages: 1, stopped: 0 },
    ]);
    expect(batchSizeBars(sizes)[1]).toMatchObject({
      label: '10 to 19',
      count: 3,
      note: expect.stringContaining('1'),
    });
  });

  test('all of one size are one range', async () => {
    const { id } = await imported([4, 4]);
    expect(await listBatchSizes(db, id)).toEqual([{ from: 4, to: 4, messages: 2, stopped: 0 }]);
  });

  test('of no list are none', async () => {
    expect(await listBatchSizes(db, 'nothing')).toEqual([]);
  });

  test('never make more ranges than fit on a page', () => {
    for (const largest of [1, 2, 9, 10, 11, 79, 80, 81, 999, 1000, 1001, 123_456, 10_000_000]) {
      for (const smallest of [1, 2, 700]) {
        if (smallest > largest) continue;
        const step = rangeStep(smallest, largest);
        expect(Number.isSafeInteger(step)).toBe(true);
        expect(Math.floor(largest / step) - Math.floor(smallest / step) + 1).toBeLessThanOrEqual(10);
      }
    }
  });
});

describe('the figures to take away', () => {
  test('are those of the report, the ranges and the refusals: counts, never people', async () => {
    const list = await imported([3, 5], [2]);
    const { report } = list;
    if (!report) throw new Error('no report');
    const figures = exportedFigures({ ...list, report }, await listBatchSizes(db, list.id));
    expect(figures).toMatchObject({
      format: 'forthright/exposure-figures/1',
      version: 1,
      figures: {
        leakedBatches: 3,
        stoppedBatches: 1,
        distinctAddresses: 10,
        exposedAddresses: 8,
        queuedNotSent: 2,
        smallestBatch: 2,
        largestBatch: 5,
        containsNameShare: 0.25,
      },
    });
    const csv = csvText(exportedRows(figures));
    for (const row of ['leaked batches,3', 'stopped batches,1', 'contains name share,0.25', 'sealed,8']) {
      expect(csv).toContain(`${row}\r\n`);
    }
    expect(csv).toMatch(/^refused: .*,1\r$/m);
    expect(csv + JSON.stringify(figures)).not.toContain('@example.com');
    expect(nameBars(report)).toMatchObject([{ count: 2 }, { count: 6 }]);
    expect(rejectBars(report)).toMatchObject([{ count: 1 }]);
  });

  test('are safe in a spreadsheet: no cell is a formula', () => {
    const hostile = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', 'a,"b"', 'x\ny'];
    expect(csvText([[...hostile, -5]])).toBe(`'=1+1,'+1,'-1,'@SUM(A1),'\t=1,"'\r=1","a,""b""","x\ny",-5\r\n`);
  });
});
