import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { sql } from '#db/drizzle.ts';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { openDatabase } from '#db/client.ts';
import { startChild } from '#tests/support/child.ts';
import { emptyStore, testStore } from '#tests/support/database.ts';
import { databaseUrl, onServer } from '#tests/support/postgres-server.ts';

const template = inject('databaseTemplate');
const serverUrl = template.engine === 'postgres' ? template.serverUrl : '';
const store = await testStore();
const empty = await emptyStore();

async function nameOf(of: typeof store): Promise<string> {
  const { rows } = (await of.db.execute(sql`select current_database() as name`)) as {
    rows: { name: string }[];
  };
  return rows[0]?.name ?? '';
}

async function endConnections(where: string): Promise<void> {
  await onServer(
    databaseUrl(serverUrl, await nameOf(store)),
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'forthright' and ${where}`,
  );
}

describe('a connection that breaks', () => {
  test('while nobody uses it is replaced, and the process lives on', async () => {
    await store.ping();
    await endConnections('true');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await store.ping();
  });

  test('in a transaction fails it with what happened, and the next one works', async () => {
    await expect(
      store.db.transaction(async (tx) => {
        await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
      }),
    ).rejects.toMatchObject({ name: 'StoreError', code: 'unreachable' });
    for (let round = 0; round < 12; round += 1) {
      await store.db.transaction((tx) => tx.execute(sql`select 1`));
    }
  });

  test('is listened on again by itself', async () => {
    const heard: string[] = [];
    const stop = await store.listen('test_reconnect', (payload) => heard.push(payload));
    await endConnections(`query like 'listen%'`);
    await vi.waitFor(
      async () => {
        await store.db.execute(sql`select pg_notify('test_reconnect', 'again')`);
        expect(heard).toContain('again');
      },
      { timeout: 10_000, interval: 100 },
    );
    await stop();
  });
});

test('several processes that migrate at once do it once', async () => {
  const url = databaseUrl(serverUrl, await nameOf(empty));
  const children = [1, 2, 3].map(() => startChild('tests/support/store-program.ts', ['migrate', url]));
  expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0, 0]);
  const applied = children.map((child) => Number(/^applied (\d+)$/.exec(child.lines[0] ?? '')?.[1])).sort();
  expect(applied.slice(0, 2)).toEqual([0, 0]);
  expect(applied[2]).toBeGreaterThan(0);
});

describe('a database that cannot be used is said to be so, without the password', () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  /** Speaks just enough of PostgreSQL's protocol to let anybody in and answer everything with one row. */
  async function oldServer(version: readonly [string, string]): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write(Buffer.concat([message('R', int32(0)), message('Z', Buffer.from('I'))]));
        answerQueries(socket, version);
      });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  test('nobody listens there', async () => {
    const refused = openDatabase({ databaseUrl: 'postgres://me:s3cret@127.0.0.1:9/status', dataDir: '' });
    await expect(refused).rejects.toMatchObject({
      name: 'StoreError',
      code: 'unreachable',
      message: expect.stringMatching(
        /^PostgreSQL at 127\.0\.0\.1:9\/status cannot be reached: .*ECONNREFUSED.*\. Check /,
      ),
    });
    await expect(refused).rejects.not.toThrow('s3cret');
  });

  test('it has no such database', async () => {
    await expect(
      openDatabase({ databaseUrl: databaseUrl(serverUrl, 'nowhere'), dataDir: '' }),
    ).rejects.toThrow(/turns us away: database "nowhere" does not exist\. Create that database/);
  });

  test('it is older than 15', async () => {
    const port = await oldServer(['140011', '14.11']);
    await expect(
      openDatabase({ databaseUrl: `postgres://me:s3cret@127.0.0.1:${port}/status`, dataDir: '' }),
    ).rejects.toMatchObject({ code: 'too_old', message: expect.stringContaining('runs PostgreSQL 14.11') });
  });
});

function answerQueries(socket: Socket, fields: readonly string[]): void {
  const names = ['number', 'name'].map((name) =>
    Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]),
  );
  const values = fields.map((field) => Buffer.concat([int32(field.length), Buffer.from(field)]));
  socket.on('data', () => {
    socket.write(
      Buffer.concat([
        message('T', Buffer.concat([int16(names.length), ...names])),
        message('D', Buffer.concat([int16(values.length), ...values])),
        message('C', Buffer.from('SELECT 1\0')),
        message('Z', Buffer.from('I')),
      ]),
    );
  });
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}

function int16(number: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(number);
  return bytes;
}
