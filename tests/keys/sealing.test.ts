import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { eq } from '#db/drizzle.ts';
import { broadcasts, deliveries, evidence } from '#db/schema/index.ts';
import { operator } from '#src/domain/actors.ts';
import { advanceBroadcasts } from '#src/domain/broadcasts/advance.ts';
import { resumeBroadcast } from '#src/domain/broadcasts/commands.ts';
import { listSealedOriginals } from '#src/domain/exposures/sealed.ts';
import { openKeyStore, type KeyStore } from '#src/trust/keys.ts';
import {
  releasedBroadcast,
  dutyTo,
  exposedIncident,
  sendAll,
  senderWith,
} from '#tests/broadcasts/support.ts';
import { dataIncident, importFiles } from '#tests/exposures/support.ts';
import { testStore } from '#tests/support/database.ts';
import { testOutbox } from '#tests/support/outbox.ts';
import { terminal } from './support.ts';

const store = await testStore();
const { db } = store;
const folder = mkdtempSync(join(tmpdir(), 'forthright-sealing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(folder, `file-${(files += 1)}`);

let keysDir: string;
let keys: KeyStore;
let forthright: ReturnType<typeof terminal>;
beforeEach(async () => {
  keysDir = newPath();
  keys = openKeyStore({ keysDir, mayCreate: true });
  forthright = terminal(store, keys);
  await db.delete(evidence);
});

/** A key pair that was made elsewhere, in a file as age-keygen writes it. */
async function pairFromElsewhere() {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const file = newPath();
  writeFileSync(file, `# created: 2026-11-01T09:00:00Z\n# public key: ${recipient}\n${identity}\n`);
  return { identity, recipient, file };
}

async function sealedList(...addresses: string[]): Promise<string> {
  const { slug } = await dataIncident(db);
  const { list } = await importFiles(store, keys, slug, {
    'leak.csv': ['address', ...addresses, ''].join('\n'),
  });
  return list?.id ?? '';
}

const opened = async (listId: string) =>
  (await listSealedOriginals(db, keys, listId, null, 100)).map(({ address }) => address).sort();
const told = async () =>
  (await db.select().from(evidence)).filter(({ subject }) => subject === 'key:sealing');

describe('A sealing key whose private half is elsewhere', () => {
  test('is sealed to, and opens nothing until its private half is brought', async () => {
    const { identity, recipient, file } = await pairFromElsewhere();
    const made = await forthright('new', 'sealing', '--recipient', recipient);
    expect(made.end).toBe(0);
    expect(made.out).toContain('Version 1 of the key sealing');
    const listId = await sealedList('ada@example.com', 'bo@example.com');
    await expect(opened(listId)).rejects.toThrow(/cannot be opened.*keys bring sealing/s);
    expect((await forthright('list')).out).toContain('sealing  version 1  private half elsewhere');

    expect((await forthright('bring', 'sealing', file)).end).toBe(0);
    expect(await opened(listId)).toEqual(['ada@example.com', 'bo@example.com']);
    const written = readFileSync(join(keysDir, 'sealing.1.key'), 'utf8');
    expect(written).not.toContain(identity);
    expect(statSync(join(keysDir, 'sealing.1.key')).mode & 0o777).toBe(0o600);

    const taken = await forthright('take', 'sealing', '1', '--kept');
    expect(taken.out).toContain('Cannot be opened until it is brought back: version 1 of the list of');
    expect(existsSync(join(keysDir, 'sealing.1.key'))).toBe(false);
    await expect(opened(listId)).rejects.toThrow(/keys bring sealing/);
    expect((await forthright('bring', 'sealing', file)).end).toBe(0);
    expect(await opened(listId)).toHaveLength(2);

    const entries = await told();
    expect(entries.map(({ kind }) => kind)).toEqual(['key_made', 'key_brought', 'key_taken', 'key_brought']);
    for (const { details } of entries) expect(details).toMatchObject({ version: 1, recipient });
    expect(JSON.stringify(entries)).not.toContain(identity);
  });

  test('made here can be moved into a file, and comes back from it', async () => {
    const listId = await sealedList('ada@example.com');
    const file = newPath();
    expect((await forthright('take', 'sealing', '1', file)).end).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toMatch(/^# public key: age1\w+\nAGE-SECRET-KEY-1\w+\n$/);
    expect(readdirSync(keysDir).filter((name) => name.includes('sealing'))).toEqual(['sealing.1.recipient']);
    await expect(opened(listId)).rejects.toThrow(/keys bring sealing/);
    const later = await sealedList('bo@example.com');
    expect((await forthright('bring', 'sealing', file)).end).toBe(0);
    expect([await opened(listId), await opened(later)]).toEqual([['ada@example.com'], ['bo@example.com']]);
    // It is in that file already.
    expect((await forthright('take', 'sealing', '1', file)).end).toBe(0);
    expect((await forthright('bring', 'sealing', file)).end).toBe(0);
  });

  test('is not taken without being kept: not over another file, nor without one', async () => {
    await sealedList('ada@example.com');
    const file = newPath();
    writeFileSync(file, 'something else');
    expect((await forthright('take', 'sealing', '1', file)).end).toContain('cannot be written (EEXIST)');
    expect((await forthright('take', 'sealing', '1')).end).toContain('--kept');
    expect((await forthright('take', 'sealing', '9', newPath())).end).toContain(
      'no key sealing of version 9',
    );
    expect((await forthright('take', 'tokens', '1', newPath())).end).toContain('Only the key sealing');
    expect(keys.active('sealing')).toHaveLength(1);
    expect(readFileSync(file, 'utf8')).toBe('something else');
  });

  test('is brought only from a file that holds it, and nothing of a file is repeated', async () => {
    const { recipient } = await pairFromElsewhere();
    await forthright('new', 'sealing', '--recipient', recipient);
    const other = await pairFromElsewhere();
    const wrong = newPath();
    writeFileSync(wrong, `${other.identity.slice(0, -1)}\n`);
    for (const [file, reason] of [
      [other.file, 'No version of the sealing key has this private half'],
      [wrong, 'holds no private half'],
      [newPath(), 'cannot be read (ENOENT)'],
    ] as const) {
      const { end, out, err } = await forthright('bring', 'sealing', file);
      expect(end).toContain(reason);
      expect(out + err + String(end)).not.toContain('AGE-SECRET-KEY-1Q');
      expect(out + err + String(end)).not.toContain(other.identity.slice(20, 40));
    }
    expect(keys.active('sealing')).toEqual([]);
    for (const text of ['age1', 'ssh-ed25519 AAAA', other.identity]) {
      const { end } = await forthright('new', 'sealing', '--recipient', text);
      expect(end).toContain('is no public half');
      expect(end).not.toContain(other.identity);
    }
    expect((await forthright('new', 'tokens', '--recipient', recipient)).end).toContain(
      'Only the key sealing',
    );
    expect((await forthright('new', 'sealing', '--recipient', recipient)).end).toContain('version 1');
  });

  test('halts a broadcast that needs it with what to do, and loses nobody', async () => {
    const { recipient, file } = await pairFromElsewhere();
    await forthright('new', 'sealing', '--recipient', recipient);
    const people = ['ada@example.com', 'bo@example.com', 'cy@example.com'];
    const incidentId = await exposedIncident(store, keys, people);
    const broadcastId = await releasedBroadcast(db, keys, dutyTo(incidentId));
    const outbox = testOutbox();
    const sender = senderWith(outbox);
    while ((await advanceBroadcasts(db, keys, sender)) === 'busy');
    const [halted] = await db.select().from(broadcasts).where(eq(broadcasts.id, broadcastId));
    expect(halted).toMatchObject({ state: 'halted', audienceCount: null });
    expect(halted?.reason).toContain('forthright keys bring sealing FILE');
    expect(await db.$count(deliveries, eq(deliveries.broadcastId, broadcastId))).toBe(0);

    await forthright('bring', 'sealing', file);
    await resumeBroadcast(db, operator, { broadcastId }, sender.clock());
    // Prepared and being sent: from here the private half is not needed.
    for (let turn = 0; turn < 3; turn += 1) await advanceBroadcasts(db, keys, sender);
    await forthright('take', 'sealing', '1', '--kept');
    await sendAll(db, keys, sender);
    expect(outbox.sent.map(({ to }) => to).sort()).toEqual(people);
  });
});

describe('Rotating the sealing key', () => {
  test('opens older lists with the older private half, and each list with its own', async () => {
    const first = await sealedList('ada@example.com');
    const rotated = await forthright('rotate', 'sealing');
    expect(rotated.out).toContain('now at version 2');
    const second = await sealedList('bo@example.com');
    const { recipient, file } = await pairFromElsewhere();
    await forthright('new', 'sealing', '--recipient', recipient);
    const third = await sealedList('cy@example.com');
    await forthright('rotate', 'sealing');
    const fourth = await sealedList('dee@example.com');
    for (const [list, address] of [
      [first, 'ada@example.com'],
      [second, 'bo@example.com'],
      [fourth, 'dee@example.com'],
    ] as const) {
      expect(await opened(list)).toEqual([address]);
    }
    await expect(opened(third)).rejects.toThrow(/keys bring sealing/);
    await forthright('bring', 'sealing', file);
    expect(await opened(third)).toEqual(['cy@example.com']);
    const { out } = await forthright('list');
    for (const version of [1, 2, 3, 4]) {
      expect(out).toMatch(
        new RegExp(`sealing  version ${version}  [0-9a-f]{16}  on it: 1 list with sealed addresses`),
      );
    }
  });

  test('a version that lists are sealed to is destroyed only by who accepts that, and they alone are lost', async () => {
    const first = await sealedList('ada@example.com');
    await forthright('rotate', 'sealing');
    const second = await sealedList('bo@example.com');
    expect((await forthright('destroy', 'sealing', '2')).end).toContain('that is written with');
    const { end } = await forthright('destroy', 'sealing', '1');
    expect(end).toContain('1 list with sealed addresses');
    expect(end).toContain('keys take sealing 1 FILE');
    expect(await opened(first)).toHaveLength(1);
    expect((await forthright('destroy', 'sealing', '1', '--yes')).end).toBe(0);
    await expect(opened(first)).rejects.toThrow(/cannot be opened/);
    expect(await opened(second)).toEqual(['bo@example.com']);
    expect(readdirSync(keysDir).filter((name) => name.includes('sealing.1'))).toEqual([]);
    expect((await told()).at(-1)).toMatchObject({
      kind: 'key_destroyed',
      details: { version: 1, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
  });
});
