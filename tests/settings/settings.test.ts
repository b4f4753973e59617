import { describe, expect, test } from 'vitest';
import { localFallbacks, readSettings, SettingsError } from '#src/settings.ts';

const good = {
  PUBLIC_URL: 'https://status.example.com',
  MAIL_TRANSPORT: 'folder',
  MAIL_FROM: 'Example <status@example.com>',
};

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    readSettings(variables);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings', () => {
  test('have defaults for all but what only the operator can know', () => {
    const settings = readSettings(good);
    expect(settings).toMatchObject({
      port: 4321,
      host: '127.0.0.1',
      worker: true,
      web: true,
      databaseUrl: undefined,
    });
  });

  test('an empty variable is an absent one', () => {
    expect(readSettings({ ...good, DATABASE_URL: '', PORT: ' ' }).port).toBe(4321);
  });

  test('every problem is listed at once', () => {
    const problems = problemsOf({
      PORT: 'many',
      MAIL_TRANSPORT: 'pigeon',
      WORKER: 'perhaps',
      DATABASE_URL: 'mysql://x',
    });
    const names = ['PORT', 'PUBLIC_URL', 'MAIL_TRANSPORT', 'MAIL_FROM', 'WORKER', 'DATABASE_URL'];
    for (const name of names) expect(problems.some((problem) => problem.startsWith(name))).toBe(true);
    expect(problems).toHaveLength(names.length);
  });

  test('the value of a secret is not repeated', () => {
    const problems = problemsOf({
      ...good,
      RESEND_WEBHOOK_SECRET: 'hunter2',
      DATABASE_URL: 'mysql://u:hunter2@h/d',
    });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter2');
  });

  test.each([
    ['PUBLIC_URL', 'https://status.example.com/path'],
    ['PUBLIC_URL', 'ftp://status.example.com'],
    ['PUBLIC_URL', 'ftp://status.example.com/path'],
    ['PUBLIC_URL', 'foo'],
    ['PUBLIC_URL', 'http://'],
    ['MAIL_FROM', 'a@example.com, b@example.com'],
    ['MAIL_FROM', 'Example <a@example.com>\r\nBcc: b@example.com'],
    ['PORT', '70000'],
    ['TRUSTED_PROXIES', '10.0.0.0/8, proxy.local'],
    ['RESEND_REQUESTS_PER_SECOND', '0'],
    ['CDN_PURGE_URL', 'ftp://cdn.example.com'],
    ['SHARE_PORT', 'on'],
    ['CDN_PURGE_TOKEN', 'lonely'],
  ])('%s=%j is refused', (name, value) => {
    expect(problemsOf({ ...good, [name]: value })).toHaveLength(1);
  });

  test.each([
    ['PORT', 'many', 'a whole number from 0 to 65535'],
    ['PORT', '70000.5', 'a whole number from 0 to 65535'],
    ['PUBLIC_URL', 'foo', 'an address such as https://status.example.com, without a path'],
    ['RESEND_BASE_URL', 'foo', 'an address such as https://api.resend.com'],
    ['MAIL_TRANSPORT', 'pigeon', 'folder or resend'],
    ['MAIL_FROM', 'nobody', 'an address, or Name <address>'],
    ['RESEND_REQUESTS_PER_SECOND', 'fast', 'a number above 0, 1000 at most'],
    ['LOG_LEVEL', 'loud', 'debug, info, warn, error or silent'],
    ['WEB', 'yes', 'on or off'],
    ['SHARE_PORT', 'yes', 'on or off'],
    ['WORKER', 'perhaps', 'on or off'],
  ])('%s=%s is answered in plain words: %s', (name, value, words) => {
    expect(problemsOf({ ...good, [name]: value })).toEqual([
      `${name}=${value} is not usable: it must be ${words}.`,
    ]);
  });

  test('a CDN is told what changes, and its address and token are not repeated', () => {
    const cdn = { CDN_PURGE_URL: 'https://cdn.example.com/hunter2', CDN_PURGE_TOKEN: 'secret' };
    expect(readSettings({ ...good, ...cdn }).cdnPurge).toEqual({ url: cdn.CDN_PURGE_URL, token: 'secret' });
    expect(readSettings(good).cdnPurge).toBeUndefined();
    const problems = problemsOf({ ...good, CDN_PURGE_URL: 'hunter2', CDN_PURGE_TOKEN: 'hunter 2' });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter');
  });

  test('a process that would neither serve nor work is refused', () => {
    expect(problemsOf({ ...good, WEB: 'off', WORKER: 'off' })).toEqual([
      'WEB=off and WORKER=off leave nothing to do. Set one of them to on.',
    ]);
    expect(readSettings({ ...good, WEB: 'off' })).toMatchObject({ web: false, worker: true });
  });

  test('resend needs its key', () => {
    expect(problemsOf({ ...good, MAIL_TRANSPORT: 'resend' })).toEqual([
      expect.stringContaining('RESEND_API_KEY is missing'),
    ]);
  });

  test('keys may not lie inside the data', () => {
    expect(problemsOf({ ...good, KEYS_DIR: '.data/keys' })).toEqual([
      expect.stringContaining('KEYS_DIR lies inside'),
    ]);
  });

  test('the mail transport has no default but where nobody is mailed', () => {
    expect(problemsOf({ PUBLIC_URL: good.PUBLIC_URL, MAIL_FROM: good.MAIL_FROM })).toEqual([
      'MAIL_TRANSPORT is missing.',
    ]);
    expect(readSettings({}, localFallbacks).mail.transport).toBe('folder');
  });
});
