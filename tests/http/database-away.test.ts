import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openApp } from '#src/app.ts';
import { operator } from '#src/domain/actors.ts';
import { openIncident, postIncidentUpdate } from '#src/domain/incidents/commands.ts';
import { readSettings } from '#src/settings.ts';
import { freePort } from '#tests/support/free-port.ts';
import { openGate, type Gate } from '#tests/support/gate.ts';
import { databaseUrl, onServer } from '#tests/support/postgres-server.ts';

const serverUrl = process.env['TEST_DATABASE_URL'] ?? '';
const start = fileURLToPath(new URL('../../src/start.ts', import.meta.url));
const away = 'Our database does not answer.';

describe.skipIf(serverUrl === '')('a site whose PostgreSQL goes away', () => {
  const database = `forthright_away_${randomBytes(6).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'forthright-away-'));
  let gate: Gate;
  let ports: number[];
  let running: ChildProcess[] = [];

  beforeAll(async () => {
    await onServer(serverUrl, `create database "${database}"`);
    const { hostname, port } = new URL(serverUrl);
    gate = await openGate({ host: hostname, port: Number(port || 5432) });
    ports = [await freePort(), await freePort()];
  });
  afterEach(async () => {
    await Promise.all(running.map((child) => ended(child)));
    running = [];
  });
  afterAll(async () => {
    await gate.shut();
    await onServer(serverUrl, `drop database "${database}" with (force)`);
    rmSync(folder, { recursive: true, force: true });
  });

  function variables(port: number): Record<string, string> {
    const url = new URL(databaseUrl(serverUrl, database));
    url.port = String(gate.port);
    return {
      PORT: String(port),
      PUBLIC_URL: 'http://localhost:4321',
      DATABASE_URL: url.href,
      DATA_DIR: join(folder, 'data'),
      KEYS_DIR: join(folder, 'keys'),
      MAIL_TRANSPORT: 'folder',
      MAIL_FROM: 'status@harbourline.example',
      LOG_LEVEL: 'warn',
    };
  }

  function startSite(port: number, more: Record<string, string> = {}): ChildProcess {
    const env = { PATH: process.env['PATH'] ?? '', ...variables(port), ...more };
    const child = spawn(process.execPath, [start], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    running.push(child);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    // One that ends by itself says why, where the test does not look.
    child.once('exit', (code) => code && process.stderr.write(said));
    return child;
  }

  const get = async (port: number, path: string) => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, text: await response.text() };
    } catch {
      return { status: 0, text: '' };
    }
  };
  const eventually = (port: number, path: string, timeout = 30_000) =>
    expect.poll(() => get(port, path), { timeout, interval: 100 });

  test('goes on answering, says as of when, starts again without it, and recovers by itself', async () => {
    const [port = 0] = ports;
    startSite(port);
    await eventually(port, '/readyz').toMatchObject({ status: 200 });
    await publishIncident(variables(port));
    await eventually(port, '/').toMatchObject({ text: expect.stringContaining('Orders wait') });
    await eventually(port, '/notices/none').toMatchObject({ status: 404 });
    await expect.poll(() => existsSync(join(folder, 'data/edition/edition')), { timeout: 5000 }).toBe(true);

    await gate.shut();
    expect(await get(port, '/')).toMatchObject({ status: 200 });
    await eventually(port, '/').toMatchObject({ status: 200, text: expect.stringContaining(away) });
    expect((await get(port, '/sign-in')).status).toBe(503);

    // Killed in the middle of it, it starts from what is on disk.
    for (const child of running) child.kill('SIGKILL');
    startSite(port);
    await eventually(port, '/').toMatchObject({ status: 200, text: expect.stringContaining(away) });
    expect((await get(port, '/')).text).toContain('Orders wait');
    expect((await get(port, '/feed.atom')).text).toContain('Orders wait');
    expect((await get(port, '/incidents/orders-wait')).text).toContain(away);
    const signIn = await fetch(`http://127.0.0.1:${port}/sign-in`);
    expect([signIn.status, signIn.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await signIn.text()).toMatch(/<html[^]*Something failed on our side/);
    expect(await get(port, '/healthz')).toMatchObject({ status: 200 });
    expect(await get(port, '/readyz')).toMatchObject({ status: 503 });

    await gate.open();
    await eventually(port, '/').not.toMatchObject({ text: expect.stringContaining(away) });
    await eventually(port, '/readyz').toMatchObject({ status: 200 });
    expect(await get(port, '/sign-in')).toMatchObject({ status: 200 });
  }, 120_000);

  test('does not start without it when there is no edition on disk, and says why', async () => {
    const [, port = 0] = ports;
    await gate.shut();
    const child = startSite(port, { DATA_DIR: join(folder, 'elsewhere') });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(1);
    expect(said).toContain('cannot be reached');
    await gate.open();
  }, 30_000);

  test('two processes share a port and both show what has changed', async () => {
    const [, port = 0] = ports;
    startSite(port, { SHARE_PORT: 'on' });
    startSite(port, { SHARE_PORT: 'on', WORKER: 'off', DATA_DIR: join(folder, 'other') });
    await eventually(port, '/readyz').toMatchObject({ status: 200 });
    await expect
      .poll(() => existsSync(join(folder, 'other/edition/edition')), { timeout: 20_000 })
      .toBe(true);
    await publishIncident(variables(port), 'Prices wait');
    const behind = async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => get(port, '/')));
      return answers.filter(({ text }) => !text.includes('Prices wait')).length;
    };
    await expect.poll(behind, { timeout: 30_000 }).toBe(0);
  }, 60_000);
});

async function publishIncident(variables: Record<string, string>, title = 'Orders wait'): Promise<void> {
  const app = await openApp(readSettings(variables));
  const slug = title.toLowerCase().replace(' ', '-');
  const { id } = await openIncident(
    app.db,
    operator,
    { title, slug, nature: 'service', impact: 'minor' },
    new Date(),
  );
  const update = { incidentId: id, status: 'investigating' as const, body: 'We look into it.' };
  await postIncidentUpdate(app.db, operator, update, new Date());
  await app.close();
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}
