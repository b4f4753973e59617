import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

const run = promisify(execFile);
const { resolve } = createRequire(import.meta.url);

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

type Executable = { path: string; env?: Record<string, string> };

/**
 * Starts a Chromium: the one at `CHROMIUM_PATH`, or the system's, or the one that comes with the npm packages.
 * Works as root and without a display. The caller closes it.
 */
export async function openBrowser(): Promise<Browser> {
  const { path, env } = await findChromium();
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return chromium.launch({
    executablePath: path,
    args: flags,
    env: { ...Object.fromEntries(inherited), ...env },
  });
}

/** The same Chromium for a program that starts browsers by itself. */
export async function chromiumProgram() {
  const { path, env } = await findChromium();
  return { path, flags, env: { ...process.env, ...env } };
}

async function findChromium(): Promise<Executable> {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen) return { path: chosen };
  for (const path of installed) {
    if ((await whyItDoesNotStart({ path })) === null) return { path };
  }
  return packagedChromium();
}

async function packagedChromium(): Promise<Executable> {
  const folder = await unpackedChromium();
  const path = join(folder, 'chromium');
  const env = { FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  const reason = await whyItDoesNotStart({ path, env });
  if (reason === null) return { path, env };

  const libraries = [join(folder, 'al2023', 'lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':');
  const withLibraries = { path, env: { ...env, LD_LIBRARY_PATH: libraries } };
  if ((await whyItDoesNotStart(withLibraries)) === null) return withLibraries;
  throw new Error(
    `The packaged Chromium does not start (${reason}). Install one (apt-get install chromium) or name one in CHROMIUM_PATH.`,
  );
}

/** `null` when it starts. A distribution's stub that only says how to install a browser does not. */
async function whyItDoesNotStart({ path, env }: Executable): Promise<string | null> {
  try {
    await run(path, ['--version', '--no-sandbox'], { env: { ...process.env, ...env }, timeout: 20_000 });
    return null;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n').at(1) || error.message).trim() : String(error);
  }
}

/**
 * The folder the packaged Chromium is unpacked in, once per version. Test files run in parallel processes: each
 * unpacks aside and the first rename wins, so nobody starts a half-written program.
 */
async function unpackedChromium(): Promise<string> {
  const packageFile = join(dirname(resolve('@sparticuz/chromium')), '..', 'package.json');
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  const cache = await writableCache();
  const folder = join(cache, `chromium-${version}`);
  if (await exists(join(folder, 'fonts.conf'))) return folder;

  const aside = await mkdtemp(join(cache, 'unpacking-'));
  try {
    await unpackInto(aside, join(dirname(packageFile), 'bin'));
    await writeFile(join(aside, 'fonts.conf'), fontsConfiguration(folder));
    await rename(aside, folder);
  } catch (error) {
    if (!(await exists(join(folder, 'fonts.conf')))) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return folder;
}

/** The package unpacks into the temporary folder of its process and nowhere else: it gets a process with its own. */
async function unpackInto(folder: string, archives: string) {
  const script = `
    const { inflate } = await import(${JSON.stringify(pathToFileURL(resolve('@sparticuz/chromium')).href)});
    const archives = ${JSON.stringify(['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) => join(archives, name)))};
    await Promise.all(archives.map((archive) => inflate(archive)));`;
  await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, TMPDIR: folder },
  });
}

/** The packaged font first, so that pictures are alike everywhere; the system's for letters it lacks. */
function fontsConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
  <match target="pattern">
    <test name="family"><string>sans-serif</string></test>
    <edit name="family" mode="prepend" binding="strong"><string>Open Sans</string></edit>
  </match>
</fontconfig>
`;
}

async function writableCache(): Promise<string> {
  const preferred = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
  for (const folder of [preferred, join(tmpdir(), `forthright-tests-${process.getuid?.() ?? 0}`)]) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await access(folder, constants.W_OK);
      return folder;
    } catch {
      continue;
    }
  }
  throw new Error(
    `Chromium cannot be unpacked: neither ${preferred} nor ${tmpdir()} can be written. Make one writable.`,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A rule of axe that the page breaks, and where. */
export type AxeViolation = { rule: string; impact: string; help: string; nodes: string[] };

/** Everything axe has to say against the page as it is now; best practices and WCAG 2.2's target sizes included. */
export async function axeViolations(page: Page): Promise<AxeViolation[]> {
  const source = await readFile(resolve('axe-core/axe.min.js'), 'utf8');
  // Through the debugger: the page's CSP allows no script of ours, and stays as it is.
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('Runtime.evaluate', { expression: source });
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression: `axe.run(document, { rules: { 'target-size': { enabled: true } } }).then(({ violations }) =>
        violations.map(({ id, impact, help, nodes }) => ({
          rule: id, impact, help, nodes: nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary),
        })))`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails)
      throw new Error(`axe failed on ${new URL(page.url()).pathname}: ${exceptionDetails.text}`);
    return result.value as AxeViolation[];
  } finally {
    await session.detach();
  }
}

const viewports = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };

/** Four whole-page pictures under `SCREENSHOT_DIR`: phone and desktop, light and dark. Without the setting, none. */
export async function screenshots(page: Page, name: string) {
  const folder = process.env['SCREENSHOT_DIR'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  const before = page.viewportSize();
  for (const [device, viewport] of Object.entries(viewports)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${name}-${device}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}
