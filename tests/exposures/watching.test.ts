import { setTimeout as delay } from 'node:timers/promises';
import { eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { exposureImports } from '#db/schema/index.ts';
import { importExposures } from '#src/domain/exposures/import/import-exposures.ts';
import { ImportCancelled } from '#src/domain/exposures/import/request.ts';
import { cancelImport, forgetImports } from '#src/domain/exposures/import/watching/commands.ts';
import { openImports, type Imports } from '#src/domain/exposures/import/watching/imports.ts';
import { findWatchedImport, listWatchedImports } from '#src/domain/exposures/import/watching/queries.ts';
import { listExposureLists } from '#src/domain/exposures/queries.ts';
import { newId } from '#src/text/ids.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, dumpOf, importThreads, rowsOf, staffMember, until } from './support.ts';
import { now } from './moments.ts';

const store = await testStore();
const keys = testKeys();
const { db } = store;
const editor = staffMember('editor');
const logged: string[] = [];

/** As a process would open them. */
function processOf(): Imports {
  const log = (event: string, fields: unknown) => void logged.push(`${event} ${JSON.stringify(fields)}`);
  return openImports({
    store,
    keys,
    importThreads,
    log: { info: log, error: log },
    errorFields: (error) => ({ error: error instanceof Error ? error.name : 'unknown' }),
    now: () => new Date(),
  });
}

/** An upload of one file that arrives as the test says. */
function upload(name = 'leak.csv') {
  const parts: (string | Error | undefined)[] = ['address\n'];
  let wake = () => {};
  const put = (part: string | Error | undefined) => {
    parts.push(part);
    wake();
  };
  async function* bytes() {
    for (;;) {
      while (parts.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const part = parts.shift();
      if (part === undefined) return;
      if (part instanceof Error) throw part;
      yield Buffer.from(part);
    }
  }
  return {
    sources: [{ name, bytes: bytes() }],
    send: (text: string) => put(text),
    end: () => put(undefined),
    leave: () => put(new Error('The upload broke off.')),
  };
}

async function begun(imports: Imports, name?: string) {
  const incident = await dataIncident(db);
  const { sources, ...sending } = upload(name);
  const running = await imports.begin(editor, {
    incidentSlug: incident.slug,
    incidentTitle: incident.title,
    sources,
    seal: { until: new Date(Date.now() + 86_400_000) },
    dryRun: false,
    bytesTotal: 1_000_000,
  });
  const found = async () => {
    const watched = await findWatchedImport(db, running.id, new Date());
    if (!watched) throw new Error('It is not there.');
    return watched;
  };
  return { ...running, ...sending, incident, found };
}

const people = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `person${from + index}@example.com\n`).join('');

async function assertNothingLeft(incidentId: string): Promise<void> {
  expect(await listExposureLists(db, incidentId)).toEqual([]);
  for (const table of ['exposures', 'sealed_originals', 'leaked_batches']) {
    expect(
      await rowsOf(store, `select 1 from ${table} where list_id not in (select id from exposure_lists)`),
    ).toEqual([]);
  }
  expect(await rowsOf(store, `select id from exposure_lists where state = 'loading'`)).toEqual([]);
}

describe('An import that is watched', () => {
  test('is received, worked on and done, and any process can tell', async () => {
    const one = await begun(processOf(), 'ada@example.com.csv');
    one.send(people(2000));
    await expect
      .poll(async () => (await one.found()).figures?.rows ?? 0, { timeout: 10_000 })
      .toBeGreaterThan(0);
    const receiving = await one.found();
    expect(receiving).toMatchObject({
      state: 'receiving',
      startedBy: editor.id,
      outcome: null,
      listId: null,
    });
    expect(receiving.figures).toMatchObject({ phase: 'reading' });
    expect(receiving.files).toEqual([{ name: '(address)', bytes: 8 + people(2000).length }]);
    one.send('not an address\n');
    one.end();
    await one.received;
    await one.ended;
    expect(await one.found()).toMatchObject({
      state: 'done',
      outcome: 'imported',
      listId: one.id,
      message: null,
      report: { exposedAddresses: 2000 },
    });
    expect((await listExposureLists(db, one.incident.id))[0]).toMatchObject({ id: one.id, state: 'draft' });
  });

  test('that is refused says why, in the words of the command line', async () => {
    const one = await begun(processOf());
    one.send('nobody\n');
    one.end();
    await one.ended;
    const { state, message } = await one.found();
    expect(state).toBe('refused');
    expect(message).toContain('No address was found in leak.csv');
    await assertNothingLeft(one.incident.id);
  });

  test('keeps its refused lines in the memory of its process alone', async () => {
    const [here, elsewhere] = [processOf(), processOf()];
    const one = await begun(here);
    one.send('ok@example.com\nsecret.person@@example.net\n');
    one.end();
    await one.ended;
    expect(here.rejectsOf(one.id)).toMatchObject([{ line: 3, masked: 's***@example.net' }]);
    expect(elsewhere.rejectsOf(one.id)).toBeUndefined();
    const dump = await dumpOf(store);
    expect(dump).not.toMatch(/s\*\*\*|secret\.person|example\.net/);
    expect(logged.join('\n')).not.toContain('@');
  });

  test('takes another id when the wanted one is taken, by an import or by a list', async () => {
    const imports = processOf();
    const one = await begun(imports);
    one.send('a@example.com\n');
    one.end();
    await one.ended;
    const again = async () => {
      const { sources, end } = upload();
      end();
      const running = await imports.begin(editor, {
        id: one.id,
        incidentSlug: one.incident.slug,
        incidentTitle: 'x',
        sources,
        seal: 'answer_only',
        dryRun: true,
      });
      await running.ended;
      return running.id;
    };
    expect(await again()).not.toBe(one.id);
    await db.delete(exposureImports).where(eq(exposureImports.id, one.id));
    expect(await again()).not.toBe(one.id);
  });

  test('is one of four at most in a process', async () => {
    const imports = processOf();
    const four = await Promise.all([1, 2, 3, 4].map(() => begun(imports)));
    await expect(begun(imports)).rejects.toThrow('4 imports are under way already');
    await imports.close();
    for (const one of four) expect((await one.found()).state).toBe('failed');
    await expect(begun(imports)).rejects.toThrow('is stopping');
  });
});

describe('An import is cancelled', () => {
  test('by its starter, while it is received and in whatever process: it ends within seconds and leaves nothing', async () => {
    const one = await begun(processOf());
    one.send(people(5000));
    await expect
      .poll(async () => (await one.found()).figures?.rows ?? 0, { timeout: 10_000 })
      .toBeGreaterThan(0);
    // Another process writes only the wish.
    await cancelImport(db, editor, one.id, new Date());
    await one.ended;
    await one.received;
    expect(await one.found()).toMatchObject({
      state: 'cancelled',
      message: expect.stringContaining('Nothing was imported'),
    });
    expect((await one.found()).cancelAskedBy).toBe(editor.id);
    await assertNothingLeft(one.incident.id);
  });

  test('while its rows are written, and leaves nothing of them', async () => {
    const imports = processOf();
    const one = await begun(imports);
    for (let from = 0; from < 60_000; from += 5000) one.send(people(5000, from));
    one.end();
    await one.received;
    const written = async () =>
      (await rowsOf(store, `select 1 from exposures where list_id = '${one.id}' limit 1`)).length;
    await expect.poll(written, { timeout: 30_000, interval: 5 }).toBe(1);
    await imports.cancel(one.id);
    await one.ended;
    expect((await one.found()).state).toBe('cancelled');
    await assertNothingLeft(one.incident.id);
  }, 60_000);

  test('by whoever leaves in the middle of the upload', async () => {
    const one = await begun(processOf());
    one.send(people(10));
    one.leave();
    await one.ended;
    expect(await one.found()).toMatchObject({
      state: 'cancelled',
      message: expect.stringContaining('before everything had arrived'),
    });
    await assertNothingLeft(one.incident.id);
  });

  test('by an approver, and not by another editor or a viewer', async () => {
    const imports = processOf();
    const one = await begun(imports);
    for (const other of [staffMember('editor', 'staff-other'), staffMember('viewer', editor.id)]) {
      await expect(cancelImport(db, other, one.id, new Date())).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect((await one.found()).cancelAskedAt).toBeNull();
    await cancelImport(db, staffMember('approver'), one.id, new Date());
    await one.ended;
    expect((await one.found()).state).toBe('cancelled');
    // A second time changes nothing, and what is not there is not found.
    await cancelImport(db, editor, one.id, new Date());
    expect((await one.found()).cancelAskedBy).toBe('staff-approver');
    await expect(cancelImport(db, editor, 'abcdefghijkl', new Date())).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('with its process, which says so', async () => {
    const imports = processOf();
    const one = await begun(imports);
    one.send(people(1000));
    await imports.close();
    expect(await one.found()).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('was stopped'),
    });
    await assertNothingLeft(one.incident.id);
  });

  test('by a signal before anything is read, and in the middle: the key of its new incident is gone as well', async () => {
    const controller = new AbortController();
    const slug = newId();
    const { sources, send } = upload();
    const importing = importExposures(
      { store, keys, importThreads },
      editor,
      {
        sources,
        incidentSlug: slug,
        newTitle: 'Addresses shown',
        seal: { until },
        dryRun: false,
        signal: controller.signal,
        onProgress: () => controller.abort(new ImportCancelled('Enough.')),
      },
      now,
    );
    send(people(100));
    await expect(importing).rejects.toThrow('Enough.');
    expect(await rowsOf(store, `select 1 from incidents where slug = '${slug}'`)).toEqual([]);
    const held = keys.list().filter(({ name }) => name.startsWith('exposure-'));
    const incidents = await rowsOf<{ id: string }>(store, 'select id from incidents');
    expect(held.filter(({ name }) => !incidents.some(({ id }) => name === `exposure-${id}`))).toEqual([]);
  });
});

describe('An import whose process is gone', () => {
  const silent = async (id: string, seconds: number, state: 'receiving' | 'working' = 'working') =>
    db.insert(exposureImports).values({
      id,
      incidentSlug: 'x',
      incidentTitle: 'X',
      dryRun: false,
      startedBy: editor.id,
      startedAt: new Date(Date.now() - 60_000),
      state,
      files: [],
      touchedAt: new Date(Date.now() - seconds * 1000),
    });

  test('has failed after half a minute of silence, and not before', async () => {
    const [late, dead] = [newId(), newId()];
    await silent(late, 20);
    await silent(dead, 40);
    expect(await findWatchedImport(db, late, new Date())).toMatchObject({ state: 'working' });
    expect(await findWatchedImport(db, dead, new Date())).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('Nothing was imported'),
    });
  });

  test('is done nevertheless when its list is there', async () => {
    const one = await begun(processOf());
    one.send('a@example.com\n');
    one.end();
    await one.ended;
    const touchedAt = new Date(Date.now() - 60_000);
    const unsaid = {
      state: 'working',
      outcome: null,
      listId: null,
      report: null,
      endedAt: null,
      touchedAt,
    } as const;
    await db.update(exposureImports).set(unsaid).where(eq(exposureImports.id, one.id));
    expect(await one.found()).toMatchObject({
      state: 'done',
      outcome: 'imported',
      listId: one.id,
      report: { lines: 1 },
    });
  });

  test('is forgotten after a week, like every other', async () => {
    const id = newId();
    await silent(id, 8 * 86_400);
    const before = (await rowsOf(store, 'select 1 from exposure_imports')).length;
    expect(await forgetImports(db, new Date())).toBe(1);
    expect((await rowsOf(store, 'select 1 from exposure_imports')).length).toBe(before - 1);
    expect(await findWatchedImport(db, id, new Date())).toBeUndefined();
  });

  test('is not among those listed once a day has passed; those under way are, however old', async () => {
    const [old, running] = [newId(), newId()];
    await silent(old, 100);
    await silent(running, 0);
    const yesterday = { startedAt: new Date(Date.now() - 2 * 86_400_000) };
    for (const id of [old, running])
      await db.update(exposureImports).set(yesterday).where(eq(exposureImports.id, id));
    const listed = (await listWatchedImports(db, new Date())).map(({ id }) => id);
    expect([listed.includes(old), listed.includes(running)]).toEqual([false, true]);
    await delay(0);
  });
});
