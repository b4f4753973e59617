import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { eq } from '#db/drizzle.ts';
import {
  broadcasts,
  deliveries,
  erasures,
  evidence,
  exposureDestructions,
  letters,
  proofRequests,
  providerBatches,
  subscriptions,
  suppressions,
} from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { destroyExposures } from '#src/domain/exposures/destruction.ts';
import { eraseExposures, findTombstone } from '#src/domain/exposures/tombstones.ts';
import { rotateKey } from '#src/domain/keys/commands.ts';
import { destroyKey } from '#src/domain/keys/destruction.ts';
import { findTokenHolder } from '#src/domain/subscribers/queries.ts';
import { suppress } from '#src/domain/subscribers/suppressions.ts';
import { subscriptionToken } from '#src/domain/subscribers/tokens.ts';
import { openKeyStore, type KeyStore } from '#src/trust/keys.ts';
import { confirmedSubscriber, frozenBroadcast, now, sendAll, senderWith } from '#tests/broadcasts/support.ts';
import { dataIncident, importFiles, staffMember } from '#tests/exposures/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testKeys } from '#tests/support/keys.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { addressOf, askedForCode } from '#tests/support/people.ts';
import { terminal } from './support.ts';

const store = await testStore();
const { db } = store;
let keys: KeyStore;
const folders = Array.from({ length: 12 }, () => testKeys());
let forthright: ReturnType<typeof terminal>;
beforeEach(async () => {
  keys = folders.pop() as KeyStore;
  forthright = terminal(store, keys);
  for (const table of [
    deliveries,
    providerBatches,
    broadcasts,
    letters,
    proofRequests,
    suppressions,
    subscriptions,
    erasures,
  ]) {
    await db.delete(table);
  }
});

const ada = addressOf('ada@example.com');

describe('Destroying a key', () => {
  test('is refused for the version that is written with', async () => {
    for (const name of ['addresses', 'tokens', 'broadcasts', 'sealing', 'erasures'] as const) {
      keys.current(name);
      expect((await forthright('destroy', name, '1')).end, name).toContain(`forthright keys rotate ${name}`);
      expect((await forthright('destroy', name, '2')).end, name).toContain(`no key ${name} of version 2`);
      expect(keys.active(name)).toHaveLength(1);
    }
    expect((await forthright('destroy', 'hats', '1')).end).toContain('no key called "hats"');
    expect((await forthright('destroy', 'addresses', 'one')).end).toBe(2);
  });

  test('waits until every process knows the version that takes its place', async () => {
    const keysDir = mkdtempSync(join(tmpdir(), 'forthright-keys-'));
    try {
      const settling = openKeyStore({ keysDir, mayCreate: true, settleMs: 10_000 });
      settling.current('broadcasts');
      settling.rotate('broadcasts');
      const typed = terminal(store, settling);
      expect((await typed('destroy', 'broadcasts', '1')).end).toContain('Try again in ten seconds');
      const longAgo = Date.now() / 1000 - 11;
      utimesSync(join(keysDir, 'broadcasts.2.key'), longAgo, longAgo);
      expect((await typed('destroy', 'broadcasts', '1')).end).toBe(0);
      expect(settling.active('broadcasts').map(({ version }) => version)).toEqual([2]);
    } finally {
      rmSync(keysDir, { recursive: true, force: true });
    }
  });

  test('of the addresses first brings every mailbox under the newest, and waits for codes and letters', async () => {
    await confirmedSubscriber(db, keys, ada);
    await askedForCode(db, keys, { address: 'bo@example.com' }, now);
    await suppress(db, keys, [{ address: addressOf('nobody@example.com'), reason: 'bounced' }], now);
    await forthright('rotate', 'addresses');
    const refused = await forthright('destroy', 'addresses', '1');
    expect(refused.end).toMatch(
      /in use: .*1 letter.*1 request for a code|in use: .*1 request for a code.*1 letter/,
    );
    expect(refused.end).toContain('within a day');
    expect(keys.active('addresses')).toHaveLength(2);
    await db.delete(proofRequests);
    await db.update(letters).set({ sealedAddress: null });
    expect((await forthright('destroy', 'addresses', '1')).end).toBe(0);
    expect(keys.active('addresses').map(({ version }) => version)).toEqual([2]);
    expect(await db.select({ version: subscriptions.keyVersion }).from(subscriptions)).toEqual([
      { version: 2 },
    ]);
    expect(await db.$count(suppressions)).toBe(0);
  });

  test('of broadcasts waits until their addresses are wiped', async () => {
    await confirmedSubscriber(db, keys, ada);
    const outbox = testOutbox();
    const id = await frozenBroadcast(db, keys, outbox);
    await forthright('rotate', 'broadcasts');
    expect((await forthright('destroy', 'broadcasts', '1')).end).toMatch(
      /1 message of a broadcast, 1 broadcast under way/,
    );
    await sendAll(db, keys, senderWith(outbox));
    expect((await forthright('destroy', 'broadcasts', '1')).end).toContain(
      '1 message of a broadcast. Nothing was destroyed.',
    );
    await db.update(deliveries).set({ sealedAddress: null }).where(eq(deliveries.broadcastId, id));
    expect((await forthright('destroy', 'broadcasts', '1')).end).toBe(0);
    expect(outbox.sent).toHaveLength(1);
  });

  test('of links says that links in sent mails stop, and never while a broadcast makes them', async () => {
    const id = await confirmedSubscriber(db, keys, ada);
    const link = subscriptionToken(keys.current('tokens'), id);
    const outbox = testOutbox();
    await frozenBroadcast(db, keys, outbox);
    await forthright('rotate', 'tokens');
    expect((await forthright('destroy', 'tokens', '1', '--yes')).end).toContain('1 broadcast under way');
    await sendAll(db, keys, senderWith(outbox));
    expect((await forthright('destroy', 'tokens', '1')).end).toMatch(
      /unsubscribe.*Nothing was destroyed.*--yes/,
    );
    expect(await findTokenHolder(db, keys, link)).toBeDefined();
    expect((await forthright('destroy', 'tokens', '1', '--yes')).end).toBe(0);
    expect(await findTokenHolder(db, keys, link)).toBeUndefined();
  });

  test('of what was erased is refused while a mark rests on it; one that is lost makes the answer unavailable', async () => {
    const { id: incidentId } = await dataIncident(db);
    const erased = { addresses: [ada], incidentIds: [incidentId], kind: 'erased' as const };
    await eraseExposures(db, keys, erased, now);
    await forthright('rotate', 'erasures');
    await eraseExposures(db, keys, { ...erased, addresses: [addressOf('bo@example.com')] }, now);
    expect((await forthright('destroy', 'erasures', '1')).end).toContain('1 mark of something erased');
    expect(await findTombstone(db, keys, incidentId, ada)).toMatchObject({ kind: 'erased' });
    keys.destroy('erasures', 1);
    await expect(findTombstone(db, keys, incidentId, ada)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('of an incident is refused while a list rests on it', async () => {
    const { id, slug } = await dataIncident(db);
    await importFiles(store, keys, slug, { 'a.csv': 'address\na@example.com\n' });
    const name = `exposure-${id}` as const;
    const rotated = await forthright('rotate', name);
    expect(rotated.out).toContain('cannot be compared');
    await importFiles(store, keys, slug, { 'b.csv': 'address\nb@example.com\n' });
    const { out } = await forthright('list');
    for (const version of [1, 2]) {
      expect(out).toMatch(new RegExp(`${name}  version ${version}  [0-9a-f]{16}  on it: 1 exposure list`));
    }
    expect((await forthright('destroy', name, '1')).end).toContain('rests on this key');
  });

  test('leaves its fingerprint in the evidence log, and no key', async () => {
    await db.delete(evidence);
    await forthright('new', 'erasures');
    const made = keys.current('erasures');
    await forthright('rotate', 'erasures');
    await forthright('destroy', 'erasures', '1');
    const entries = await db.select().from(evidence).orderBy(evidence.number);
    expect(entries.map(({ kind }) => kind)).toEqual(['key_made', 'key_rotated', 'key_destroyed']);
    expect(entries[2]?.details).toEqual(entries[0]?.details);
    expect(JSON.stringify(entries)).not.toContain(Buffer.from(made.bytes).toString('base64').slice(0, 20));
    expect(JSON.stringify(entries)).not.toContain(Buffer.from(made.bytes).toString('hex').slice(0, 20));
  });

  test('is for an owner: nobody below rotates or destroys', async () => {
    keys.current('addresses');
    keys.rotate('addresses');
    for (const role of ['viewer', 'editor', 'approver'] as const) {
      const actor = staffMember(role);
      await expect(rotateKey(db, keys, actor, 'addresses', now)).rejects.toMatchObject({ code: 'forbidden' });
      const asked = { name: 'addresses' as const, version: 1, accepted: true };
      await expect(destroyKey(db, keys, actor, asked, now)).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect(keys.active('addresses')).toHaveLength(2);
  });
});

describe('The end of an incident’s data', () => {
  test('needs a second person, and names its keys by their fingerprints', async () => {
    const { id, slug } = await dataIncident(db);
    const [one, other] = [staffMember('owner', 'owner-one'), staffMember('owner', 'owner-two')];
    await importFiles(store, keys, slug, { 'a.csv': 'address\na@example.com\n' }, { as: one });
    keys.rotate(`exposure-${id}`);
    await importFiles(store, keys, slug, { 'b.csv': 'address\nb@example.com\n' }, { as: other });
    for (const importer of [one, other]) {
      await expect(destroyExposures(db, keys, importer, { incidentId: id, slug }, now)).rejects.toMatchObject(
        {
          code: 'forbidden',
        },
      );
    }
    expect(keys.active(`exposure-${id}`)).toHaveLength(2);
    await destroyExposures(db, keys, staffMember('owner', 'owner-three'), { incidentId: id, slug }, now);
    expect(keys.active(`exposure-${id}`)).toEqual([]);
    const [entry] = await db.select().from(evidence).where(eq(evidence.kind, 'exposures_destroyed'));
    const fingerprints = entry?.details['keyFingerprints'] as string[];
    expect(fingerprints).toHaveLength(2);
    for (const fingerprint of fingerprints) expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    await expect(rotateKey(db, keys, operator, `exposure-${id}`, now)).rejects.toMatchObject({
      code: 'conflict',
    });
    await db.delete(exposureDestructions).where(eq(exposureDestructions.incidentId, id));
    await expect(rotateKey(db, keys, operator, `exposure-${id}`, now)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(rotateKey(db, keys, operator, 'exposure-none', now)).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('Rotating a key', () => {
  test('says in a sentence what it means, and what to do next', async () => {
    for (const name of ['addresses', 'tokens', 'broadcasts', 'sealing', 'erasures'] as const) {
      keys.current(name);
      const { out, err, end } = await forthright('rotate', name);
      expect(end).toBe(0);
      expect(out).toMatch(
        new RegExp(`^The key ${name} is now at version 2, fingerprint [0-9a-f]{16}\\. [A-Z][^.]+\\.$`),
      );
      expect(err).toContain('Back up');
    }
    expect((await forthright('rotate', 'root-1')).end).toContain('no key called');
    const root = await forthright('rotate', 'root');
    expect(root.out).toContain('forthright keys destroy root 1');
    expect((await forthright('destroy', 'root', '2')).end).toContain('in use');
    expect((await forthright('destroy', 'root', '3')).end).toContain('no root key');
    expect((await forthright('list')).out).toMatch(
      /root  version 2  [0-9a-f]{16}  wraps the others\nroot  version 1/,
    );
    expect((await forthright('destroy', 'root', '1')).end).toBe(0);
    expect(keys.current('tokens').version).toBe(2);
  });
});
