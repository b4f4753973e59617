import { migrate, openDatabase, type Database, type Store } from '#db/client.ts';
import { openCards, type Cards } from './cards/cards.ts';
import { appendEvidence } from './domain/evidence/commands.ts';
import { countEvidence } from './domain/evidence/queries.ts';
import { openImportThreads, type ImportThreads } from './domain/exposures/import/import-threads.ts';
import { openImports, type Imports } from './domain/exposures/import/watching/imports.ts';
import { errorFields, openLog, type Log } from './log.ts';
import { folderMailer } from './mail/folder.ts';
import type { Mailer } from './mail/mailer.ts';
import { resendMailer } from './mail/resend.ts';
import { openMessages, type Messages } from './messages/messages.ts';
import { readOwnTheme } from './own-theme.ts';
import type { Settings } from './settings.ts';
import { keyFingerprint } from './trust/fingerprint.ts';
import { openKeyStore, type KeyStore } from './trust/keys.ts';

/** Everything that lives as long as the process. Made once, here; pages get it as `Astro.locals.app`. */
export type App = {
  settings: Settings;
  store: Store;
  db: Database;
  keys: KeyStore;
  mailer: Mailer;
  messages: Messages;
  cards: Cards;
  importThreads: ImportThreads;
  /** Those that a page of the admin area shows. */
  imports: Imports;
  /** The operator's own style sheet. */
  ownTheme: string;
  log: Log;
  now(): Date;
  close(): Promise<void>;
};

export type AppOptions = {
  log?: Log;
  now?: () => Date;
  /** The demonstration looks at what leaves; everybody else sends as the settings say. */
  mailer?: (mailer: Mailer) => Mailer;
  /** Those of `src/messages/` unless told otherwise. */
  messages?: Messages;
  /** The operator's style sheet: `theme.css` of the build unless told otherwise. */
  themeFile?: string;
};

/**
 * Opens the database, brings it up to date, and opens the key folder.
 *
 * @throws StoreError, KeyStoreError with what happened and what to do.
 */
export async function openApp(settings: Settings, options: AppOptions = {}): Promise<App> {
  const log = options.log ?? openLog(settings.logLevel);
  const now = options.now ?? (() => new Date());
  const store = await openDatabase({ databaseUrl: settings.databaseUrl, dataDir: settings.dataDir });
  try {
    await migrate(store);
    const cards = openCards();
    const importThreads = openImportThreads(settings.dataDir);
    const keys = await openKeys(store.db, settings, now());
    const mailer = openMailer(settings);
    const imports = openImports({ store, keys, importThreads, log, now, errorFields });
    return {
      settings,
      store,
      db: store.db,
      keys,
      mailer: options.mailer?.(mailer) ?? mailer,
      messages: options.messages ?? openMessages(),
      cards,
      importThreads,
      imports,
      ownTheme: readOwnTheme(options.themeFile),
      log,
      now,
      async close() {
        await cards.close();
        await imports.close();
        await importThreads.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Ten times as long as a process goes without looking into the folder. */
const KEYS_SETTLE_MS = 10_000;

/** A root key is made only for an empty database: a new key could not open what an old one sealed. */
async function openKeys(db: Database, settings: Settings, now: Date): Promise<KeyStore> {
  const mayCreate = (await countEvidence(db)) === 0;
  const { keysDir, rootKeys } = settings;
  const keys = openKeyStore({ keysDir, rootKeys, mayCreate, settleMs: KEYS_SETTLE_MS });
  if (mayCreate) {
    const details = { fingerprint: keyFingerprint(keys.current('addresses')) };
    await db.transaction((tx) =>
      appendEvidence(
        tx,
        { kind: 'keys_created', subject: 'keys:addresses.1', actor: 'worker', details },
        now,
      ),
    );
  }
  return keys;
}

function openMailer(settings: Settings): Mailer {
  const { mail } = settings;
  return mail.transport === 'folder'
    ? folderMailer({ outboxDir: mail.outboxDir })
    : resendMailer({ apiKey: mail.apiKey, ...(mail.baseUrl === undefined ? {} : { baseUrl: mail.baseUrl }) });
}
