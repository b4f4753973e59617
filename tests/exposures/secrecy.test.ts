import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { operator } from '#src/domain/actors.ts';
import { applyExposureList, closeExposureList } from '#src/domain/exposures/commands.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { dataIncident, dumpOf, importFiles, now } from './support.ts';

/** Hexadecimal digits: the beginning of a hash would give an address away as well as the whole. */
const BEGINNING = 16;

const store = await testStore();
const keys = testKeys();

const people = Array.from({ length: 2000 }, (_, index) => {
  const domains = ['quenford.example', 'ostrelle.example.net', 'mail.vintover.example.org'];
  return `Person.Quist${index}+tag@${domains[index % domains.length]}`;
});

describe('After importing 2,000 addresses', async () => {
  const incident = await dataIncident(store.db);
  const csv = [
    'address,batch,Password reset',
    ...people.map((address, index) => `${address},${index % 20},yes`),
  ];
  const { list } = await importFiles(store, keys, incident.slug, {
    'leak to ada@quenford.example.csv': [...csv, `torn ${people[0]},1,yes`].join('\n'),
  });
  await applyExposureList(store.db, operator, list?.id ?? '', now);
  await closeExposureList(store.db, operator, list?.id ?? '', now);
  const dump = (await dumpOf(store)).toLowerCase();

  test('the database holds its rows', () => {
    expect(list?.report).toMatchObject({ distinctAddresses: 1900, sealed: 1900 });
    expect(dump).toContain('public.exposures');
    expect(dump).toContain('password reset');
  });

  test('no address, and no part of one, stands in it', () => {
    for (const part of ['quenford', 'ostrelle', 'vintover', 'quist', '+tag'])
      expect(dump).not.toContain(part);
    for (const address of people) {
      for (const form of [address, address.toLowerCase()]) {
        const bytes = Buffer.from(form);
        expect(dump.includes(bytes.toString('hex'))).toBe(false);
        expect(dump.includes(bytes.toString('base64').toLowerCase())).toBe(false);
      }
    }
  });

  test('no hash of an address that a dictionary could find stands in it', () => {
    const beginnings = new Set<string>();
    for (const address of people) {
      const normalised = address.toLowerCase();
      for (const form of [
        address,
        normalised,
        `exposure/v1|n1|${normalised}`,
        `address/v1|n1|${normalised}`,
      ]) {
        for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512']) {
          beginnings.add(createHash(algorithm).update(form).digest('hex').slice(0, BEGINNING));
        }
      }
    }
    const found = new Set<string>();
    for (let at = 0; at < dump.length; at += 1) {
      const beginning = dump.slice(at, at + BEGINNING);
      if (beginnings.has(beginning)) found.add(beginning);
    }
    expect([...found]).toEqual([]);
  });
});
