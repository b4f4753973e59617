import { asc, eq } from '#db/drizzle.ts';
import { describe, expect, test } from 'vitest';
import { exposureLists, sealedOriginals } from '#db/schema/index.ts';
import { destroySealedOriginals, listSealedOriginals } from '#src/domain/exposures/sealed.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, importFiles, rowsOf, until } from './support.ts';

const store = await testStore();
const keys = testKeys();
const otherKeys = testKeys();

async function sealedList(csv: string): Promise<string> {
  const { slug } = await dataIncident(store.db);
  const { list } = await importFiles(store, keys, slug, { 'leak.csv': csv });
  return list?.id ?? '';
}

const rowsOfList = (listId: string) =>
  store.db
    .select()
    .from(sealedOriginals)
    .where(eq(sealedOriginals.listId, listId))
    .orderBy(asc(sealedOriginals.id));

describe('The sealed addresses of a list', () => {
  test('are those of the exposed people, each once, as they were written', async () => {
    const listId = await sealedList(
      'address,batch,delivered\nAda@example.com,1,\nada@example.com,2,\nbo@example.com,1,\ncy@example.com,3,stopped\n',
    );
    const opened = await listSealedOriginals(store.db, keys, listId, null, 100);
    expect(opened.map(({ address }) => address.toLowerCase()).sort()).toEqual([
      'ada@example.com',
      'bo@example.com',
    ]);
  });

  test('come in whole blocks, at least as many as are asked for', async () => {
    const people = Array.from({ length: 425 }, (_, index) => `person${index}@example.com`);
    const listId = await sealedList(['address', ...people].join('\n'));
    const seen: string[] = [];
    for (let after: string | null = null, page; ; after = page.at(-1)?.id ?? null) {
      page = await listSealedOriginals(store.db, keys, listId, after, 150);
      if (page.length === 0) break;
      if (page.length < 150) expect(seen.length + page.length).toBe(people.length);
      seen.push(...page.map(({ address }) => address));
    }
    expect(seen.length).toBe(people.length);
    expect([...seen].sort()).toEqual([...people].sort());
    expect(seen).not.toEqual(people);
  });

  test('do not open in one another’s place', async () => {
    const people = Array.from({ length: 150 }, (_, index) => `person${index}@example.com`);
    const listId = await sealedList(['address', ...people].join('\n'));
    const [first, second] = await rowsOfList(listId);
    if (!first || !second) throw new Error('two blocks were sealed');
    for (const [to, from] of [
      [first, second],
      [second, first],
    ] as const) {
      await store.db
        .update(sealedOriginals)
        .set({ sealedAddresses: from.sealedAddresses })
        .where(eq(sealedOriginals.id, to.id));
    }
    await expect(listSealedOriginals(store.db, keys, listId, null, 10)).rejects.toThrow('does not open here');
  });

  test('do not open under another list’s key', async () => {
    const [one, two] = [
      await sealedList('address\na@example.com\n'),
      await sealedList('address\nb@example.com\n'),
    ];
    const [list] = await store.db.select().from(exposureLists).where(eq(exposureLists.id, two));
    await store.db
      .update(exposureLists)
      .set({ sealedKey: list?.sealedKey ?? null })
      .where(eq(exposureLists.id, one));
    await expect(listSealedOriginals(store.db, keys, one, null, 10)).rejects.toThrow('does not open here');
  });

  test('need the private half: who has only the public half can seal and not open', async () => {
    const { slug } = await dataIncident(store.db);
    await sealedList('address\na@example.com\n');
    const recipient = keys.recipient('sealing');
    if (!recipient) throw new Error('sealing leaves its public half in the key folder');
    otherKeys.keepRecipient('sealing', recipient);
    const { list } = await importFiles(store, otherKeys, slug, { 'a.csv': 'address\na@example.com\n' });
    expect(otherKeys.list().map(({ name }) => name)).not.toContain('sealing');
    await expect(listSealedOriginals(store.db, otherKeys, list?.id ?? '', null, 10)).rejects.toThrow(
      'private half',
    );
    const opened = await listSealedOriginals(store.db, keys, list?.id ?? '', null, 10);
    expect(opened.map(({ address }) => address)).toEqual(['a@example.com']);
  });

  test('stay readable after the sealing key was rotated, and new ones are sealed to the new version', async () => {
    const before = await sealedList('address\na@example.com\n');
    keys.rotate('sealing');
    const after = await sealedList('address\nb@example.com\n');
    expect(keys.recipient('sealing')?.version).toBe(2);
    for (const listId of [before, after]) {
      expect(await listSealedOriginals(store.db, keys, listId, null, 10)).toHaveLength(1);
    }
  });

  test('are none when the import keeps answers only', async () => {
    const { slug } = await dataIncident(store.db);
    const { list } = await importFiles(
      store,
      keys,
      slug,
      { 'a.csv': 'address\na@example.com\n' },
      { seal: 'answer_only' },
    );
    expect(await rowsOfList(list?.id ?? '')).toEqual([]);
    await expect(listSealedOriginals(store.db, keys, list?.id ?? '', null, 10)).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('are destroyed at their date, and not before, with evidence', async () => {
    const people = Array.from({ length: 4100 }, (_, index) => `person${index}@example.com`);
    const listId = await sealedList(['address', ...people].join('\n'));
    await destroySealedOriginals(store.db, new Date(until.getTime() - 1));
    expect(await rowsOfList(listId)).toHaveLength(41);
    expect(await destroySealedOriginals(store.db, until)).toBeGreaterThan(0);
    expect(await rowsOfList(listId)).toEqual([]);
    await expect(listSealedOriginals(store.db, keys, listId, null, 10)).rejects.toMatchObject({
      code: 'conflict',
    });
    const entries = await rowsOf<{ details: unknown }>(
      store,
      `select details from evidence where kind = 'sealed_originals_destroyed' and subject = 'exposure_list:${listId}'`,
    );
    expect(entries).toMatchObject([{ details: { addresses: 4100 } }]);
    expect(await destroySealedOriginals(store.db, until)).toBe(0);
  });
});
