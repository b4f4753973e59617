import { openApp, type App } from '#src/app.ts';
import type { Store } from '#db/client.ts';
import type { ImportThreads } from '#src/domain/exposures/import/import-threads.ts';
import { rootKeyNotice } from '#src/plain-errors.ts';
import { localFallbacks, readSettings, SettingsError, type Settings } from '#src/settings.ts';
import type { KeyStore } from '#src/trust/keys.ts';

/** What a command works with. */
export type CommandContext = {
  store: Store;
  keys: KeyStore;
  importThreads: ImportThreads;
  settings: Settings;
  now(): Date;
  /** A line of result, on standard output. */
  out(line: string): void;
  /** A line about the work, on standard error. */
  err(line: string): void;
};

/** For a command that works with all of it. */
export type AppContext = CommandContext & { app: App };

/** A command that could not do what it was asked; its message says why. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Why `npm start`, which has no fallbacks, would refuse the settings; undefined when it would not. */
export function startRefusal(): SettingsError | undefined {
  try {
    readSettings(process.env);
    return undefined;
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
}

/** Said beside a link that is to be passed on; undefined when PUBLIC_URL says where links lead. */
export function localLinkWarning(): string | undefined {
  if (process.env['PUBLIC_URL']?.trim()) return undefined;
  return 'This link leads to localhost, because PUBLIC_URL is not set. Set it for links that others can open.';
}

/** Opens the database and the keys when a command first needs them, so that --help needs nothing. */
export function commandContext(): { open(): Promise<AppContext>; close(): Promise<void> } {
  let app: App | undefined;
  return {
    async open() {
      const settings = readSettings(process.env, localFallbacks);
      if (!app) {
        app = await openApp({ ...settings, logLevel: 'silent' });
        if (app.keys.rootCreated) process.stderr.write(rootKeyNotice(settings.keysDir));
      }
      return {
        app,
        store: app.store,
        keys: app.keys,
        importThreads: app.importThreads,
        settings,
        now: app.now,
        out: (line) => void process.stdout.write(`${line}\n`),
        err: (line) => void process.stderr.write(`${line}\n`),
      };
    },
    async close() {
      await app?.close();
    },
  };
}
