import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { totpCode } from '#src/domain/accounts/totp.ts';
import { axeViolations, screenshots } from './browser.ts';
import { codeIn } from './sessions.ts';
import type { TestSite } from './site.ts';
import type { StaffWithSecrets } from './story.ts';

export type Visitor = {
  page: Page;
  open(path: string): Promise<void>;
  /** Looks at the page as it stands: axe finds nothing, in light and dark. Takes pictures where somebody asks for them. */
  look(name: string, options?: { scripts?: boolean }): Promise<void>;
  /** Lets scripts run on pages that are opened from now on: only an import's pages have one. */
  scripts(run: boolean): Promise<void>;
  /** Fills fields by label and presses the button of that name; ends when the next page is there. */
  fill(fields: Record<string, string>, button?: string): Promise<void>;
  press(button: string): Promise<void>;
  follow(link: string): Promise<void>;
  /** What the page says, in one line. */
  words(): Promise<string>;
  /** What the browser complained about: refused by the content security policy, failed, or thrown. */
  complaints: string[];
  close(): Promise<void>;
};

/** Somebody with a browser of their own, in which no script runs: no page needs one. */
export async function newVisitor(
  browser: Browser,
  site: TestSite,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: site.url,
    viewport: { width: 390, height: 844 },
    // Colours that are still on their way between two schemes are no finding.
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  // Not the context's own switch: axe has to be able to run on what the page has become.
  const debug = await context.newCDPSession(page);
  const withoutScripts = (value: boolean) => debug.send('Emulation.setScriptExecutionDisabled', { value });
  await withoutScripts(true);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`failed: ${new URL(request.url()).pathname}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(site.url) && !request.url().startsWith('data:'))
      complaints.push('went elsewhere');
  });
  const words = async () => (await page.locator('body').innerText()).replace(/\s+/g, ' ');
  return {
    page,
    complaints,
    words,
    async open(path) {
      await page.goto(path);
    },
    async scripts(run) {
      await withoutScripts(!run);
    },
    async look(name, { scripts = false } = {}) {
      await withoutScripts(false);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect([name, colorScheme, await axeViolations(page)]).toEqual([name, colorScheme, []]);
      }
      await screenshots(page, name);
      const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth + 1');
      expect([name, 'scrolls sideways', wide]).toEqual([name, 'scrolls sideways', false]);
      if (!scripts) await withoutScripts(true);
    },
    async fill(fields, button) {
      for (const [label, value] of Object.entries(fields)) {
        await page.getByLabel(new RegExp(`^\\s*${label}\\s*(?:\\(optional\\)\\s*)?$`, 'i')).fill(value);
      }
      if (button) await page.getByRole('button', { name: button, exact: true }).click();
    },
    async press(button) {
      await page.getByRole('button', { name: button, exact: true }).click();
    },
    async follow(link) {
      await page.getByRole('link', { name: link, exact: true }).first().click();
    },
    close: () => context.close(),
  };
}

/** Through the form, the mail and the code. */
export async function signInCustomer(visitor: Visitor, site: TestSite, address: string): Promise<void> {
  const before = (await site.mails()).length;
  await visitor.open('/sign-in');
  await visitor.fill({ 'Email address': address }, 'Mail me a code');
  await visitor.fill({ 'Code from the mail': await mailedCode(site, address, before) }, 'Sign in');
  expect(new URL(visitor.page.url()).pathname).toBe('/my');
}

/** The same, and the second factor. */
export async function signInStaff(visitor: Visitor, site: TestSite, person: StaffWithSecrets): Promise<void> {
  const before = (await site.mails()).length;
  await visitor.open('/admin');
  await visitor.page.getByLabel('Email address').fill(person.address);
  await visitor.page.getByRole('button').first().click();
  await visitor.page.getByLabel('Code from the mail').fill(await mailedCode(site, person.address, before));
  await visitor.page.getByRole('button').first().click();
  const code = totpCode(person.totpSecret, site.app.now());
  await visitor.fill({ 'Code from your authenticator app': code }, 'Sign in');
  expect(new URL(visitor.page.url()).pathname).toBe('/admin');
}

/** The newest code that was mailed there after so many mails. The clock of a code starts a moment after it is handed over. */
export async function mailedCode(site: TestSite, address: string, after: number): Promise<string> {
  let code: string | undefined;
  await expect
    .poll(
      async () => {
        const fresh = (await site.mails()).slice(after).filter((mail) => mail.to === address);
        code = fresh.map((mail) => codeIn(mail.text)).findLast((found) => found !== undefined);
        return code;
      },
      { timeout: 10_000, interval: 100 },
    )
    .toBeDefined();
  await new Promise((resolve) => setTimeout(resolve, 300));
  return code ?? '';
}
