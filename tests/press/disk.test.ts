import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { openLog } from '#src/log.ts';
import { openMessages } from '#src/messages/messages.ts';
import { readEdition, writeEdition, writeKnownAt, type KeptEdition } from '#src/press/disk.ts';
import { openLastEdition } from '#src/press/last-edition.ts';
import { startChild } from '#tests/support/child.ts';

const at = new Date('2026-03-01T12:00:00.000Z');
const page = (text: string) => `<!doctype html><html><body><main id="content">${text}</main></body></html>`;

function editionOf(text: string): KeptEdition {
  const html = 'text/html; charset=utf-8';
  const entry = { type: html, headers: {}, bytes: Buffer.from(page(text)), asset: false };
  return {
    language: 'en',
    entries: [
      { ...entry, path: '/' },
      { ...entry, path: '/es' },
      {
        path: '/api/v2/status.json',
        type: 'application/json; charset=utf-8',
        headers: { 'access-control-allow-origin': '*' },
        bytes: Buffer.from('{}'),
        asset: false,
      },
      { path: '/_astro/old.css', type: 'text/css', headers: {}, bytes: Buffer.from('a{}'), asset: true },
    ],
  };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forthright-edition-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

const open = (logged: string[] = []) =>
  openLastEdition(folder, {
    log: openLog('warn', (line) => logged.push(line)),
    messages: openMessages(),
    headers: ['X-Content-Type-Options', 'nosniff'],
  });

describe('the last edition on disk', () => {
  test('is read as it was written, with the time until which it was true', async () => {
    await writeEdition(folder, editionOf('one'));
    await writeKnownAt(folder, at);
    const read = await readEdition(folder);
    expect(read?.knownAt).toEqual(at);
    expect(read?.entries.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()])).toEqual(
      editionOf('one').entries.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]),
    );
  });

  test('is absent where there is none', async () => {
    expect(await open()).toBeUndefined();
  });

  test('is served with a note in each page’s language, and with the files of its own build', async () => {
    await writeEdition(folder, editionOf('one'));
    await writeKnownAt(folder, at);
    const last = await open();
    const text = (path: string) => Buffer.from(last?.find(path)?.identity ?? []).toString();
    expect(text('/')).toContain('Our database does not answer.');
    expect(text('/')).toContain(
      '<main id="content"><p class="as-of" lang="en">Our database does not answer. This page shows what we knew at ' +
        '<time datetime="2026-03-01T12:00:00.000Z">1 March 2026, 12:00 UTC</time>.</p>one',
    );
    expect(text('/es')).toContain('<p class="as-of" lang="es">Nuestra base de datos no responde.');
    expect(text('/api/v2/status.json')).toBe('{}');
    expect(text('/_astro/old.css')).toBe('a{}');
    const { headers } = last?.find('/api/v2/status.json')?.answers.identity ?? { headers: [] };
    expect(headers.join('\n')).toContain('access-control-allow-origin\n*');
    expect(headers.join('\n')).toContain(`Forthright-As-Of\n${at.toISOString()}`);
    expect(headers.join('\n')).toContain('X-Content-Type-Options\nnosniff');
  });

  test.each([
    ['cut short', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -40))],
    ['longer than it was', (path: string) => appendFileSync(path, 'x')],
    ['empty', (path: string) => writeFileSync(path, '')],
    [
      'changed in one byte',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200);
        writeFileSync(path, bytes);
      },
    ],
  ])('is ignored and complained about when it is %s', async (_name, damage) => {
    await writeEdition(folder, editionOf('one'));
    damage(join(folder, 'edition'));
    const logged: string[] = [];
    expect(await open(logged)).toBeUndefined();
    expect(logged.join()).toContain('edition_on_disk_unusable');
    expect(logged.join()).toContain('it is not whole');
  });

  test('is the old one or the new one, whole, whenever its writer is killed', async () => {
    const program = fileURLToPath(new URL('edition-program.ts', import.meta.url));
    await writeEdition(folder, editionOf('first'));
    for (let round = 0; round < 8; round += 1) {
      const child = startChild(program, [folder]);
      await child.says(/writing/);
      await new Promise((resolve) => setTimeout(resolve, 5 + round * 7));
      await child.kill();
      const read = await readEdition(folder);
      expect(read?.entries.length).toBeGreaterThan(0);
    }
    expect(readdirSync(folder)).toContain('edition');
  }, 60_000);
});
