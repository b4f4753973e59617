import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openLog } from '#src/log.ts';
import { localFallbacks, readSettings, type Settings } from '#src/settings.ts';
import { NoBuild, reportFailure, start, stopOnSignal } from '#src/start.ts';
import { loadDemonstration, type DemonstrationPeople } from './load.ts';
import { printingCodes } from './printing-codes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DATA_DIR = resolve(ROOT, '.data/demo');
const HELP = `npm run demo -- [--fresh] [--resend]

  --fresh    forget an earlier demonstration and load it again
  --resend   send through a loopback server that speaks Resend's protocol instead of into a folder
`;

/** Builds the site, loads the demonstration where there is none yet, serves it, and says what to open. */
async function main(): Promise<void> {
  const values = options();
  if (!values) return;
  if (values.help) return void process.stdout.write(HELP);
  const dataDir = DATA_DIR;
  await refuseRunning(dataDir);
  const peopleFile = join(dataDir, 'people.json');
  if (values.fresh || !existsSync(peopleFile)) {
    await rm(dataDir, { recursive: true, force: true });
    await rm(resolve(ROOT, '.keys/demo'), { recursive: true, force: true });
  }
  await mkdir(dataDir, { recursive: true, mode: 0o700 });

  const resend = values.resend ? await startDouble() : undefined;
  const settings = demoSettings(dataDir, resend?.variables);
  await step('Building the site', () => run('npm', ['run', 'build', '--silent']));
  if (!existsSync(peopleFile)) {
    const people = await step('Loading the demonstration', (progress) =>
      loadDemonstration(settings, progress),
    );
    await writeFile(peopleFile, JSON.stringify(people), { mode: 0o600 });
  }
  const people = JSON.parse(await readFile(peopleFile, 'utf8')) as DemonstrationPeople;
  const running = await start(settings, { log: openLog('warn'), mailer: printingCodes });
  stopOnSignal(running);
  process.stdout.write(whatToOpen(settings, people, resend?.url));
}

/** Another demonstration is running: its folder must not be taken from under it. */
async function refuseRunning(dataDir: string): Promise<void> {
  const socket = connect(join(dataDir, 'forthright.sock'));
  const running = await new Promise<boolean>((done) => {
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
  socket.destroy();
  if (running)
    throw new RangeError('The demonstration is running already. Stop it first, with Ctrl+C where it runs.');
}

/** What was typed; undefined, with exit code 2, when it is none of the options. */
function options() {
  try {
    return parseArgs({
      options: {
        fresh: { type: 'boolean' },
        resend: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    process.exitCode = 2;
    return undefined;
  }
}

function demoSettings(dataDir: string, more: Record<string, string> = {}): Settings {
  const port = process.env['PORT'] ?? '4321';
  return readSettings({
    ...localFallbacks,
    PORT: port,
    PUBLIC_URL: `http://localhost:${port}`,
    MAIL_FROM: 'Harbourline Exchange <status@harbourline.example>',
    DATA_DIR: dataDir,
    KEYS_DIR: resolve(ROOT, '.keys/demo'),
    ...more,
  });
}

/** The provider double of the tests, for seeing batches, keys and rate limits at work. */
async function startDouble(): Promise<{ url: string; variables: Record<string, string> }> {
  const { startResendDouble } = await import('#tests/support/resend-double.ts');
  const double = await startResendDouble({});
  return {
    url: double.url,
    variables: { MAIL_TRANSPORT: 'resend', RESEND_API_KEY: 're_demonstration', RESEND_BASE_URL: double.url },
  };
}

async function step<T>(title: string, work: (progress: (line: string) => void) => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  process.stdout.write(`${title} …\n`);
  const result = await work((line) => void process.stdout.write(`  ${line}\n`));
  process.stdout.write(`  done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
  return result;
}

function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', fail);
    child.once('exit', (code) => {
      if (code === 0) return done();
      process.stderr.write(output);
      fail(new NoBuild('The site could not be built; what the build said stands above.'));
    });
  });
}

function whatToOpen(settings: Settings, people: DemonstrationPeople, doubleUrl: string | undefined): string {
  const { publicUrl, mail } = settings;
  const outbox =
    mail.transport === 'folder'
      ? `${relative(process.cwd(), mail.outboxDir)}/`
      : `are kept in memory by the loopback server at ${doubleUrl}`;
  const staff = people.staff
    .map(
      ({ name, role, address, totpSecret }) =>
        `  ${name}, ${role}\n    ${address}   TOTP secret ${totpSecret}`,
    )
    .join('\n');
  return `
The public page      ${publicUrl}/
The mails it sent    ${outbox}
                     (the first time, some 17,700 leave one by one; see ${publicUrl}/admin/broadcasts)

Staff sign in at     ${publicUrl}/admin  (a code by mail, shown here, then one from an authenticator app)
${staff}

Customers sign in at ${publicUrl}/my  (a code by mail, shown here)
  ${people.exposed}   was in the leaked mailing
  ${people.notExposed}   was not

Ctrl+C stops it. Run it again and it goes on where it was; --fresh starts over.
`;
}

/** For the sentence about a port in use; wrong settings have said so themselves. */
function settingsToName(): Settings | undefined {
  try {
    return demoSettings(DATA_DIR);
  } catch {
    return undefined;
  }
}

try {
  await main();
} catch (error) {
  reportFailure(error, settingsToName());
  process.exit(1);
}
