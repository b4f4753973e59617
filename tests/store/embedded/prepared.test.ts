import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { copyPrepared, markPrepared } from '#db/embedded/prepared.ts';

const folder = mkdtempSync(join(tmpdir(), 'forthright-prepared-'));
const prepared = join(folder, 'prepared');
const cluster = join(folder, 'cluster');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(prepared, 'database', 'base'), { recursive: true });
  writeFileSync(join(prepared, 'database', 'base', 'table'), 'rows');
});

describe('A prepared database', () => {
  test('is copied whole', () => {
    markPrepared(prepared);
    expect(copyPrepared(cluster, prepared)).toBe(true);
    expect(readFileSync(join(cluster, 'base', 'table'), 'utf8')).toBe('rows');
  });

  test('that was never finished is left alone', () => {
    expect(copyPrepared(cluster, prepared)).toBe(false);
    expect(existsSync(cluster)).toBe(false);
  });

  test('of another engine is left alone', () => {
    markPrepared(prepared);
    writeFileSync(join(prepared, 'made-by'), '0.0.1');
    expect(copyPrepared(cluster, prepared)).toBe(false);
    expect(existsSync(cluster)).toBe(false);
  });
});
