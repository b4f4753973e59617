import { describe, expect, test } from 'vitest';
import { progressLine, progressOn } from '#src/cli/import-progress.ts';
import { aboutTime, importMeter } from '#src/domain/exposures/import/progress.ts';

const MB = 1_000_000;

describe('The progress of an import', () => {
  test('is nothing before there is any', () => {
    expect(importMeter(MB).figures()).toBeUndefined();
  });

  test('says rows at once, and a rate and a time only when they are worth something', () => {
    const meter = importMeter(100 * MB);
    meter.take({ phase: 'reading', lines: 0, bytes: 0 }, 0);
    meter.take({ phase: 'reading', lines: 500, bytes: MB }, 500);
    expect(meter.figures()).toMatchObject({ rows: 500, rowsPerSecond: null, secondsLeft: null });
    meter.take({ phase: 'reading', lines: 2000, bytes: 2 * MB }, 2000);
    expect(meter.figures()).toMatchObject({ rows: 2000, rowsPerSecond: 1000, secondsLeft: null });
    for (let second = 3; second <= 10; second += 1) {
      meter.take({ phase: 'reading', lines: second * 1000, bytes: second * MB }, second * 1000);
    }
    expect(meter.figures()).toMatchObject({ rows: 10_000, rowsPerSecond: 1000, secondsLeft: 90 });
  });

  test('has the rate of the last seconds, not that of the whole', () => {
    const meter = importMeter(undefined);
    for (let second = 0; second <= 10; second += 1) {
      meter.take({ phase: 'reading', lines: second * 1000, bytes: 0 }, second * 1000);
    }
    for (let second = 11; second <= 20; second += 1) {
      meter.take({ phase: 'reading', lines: 10_000 + (second - 10) * 100, bytes: 0 }, second * 1000);
    }
    expect(meter.figures()?.rowsPerSecond).toBe(100);
  });

  test('promises no end while nobody knows how much is to come', () => {
    const meter = importMeter(undefined);
    for (let second = 0; second <= 10; second += 1) {
      meter.take({ phase: 'reading', lines: second, bytes: second * MB }, second * 1000);
    }
    expect(meter.figures()).toMatchObject({ secondsLeft: null, share: null });
  });

  test('keeps the rows when they are counted and written, and tells the time left from the parts', () => {
    const meter = importMeter(10 * MB);
    meter.take({ phase: 'reading', lines: 100_000, bytes: 10 * MB }, 0);
    meter.take({ phase: 'counting', part: 1 }, 1000);
    for (let second = 2; second <= 6; second += 1) {
      meter.take({ phase: 'writing', part: (second - 2) / 10 }, second * 1000);
    }
    expect(meter.figures()).toEqual({
      phase: 'writing',
      rows: 100_000,
      rowsPerSecond: 10_000,
      secondsLeft: 6,
      share: 0.7 + 0.3 * 0.4,
    });
  });

  test('never goes back and never passes the whole, though an upload announces more than its files', () => {
    const meter = importMeter(10 * MB);
    const shares: number[] = [];
    const take = (progress: Parameters<typeof meter.take>[0], atMs: number) => {
      meter.take(progress, atMs);
      shares.push(meter.figures()?.share ?? -1);
    };
    take({ phase: 'reading', lines: 1, bytes: 0 }, 0);
    take({ phase: 'reading', lines: 2, bytes: 12 * MB }, 10);
    for (const phase of ['counting', 'writing'] as const) {
      for (const part of [0, 0.5, 1]) take({ phase, part }, 20);
    }
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
    expect(shares.at(-1)).toBe(1);
  });

  test.each([
    [0, 'a few seconds'],
    [12, '15 seconds'],
    [57, '1 minute'],
    [75, '1 minute'],
    [130, '2 minutes'],
    [5399, '2 hours'],
    [20_000, '6 hours'],
  ])('calls %i seconds %s', (seconds, words) => {
    expect(aboutTime(seconds)).toBe(words);
  });
});

describe('The terminal', () => {
  const reading = (lines: number, bytes: number) => ({ phase: 'reading', lines, bytes }) as const;

  test('has one line that is written over, fits 80 columns, and is gone at the end', () => {
    let said = '';
    let nowMs = 0;
    const terminal = { isTTY: true, columns: 80, write: (text: string) => (said += text) };
    const progress = progressOn(terminal, 1e12, () => nowMs);
    for (; nowMs < 20_000; nowMs += 100) progress.show(reading(nowMs * 50_000, nowMs * 1e7));
    progress.clear();
    expect(said).not.toContain('\n');
    const lines = said.split('\r\u001b[K');
    expect(lines.at(-1)).toBe('');
    expect(lines.some((line) => /^reading \d+ %, [\d,]+ rows, [\d,]+\/s, .+ left of/.test(line))).toBe(true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
    // Five times a second at most.
    expect(lines.length).toBeLessThan(105);
  });

  test.each([
    [0, 'reading 0 %, 5 rows'],
    [11, 'reading 0 '],
  ])('of %i columns gets what fits', (columns, line) => {
    let said = '';
    const progress = progressOn({ isTTY: true, columns, write: (text: string) => (said += text) }, 100);
    progress.show(reading(5, 0));
    expect(said).toBe(`\r\u001b[K${line}`);
  });

  test('that is a log has a line every half minute, and none for a short import', () => {
    let said = '';
    let nowMs = 0;
    const progress = progressOn({ write: (text: string) => (said += text) }, undefined, () => nowMs);
    for (; nowMs < 29_000; nowMs += 100) progress.show(reading(nowMs, 0));
    expect(said).toBe('');
    for (; nowMs < 65_000; nowMs += 100) progress.show(reading(nowMs, 0));
    progress.clear();
    expect(said.match(/\n/g)).toHaveLength(2);
    expect(said).not.toContain('\u001b');
  });

  test('fits a line also for the largest list and the longest time', () => {
    const figures = { phase: 'counting', rows: 999_999_999, rowsPerSecond: 9_999_999 } as const;
    const line = progressLine({ ...figures, secondsLeft: 55, share: 0.99 });
    expect(line.length).toBeLessThan(80);
  });
});
