import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App, AppOptions } from '#src/app.ts';
import { openLog } from '#src/log.ts';
import { readSettings, type Settings } from '#src/settings.ts';
import { start } from '#src/start.ts';
import { freePort } from './free-port.ts';
import { parseMail, type ReadMail } from './mail.ts';

export type TestSite = {
  url: string;
  app: App;
  settings: Settings;
  /** Every line the site has logged so far. */
  logged: string[];
  /** The mails in the outbox, oldest first. */
  mails(): Promise<ReadMail[]>;
  /** Waits, at most ten seconds, for a mail that fits. */
  mailTo(address: string, fits?: (mail: ReadMail) => boolean): Promise<ReadMail>;
  close(): Promise<void>;
};

/** The built site as it runs in production, on a free port with an empty database, mailing into a folder. */
export async function startSite(
  options: AppOptions & { variables?: Record<string, string> } = {},
): Promise<TestSite> {
  const folder = mkdtempSync(join(tmpdir(), 'forthright-site-'));
  const port = await freePort();
  const outbox = join(folder, 'outbox');
  const settings = readSettings({
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    DATA_DIR: join(folder, 'data'),
    KEYS_DIR: join(folder, 'keys'),
    OUTBOX_DIR: outbox,
    MAIL_TRANSPORT: 'folder',
    MAIL_FROM: 'Harbourline Status <status@harbourline.example>',
    LOG_LEVEL: 'debug',
    ...options.variables,
  });
  const logged: string[] = [];
  const { app, stop } = await start(settings, {
    log: openLog('debug', (line) => logged.push(line)),
    ...options,
  });
  const mails = readOutbox(outbox);
  return {
    url: settings.publicUrl,
    app,
    settings,
    logged,
    mails,
    async mailTo(address, fits = () => true) {
      const deadline = performance.now() + 10_000;
      while (performance.now() < deadline) {
        const found = (await mails()).findLast((mail) => mail.to === address && fits(mail));
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('No such mail arrived within ten seconds.');
    },
    async close() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type WrittenMail = { mail: ReadMail; writtenAt: number };

/** Reads each file once: a mail never changes once it stands there under its name. */
function readOutbox(outbox: string): () => Promise<ReadMail[]> {
  const known = new Map<string, WrittenMail>();
  return async () => {
    for (const file of listMails(outbox)) {
      if (known.has(file)) continue;
      const path = join(outbox, file);
      const mail = await parseMail(readFileSync(path, 'utf8'));
      known.set(file, { mail, writtenAt: statSync(path).mtimeMs });
    }
    return [...known.values()].sort((a, b) => a.writtenAt - b.writtenAt).map(({ mail }) => mail);
  };
}

function listMails(outbox: string): string[] {
  try {
    return readdirSync(outbox).filter((file) => file.endsWith('.eml'));
  } catch {
    return [];
  }
}
