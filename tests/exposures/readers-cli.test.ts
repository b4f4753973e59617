import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { mailingSource } from '#src/cli/exposure-folders.ts';
import { registerExposures } from '#src/cli/exposures.ts';
import { operator } from '#src/domain/actors.ts';
import { importExposures } from '#src/domain/exposures/import/import-exposures.ts';
import { listExposureLists } from '#src/domain/exposures/queries.ts';
import { localFallbacks, readSettings } from '#src/settings.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, dumpOf, now, importThreads, until } from './support.ts';

const store = await testStore();
const keys = testKeys();
const folder = mkdtempSync(join(tmpdir(), 'forthright-formats-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What a terminal would show, and how it would end: 0, 2 for what cannot be typed, else the error's message. */
async function imported(...words: string[]): Promise<{ shown: string; end: string | number }> {
  const shown: string[] = [];
  const show = (text: string) => void shown.push(text);
  const settings = readSettings({}, localFallbacks);
  const program = new Command('forthright');
  const context = { store, keys, importThreads, settings, now: () => now, out: show, err: show };
  registerExposures(program, async () => context);
  const every = (command: Command): Command[] => [command, ...command.commands.flatMap(every)];
  for (const command of every(program)) command.exitOverride().configureOutput({ writeErr: show });
  const end = await program.parseAsync(['node', 'forthright', 'exposures', 'import', ...words]).then(
    () => 0,
    (error: unknown) =>
      error instanceof CommanderError ? 2 : error instanceof Error ? error.message : 'failed',
  );
  return { shown: shown.join('\n'), end };
}

describe('forthright exposures import', () => {
  const bare = file('people.txt', Array.from({ length: 25 }, (_, n) => `person${n}@example.com`).join('\n'));

  test('cuts a list of bare addresses into batches of the size it is told', async () => {
    const { slug, id } = await dataIncident(store.db);
    expect((await imported(bare, '--incident', slug, '--batch-size', '10')).end).toBe(0);
    const [list] = await listExposureLists(store.db, id);
    expect(list?.report).toMatchObject({ leakedBatches: 3, exposedAddresses: 25 });
  });

  test.each([
    ['no number', ['--batch-size', 'many']],
    ['nothing', ['--batch-size', '0']],
  ])('ends with 2 when a batch is of %s', async (_, words) => {
    expect((await imported(bare, '--incident', 'x', ...words)).end).toBe(2);
  });

  test('ends with 2 when a size is told for files that say their batches themselves', async () => {
    const table = file('people.csv', 'address\na@example.com\n');
    const { end, shown } = await imported(table, '--incident', 'x', '--batch-size', '10');
    expect(end).toBe(2);
    expect(shown).toContain('--batch-size is for a .txt list');
  });

  test('takes a Maildir as one file, and knows it again', async () => {
    const { slug, id } = await dataIncident(store.db);
    const maildir = join(folder, 'Leak');
    for (const part of ['cur', 'new']) mkdirSync(join(maildir, part), { recursive: true });
    for (const [name, person] of [
      ['cur/1:2,S', 'a'],
      ['new/2', 'b'],
      ['cur/3:2,', 'a'],
    ]) {
      writeFileSync(join(maildir, name ?? ''), `To: ${person}@example.com\n\nDear customer\n`);
    }
    expect((await imported(maildir, '--incident', slug)).end).toBe(0);
    const [list] = await listExposureLists(store.db, id);
    expect(list).toMatchObject({ sourceName: 'Leak/', report: { leakedBatches: 3, exposedAddresses: 2 } });
    expect((await imported(`${maildir}/`, '--incident', slug)).shown).toContain('already imported');
  });

  test('imports nothing of a file that changes while it is read', async () => {
    const { slug } = await dataIncident(store.db);
    const before = await dumpOf(store);
    const path = file('growing.txt', 'person@example.com\n'.repeat(50_000));
    const source = await mailingSource(path);
    async function* grown() {
      for await (const chunk of source.bytes) {
        appendFileSync(path, 'late@example.com\n');
        yield chunk;
      }
    }
    const sources = [{ name: source.name, bytes: grown() }];
    const request = { sources, incidentSlug: slug, seal: { until }, dryRun: false };
    await expect(importExposures({ store, keys, importThreads }, operator, request, now)).rejects.toThrow(
      'growing.txt changed while it was read. Nothing was imported.',
    );
    expect(await dumpOf(store)).toBe(before);
  });
});
