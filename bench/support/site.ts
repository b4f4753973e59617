import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram, until, type Started } from './tools.ts';

const START = fileURLToPath(new URL('../../src/start.ts', import.meta.url));
const REQUIRE_NODE = new URL('../../src/require-node.mjs', import.meta.url).href;

export type BenchSite = { url: string; pid: number; stop(): Promise<void> };

/** How a site is started in production, in that folder; the embedded database unless told otherwise. */
export function siteSettings(folder: string, port: number, databaseUrl?: string): Record<string, string> {
  return {
    NODE_ENV: 'production',
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    DATA_DIR: join(folder, `data-${databaseUrl ? port : 'embedded'}`),
    KEYS_DIR: join(folder, 'keys'),
    OUTBOX_DIR: join(folder, 'outbox'),
    MAIL_TRANSPORT: 'folder',
    MAIL_FROM: 'Status <status@harbourline.example>',
    LOG_LEVEL: 'silent',
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  };
}

/** Starts a site and waits until it answers. */
export async function startSite(
  settings: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<BenchSite> {
  const site = launchSite(settings, args);
  const url = `http://127.0.0.1:${settings['PORT']}`;
  await until('The start', async () => (await fetch(`${url}/`)).ok);
  return { url, pid: site.pid, stop: () => site.stop() };
}

/** As `npm start` has them. */
const FLAGS = ['--max-semi-space-size=4', '--import', REQUIRE_NODE];

/** Starts a site without waiting for it. */
export function launchSite(
  settings: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Started {
  const { PATH, HOME, TMPDIR } = process.env;
  return startProgram(process.execPath, [...FLAGS, ...args, START], { PATH, HOME, TMPDIR, ...settings });
}

/** Waits until the worker has nothing left that changes a page: the same bytes for three seconds. */
export async function settled(url: string, path = '/'): Promise<void> {
  let last = '';
  let sinceMs = performance.now();
  await until(
    'The page',
    async () => {
      const etag = (await fetch(`${url}${path}`, { method: 'HEAD' })).headers.get('etag') ?? '';
      if (etag !== last) sinceMs = performance.now();
      last = etag;
      return performance.now() - sinceMs > 3000;
    },
    180_000,
  );
}
