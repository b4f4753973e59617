import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { Command, CommanderError } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { registerExposures } from '#src/cli/exposures.ts';
import { registerKeys } from '#src/cli/keys.ts';
import { listExposureLists } from '#src/domain/exposures/queries.ts';
import { readSettings, localFallbacks } from '#src/settings.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, now, importThreads } from './support.ts';

const store = await testStore();
const keys = testKeys();
const folder = mkdtempSync(join(tmpdir(), 'forthright-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What a terminal would show, and how it would end: 0, 2 for what cannot be typed, else the error's message. */
function forthright(...words: string[]): Promise<{ out: string; err: string; end: string | number }> {
  return command('exposures', ...words);
}

async function command(...words: string[]): Promise<{ out: string; err: string; end: string | number }> {
  const out: string[] = [];
  const err: string[] = [];
  const context = {
    store,
    keys,
    importThreads,
    settings: readSettings({}, localFallbacks),
    now: () => now,
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
  };
  const program = new Command('forthright');
  registerExposures(program, async () => context);
  registerKeys(program, async () => context);
  const every = (command: Command): Command[] => [command, ...command.commands.flatMap(every)];
  for (const command of every(program))
    command.exitOverride().configureOutput({ writeErr: (text) => void err.push(text) });
  const end = await program.parseAsync(['node', 'forthright', ...words]).then(
    () => 0,
    (error: unknown) =>
      error instanceof CommanderError ? 2 : error instanceof Error ? error.message : 'failed',
  );
  return { out: out.join('\n'), err: err.join('\n'), end };
}

const leak = file(
  'leak.csv',
  'address,batch\nada.lovelace@example.com,1\nbo@example.com,1\nwrong\n=cmd@@example.com,1\n',
);

describe('forthright exposures', () => {
  test('imports, applies, reports and closes, and says each time what follows', async () => {
    const { slug } = await dataIncident(store.db);
    const imported = await forthright('import', leak, '--incident', slug);
    expect(imported.end).toBe(0);
    expect(imported.out).toContain('Imported as version 1');
    expect(imported.out).toMatch(/contain a name +1 +\(50%\)/);
    expect(imported.err).toContain('leak.csv, line 4: w*** refused, it has no @');
    const again = await forthright('import', leak, '--incident', slug);
    expect(again.out).toContain('already imported');
    expect((await forthright('apply', '--incident', slug)).out).toContain('In force: version 1');
    const report = await forthright('report', '--incident', slug, '--json');
    expect(JSON.parse(report.out)).toMatchObject({
      version: 1,
      state: 'applied',
      report: { exposedAddresses: 2 },
    });
    expect((await forthright('close', '--incident', slug)).out).toContain('Closed: version 1');
    expect((await forthright('close', '--incident', slug)).end).toContain('There is no list');
  });

  test('replaces a list only after a diff, with a reason, and shows what changes', async () => {
    const { slug } = await dataIncident(store.db);
    const fewer = file('fewer.csv', 'address,batch\nada.lovelace@example.com,1\ncy@example.com,1\n');
    await forthright('import', leak, '--incident', slug);
    await forthright('apply', '--incident', slug);
    await forthright('import', fewer, '--incident', slug);
    const why = ['--reason', 'One batch had been left out.'];
    expect((await forthright('apply', '--incident', slug, ...why)).end).toContain('exposures diff');
    const diff = await forthright('diff', '--incident', slug);
    expect(diff.end).toBe(0);
    expect(diff.out).toMatch(/distinct addresses +2 +2 +0/);
    for (const line of [/newly exposed +1/, /gone from the list +1/, /changed answer +0/, /unchanged +1/]) {
      expect(diff.out).toMatch(line);
    }
    expect((await forthright('apply', '--incident', slug)).end).toContain('--reason');
    expect((await forthright('apply', '--incident', slug, ...why)).out).toContain('In force: version 2');
  });

  test('makes segments of columns, counts them, and lays them side by side in a diff', async () => {
    const { slug } = await dataIncident(store.db);
    const attributes = file('attributes.csv', 'address,Colour\na@example.com,red\nb@example.com,blue\n');
    const into = ['--incident', slug];
    const red = ['--segment', 'Reset by us: colour=RED'];
    const dry = await forthright('import', attributes, ...into, ...red, '--dry-run');
    expect(dry.out).toMatch(/^ {2}segment: Reset by us +1$/m);
    await forthright('import', attributes, ...into, ...red);
    await forthright('apply', ...into);
    const blue = ['--segment', 'Called by us: Colour=blue'];
    expect((await forthright('import', attributes, ...into, ...red, ...blue)).out).toContain('version 2');
    const diff = (await forthright('diff', ...into)).out;
    expect(diff).toMatch(/segment: Reset by us +1 +1 +0/);
    expect(diff).toMatch(/segment: Called by us +0 +1 \s*\+1/);
    const report = await forthright('report', ...into, '--json');
    expect(report.out).toContain('Reset by us');
    expect(report.out + diff).not.toMatch(/colour/i);
  });

  test('refuses a segment that is none without repeating it, and any where nothing is sealed', async () => {
    const { slug } = await dataIncident(store.db);
    const none = await forthright('import', leak, '--incident', slug, '--segment', 'ada@example.com');
    expect(none.end).toBe(2);
    expect(none.err).toContain('NAME: column=value');
    expect(none.err).not.toContain('ada');
    const segment = ['--segment', 'Reset by us: Colour=red'];
    const unsealed = await forthright('import', leak, '--incident', slug, ...segment, '--answer-only');
    expect(unsealed.end).toMatch(/none are kept.*Nothing was read/);
    const misspelt = await forthright('import', leak, '--incident', slug, ...segment);
    expect(misspelt.end).toContain('the segment “Reset by us” is made of');
  });

  test('takes no reason for a list that replaces none', async () => {
    const { slug } = await dataIncident(store.db);
    await forthright('import', leak, '--incident', slug);
    expect((await forthright('apply', '--incident', slug, '--reason', 'None.')).end).toContain(
      'replaces none',
    );
  });

  test('destroys an incident’s data with --yes alone, and says what follows', async () => {
    const { slug, id } = await dataIncident(store.db);
    await forthright('import', leak, '--incident', slug);
    await forthright('apply', '--incident', slug);
    expect((await forthright('destroy', '--incident', slug)).end).toContain('--yes');
    expect(keys.active(`exposure-${id}`)).toHaveLength(1);
    const destroyed = await forthright('destroy', '--incident', slug, '--yes');
    expect(destroyed.end).toBe(0);
    expect(destroyed.out).toContain('the rows of 1 version');
    expect(keys.active(`exposure-${id}`)).toEqual([]);
    const [list] = await listExposureLists(store.db, id);
    expect(list).toMatchObject({ destroyedAt: now, emptiedAt: now });
    expect((await forthright('destroy', '--incident', 'nothing', '--yes')).end).toContain('no incident');
  });

  test('destroys a key on which no list rests, and no other', async () => {
    const { slug, id } = await dataIncident(store.db);
    await forthright('import', leak, '--incident', slug);
    const name = `exposure-${id}` as const;
    expect((await command('keys', 'destroy', name, '1')).end).toContain('rests on this key');
    keys.current('addresses');
    expect((await command('keys', 'destroy', 'addresses', '1')).end).toContain('that is written with');
    expect((await command('keys', 'destroy', name, 'one')).end).toBe(2);
    keys.rotate(name);
    keys.rotate(name);
    expect((await command('keys', 'destroy', name, '2')).out).toContain('version 2 is destroyed');
    expect(keys.active(name).map(({ version }) => version)).toEqual([3, 1]);
  });

  test('stores nothing on a dry run', async () => {
    const { slug, id } = await dataIncident(store.db);
    expect((await forthright('import', leak, '--incident', slug, '--dry-run')).out).toContain(
      'nothing was stored',
    );
    expect(await listExposureLists(store.db, id)).toEqual([]);
  });

  test('opens an incident only when it is told a title', async () => {
    expect((await forthright('import', leak, '--incident', 'new-leak')).end).toContain(
      'There is no incident "new-leak"',
    );
    expect((await forthright('import', leak, '--incident', 'new-leak', '--new', 'Addresses shown')).end).toBe(
      0,
    );
  });

  test('writes the refused lines for the operator’s key alone', async () => {
    const { slug } = await dataIncident(store.db);
    const identity = await generateX25519Identity();
    const path = join(folder, 'rejects.age');
    const to = ['--rejects', path, '--rejects-to', await identityToRecipient(identity)];
    expect((await forthright('import', leak, '--incident', slug, ...to)).end).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path).includes('wrong')).toBe(false);
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    expect(await decrypter.decrypt(readFileSync(path), 'text')).toBe(
      '"file","line","reason","original"\n"leak.csv","4","it has no @","wrong"\n"leak.csv","5","it has more than one @","\'=cmd@@example.com"\n',
    );
    expect((await forthright('import', leak, '--incident', slug, ...to)).end).toContain('exists already');
    const torn = file('torn.csv', 'name\nAda\n');
    const other = join(folder, 'other.age');
    await forthright('import', torn, '--incident', slug, '--rejects', other, ...to.slice(2));
    expect(existsSync(other)).toBe(false);
  });

  test.each([
    ['no file', ['import', '--incident', 'x']],
    ['no incident', ['import', leak]],
    ['no day', ['import', leak, '--incident', 'x', '--seal-until', '31.1.2026']],
    [
      'two ways of keeping addresses',
      ['import', leak, '--incident', 'x', '--answer-only', '--seal-until', '2027-01-01'],
    ],
    ['a rejects file for nobody', ['import', leak, '--incident', 'x', '--rejects', 'x.age']],
    ['no list', ['apply']],
    ['a list in two ways', ['apply', 'abc', '--incident', 'x']],
  ])('ends with 2 when it is told %s', async (_, words) => {
    expect((await forthright(...words)).end).toBe(2);
  });

  test('names a file that is missing, a folder or unreadable, before anything begins', async () => {
    const { slug } = await dataIncident(store.db);
    expect((await forthright('import', join(folder, 'nothing.csv'), '--incident', slug)).end).toContain(
      'There is no file',
    );
    expect((await forthright('import', folder, '--incident', slug)).end).toContain('is a folder');
    expect((await forthright('import', leak, '--incident', slug, '--delivery', 'nothing.csv')).end).toContain(
      'There is no file',
    );
    const locked = file('locked.csv', 'address\na@example.com\n');
    chmodSync(locked, 0o000);
    // The superuser may read everything.
    if (process.getuid?.() !== 0) {
      expect((await forthright('import', locked, '--incident', slug)).end).toContain('may not be read');
    }
  });

  test('says what a bad key for the rejects is', async () => {
    const { slug } = await dataIncident(store.db);
    const bad = await forthright(
      'import',
      leak,
      '--incident',
      slug,
      '--rejects',
      join(folder, 'r.age'),
      '--rejects-to',
      'me',
    );
    expect(bad.end).toContain('no public key of age');
    expect(existsSync(join(folder, 'r.age'))).toBe(false);
  });
});
