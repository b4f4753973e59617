import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { postgresPrograms, run } from './tools.ts';

/** A PostgreSQL of our own in that folder, for as long as the work takes. It never runs as root. @throws Missing */
export async function withPostgres<T>(folder: string, work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const bin = await postgresPrograms();
  const data = join(folder, 'postgres');
  await mkdir(data);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await giveToPostgres([folder, data]);
  const asPostgres = (name: string, ...args: string[]) =>
    isRoot ? run('runuser', ['-u', 'postgres', '--', join(bin, name), ...args]) : run(join(bin, name), args);
  const port = await freePort();
  await asPostgres('initdb', '-D', data, '-U', 'forthright', '--auth=trust', '--encoding=UTF8', '--locale=C');
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${data}`;
  await asPostgres('pg_ctl', '-D', data, '-w', '-l', join(data, 'log'), '-o', options, 'start');
  try {
    return await work(`postgres://forthright@127.0.0.1:${port}/postgres`);
  } finally {
    await asPostgres('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
  }
}

async function giveToPostgres(folders: readonly string[]): Promise<void> {
  const { stdout } = await run('id', ['-u', 'postgres']);
  for (const folder of folders) await chown(folder, Number(stdout), 0);
}
