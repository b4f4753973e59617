import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { App, AppOptions } from './app.ts';
import { openOrServeLast } from './away.ts';
import { inviteFirstOwner } from './domain/accounts/commands.ts';
import { loadAssets } from './http/assets.ts';
import { securityHeaders } from './http/headers.ts';
import type { WebServer } from './http/web-server.ts';
import { errorFields } from './log.ts';
import { listenMessage, plainMessage, rootKeyNotice } from './plain-errors.ts';
import type { PageHandler } from './press/render.ts';
import { serve, type Build } from './server.ts';
import { readSettings, type Settings } from './settings.ts';
import { startWorker, type Worker } from './worker.ts';

const BUILD = new URL('../dist/', import.meta.url);

export type Running = { app: App; url: string | undefined; stop(): Promise<void> };

/** There is no build to serve. */
export class NoBuild extends Error {
  override readonly name = 'NoBuild';
}

/**
 * Server and worker, together or apart, as WEB and WORKER say. What can fail fails before anything listens; but while
 * PostgreSQL is away the last edition is served, and this is only done when it is back.
 */
export async function start(settings: Settings, options: AppOptions = {}): Promise<Running> {
  const build = settings.web ? await loadBuild(settings.publicUrl) : undefined;
  const { app, listening } = await openOrServeLast(settings, options, build?.assets);
  let web: Pick<WebServer, 'url' | 'close'> | undefined = listening;
  let worker: Worker | undefined;
  const stop = async () => {
    // First, so that an upload under way is told why it ends.
    await app.imports.close();
    await web?.close();
    await worker?.stop();
    await app.close();
  };
  try {
    if (build) web = await serve(app, build, listening);
    if (settings.worker) worker = startWorker(app);
    return { app, url: web?.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Loads the whole build now: a page that were loaded when it is first asked for would be another build's by then.
 *
 * @throws NoBuild
 */
export async function loadBuild(publicUrl: string): Promise<Build> {
  const entry = new URL('server/entry.mjs', BUILD);
  if (!existsSync(fileURLToPath(entry))) {
    throw new NoBuild('There is no build to serve. Run "npm run build" first, then "npm start" again.');
  }
  const folder = fileURLToPath(new URL('server/', BUILD));
  const files = await readdir(folder, { recursive: true });
  for (const file of files) if (file.endsWith('.mjs')) await import(pathToFileURL(join(folder, file)).href);
  const { handler } = (await import(entry.href)) as { handler: PageHandler };
  const assets = await loadAssets(fileURLToPath(new URL('client/', BUILD)), securityHeaders(publicUrl));
  return { handler, assets };
}

/** Prints what whoever starts it for the first time must know: once, on the terminal, never in the log. */
export async function greet(running: Pick<Running, 'app' | 'url'>): Promise<void> {
  const { app, url } = running;
  if (url) app.log.info('listening', { url: app.settings.publicUrl, port: Number(new URL(url).port) });
  if (app.keys.rootCreated) process.stderr.write(rootKeyNotice(app.settings.keysDir));
  const link = await inviteFirstOwner(app.db, app.keys, app.settings.publicUrl, app.now());
  if (link) {
    process.stderr.write(
      `\nNobody can sign in yet. Open this link once, within 24 hours, to become the first owner:\n\n  ${link}\n\n`,
    );
  }
}

/** Ends the process in order on SIGINT and SIGTERM; a second signal ends it at once. */
export function stopOnSignal(running: Running): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      running.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

/** Says on the terminal why it did not start. */
export function reportFailure(error: unknown, settings?: Settings): void {
  const message =
    plainMessage(error) ??
    (error instanceof NoBuild ? error.message : undefined) ??
    (settings && listenMessage(error, settings.host, settings.port));
  process.stderr.write(
    message
      ? `${message}\n`
      : `Forthright stopped by a fault of its own.\n${String((error as Error)?.stack)}\n`,
  );
}

async function main(): Promise<void> {
  let settings: Settings | undefined;
  try {
    settings = readSettings();
    const running = await start(settings);
    stopOnSignal(running);
    process.on('unhandledRejection', (error) =>
      running.app.log.error('unhandled_rejection', errorFields(error)),
    );
    await greet(running);
  } catch (error) {
    reportFailure(error, settings);
    process.exit(1);
  }
}

if (import.meta.main) await main();
