import { resolve } from 'node:path';
import { z } from 'zod';
import { trustedProxies } from './http/client-address.ts';

const port = z.coerce.number().int().min(0).max(65535);
const onOff = z.enum(['on', 'off']).transform((value) => value === 'on');
const transport = z.enum(['folder', 'resend']);

const environment = z.object({
  PORT: port.default(4321),
  HOST: z.string().default('127.0.0.1'),
  SHARE_PORT: onOff.default(false),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine((url) => URL.canParse(url) && new URL(url).pathname === '/' && !url.includes('?')),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATA_DIR: z.string().default('.data'),
  KEYS_DIR: z.string().default('.keys'),
  FORTHRIGHT_KEYS: z.string().optional(),
  MAIL_TRANSPORT: transport,
  MAIL_FROM: z.string().regex(/^(?:[^<>"\r\n]+ <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/),
  RESEND_API_KEY: z.string().optional(),
  RESEND_BASE_URL: z.url().optional(),
  RESEND_WEBHOOK_SECRET: z.string().startsWith('whsec_').optional(),
  RESEND_REQUESTS_PER_SECOND: z.coerce.number().positive().max(1000).default(10),
  OUTBOX_DIR: z.string().optional(),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((list) => list.split(/[\s,]+/).filter(Boolean))
    .superRefine((entries, context) => {
      try {
        trustedProxies(entries);
      } catch (error) {
        context.addIssue((error as Error).message);
      }
    }),
  CDN_PURGE_URL: z.url({ protocol: /^https?$/ }).optional(),
  CDN_PURGE_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  WORKER: onOff.default(true),
  WEB: onOff.default(true),
});

/** What each setting takes, in the operator's words. A setting that is not here says itself what is wrong with it. */
const expected: Readonly<Record<string, string>> = {
  PORT: 'a whole number from 0 to 65535',
  PUBLIC_URL: 'an address such as https://status.example.com, without a path',
  DATABASE_URL: 'an address such as postgres://user@localhost/forthright',
  MAIL_TRANSPORT: 'folder or resend',
  MAIL_FROM: 'an address, or Name <address>',
  RESEND_BASE_URL: 'an address such as https://api.resend.com',
  RESEND_WEBHOOK_SECRET: 'the secret as Resend shows it, starting with whsec_',
  RESEND_REQUESTS_PER_SECOND: 'a number above 0, 1000 at most',
  SHARE_PORT: 'on or off',
  CDN_PURGE_URL: 'an address such as https://purge.example.com/tags',
  CDN_PURGE_TOKEN: 'printable characters without spaces',
  LOG_LEVEL: 'debug, info, warn, error or silent',
  WORKER: 'on or off',
  WEB: 'on or off',
};

export type Settings = {
  port: number;
  host: string;
  /** Several web processes of this machine listen on the same port. */
  sharePort: boolean;
  /** Origin without a trailing slash: what every link is made from. */
  publicUrl: string;
  databaseUrl: string | undefined;
  dataDir: string;
  /** Where the last edition is kept, for a start without the database. */
  editionDir: string;
  keysDir: string;
  rootKeys: string | undefined;
  mailFrom: string;
  mail:
    | { transport: 'folder'; outboxDir: string }
    | { transport: 'resend'; apiKey: string; baseUrl: string | undefined; requestsPerSecond: number };
  resendWebhookSecret: string | undefined;
  /** Addresses or CIDR ranges whose X-Forwarded-* headers are believed. */
  trustedProxies: readonly string[];
  /** What a CDN in front is told to forget, and where. */
  cdnPurge: { url: string; token: string | undefined } | undefined;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  worker: boolean;
  web: boolean;
};

/** For the command line, dev and the demonstration: a folder takes the mail, and links lead to this machine. */
export const localFallbacks: Readonly<Record<string, string>> = {
  PUBLIC_URL: 'http://localhost:4321',
  MAIL_TRANSPORT: 'folder',
  MAIL_FROM: 'Status <status@localhost.example>',
};

/** The environment does not make sense; `problems` has a line for each thing that is wrong. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `Forthright cannot start: ${problems.length === 1 ? 'one setting is' : `${problems.length} settings are`} wrong.\n` +
        problems.map((problem) => `  - ${problem}`).join('\n') +
        '\nEvery setting is described in .env.example.',
    );
    this.problems = problems;
  }
}

/**
 * Reads every setting once.
 *
 * @param fallbacks what stands where a variable is absent or empty: dev, demo and the command line mail nobody.
 * @throws SettingsError with all problems at once; values of secrets are not repeated.
 */
export function readSettings(
  variables: NodeJS.ProcessEnv = process.env,
  fallbacks: Readonly<Record<string, string>> = {},
): Settings {
  const given: Record<string, string | undefined> = Object.fromEntries(
    Object.keys(environment.shape)
      .map((name) => [name, variables[name]?.trim() || fallbacks[name]] as const)
      .filter(([, value]) => value !== undefined),
  );
  const parsed = environment.safeParse(given);
  // One line for each setting, although a value can break several rules at once.
  const problems = parsed.success
    ? []
    : [...new Set(parsed.error.issues.map((issue) => problem(issue, given)))];
  if (given['MAIL_TRANSPORT'] === 'resend' && !given['RESEND_API_KEY']) {
    problems.push('RESEND_API_KEY is missing: MAIL_TRANSPORT=resend needs it.');
  }
  if (given['CDN_PURGE_TOKEN'] && !given['CDN_PURGE_URL']) {
    problems.push('CDN_PURGE_URL is missing: CDN_PURGE_TOKEN is for it alone.');
  }
  if (given['SHARE_PORT'] === 'on' && !given['DATABASE_URL']) {
    problems.push('SHARE_PORT=on needs DATABASE_URL: one process owns the embedded database.');
  }
  if (given['KEYS_DIR'] && isInside(given['KEYS_DIR'], given['DATA_DIR'] ?? '.data')) {
    problems.push(
      'KEYS_DIR lies inside DATA_DIR: a copy of the data would carry its keys. Put it elsewhere.',
    );
  }
  if (given['WEB'] === 'off' && given['WORKER'] === 'off') {
    problems.push('WEB=off and WORKER=off leave nothing to do. Set one of them to on.');
  }
  if (problems.length > 0 || !parsed.success) throw new SettingsError(problems);
  return settingsFrom(parsed.data);
}

function settingsFrom(values: z.infer<typeof environment>): Settings {
  return {
    port: values.PORT,
    host: values.HOST,
    sharePort: values.SHARE_PORT,
    publicUrl: new URL(values.PUBLIC_URL).origin,
    databaseUrl: values.DATABASE_URL,
    dataDir: resolve(values.DATA_DIR),
    editionDir: resolve(values.DATA_DIR, 'edition'),
    keysDir: resolve(values.KEYS_DIR),
    rootKeys: values.FORTHRIGHT_KEYS,
    mailFrom: values.MAIL_FROM,
    mail:
      values.MAIL_TRANSPORT === 'folder'
        ? { transport: 'folder', outboxDir: resolve(values.OUTBOX_DIR ?? `${values.DATA_DIR}/outbox`) }
        : {
            transport: 'resend',
            apiKey: values.RESEND_API_KEY ?? '',
            baseUrl: values.RESEND_BASE_URL,
            requestsPerSecond: values.RESEND_REQUESTS_PER_SECOND,
          },
    resendWebhookSecret: values.RESEND_WEBHOOK_SECRET,
    trustedProxies: values.TRUSTED_PROXIES,
    cdnPurge: values.CDN_PURGE_URL ? { url: values.CDN_PURGE_URL, token: values.CDN_PURGE_TOKEN } : undefined,
    logLevel: values.LOG_LEVEL,
    worker: values.WORKER,
    web: values.WEB,
  };
}

const SECRETS = new Set([
  'FORTHRIGHT_KEYS',
  'RESEND_API_KEY',
  'RESEND_WEBHOOK_SECRET',
  'DATABASE_URL',
  'CDN_PURGE_URL',
  'CDN_PURGE_TOKEN',
]);

function problem(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0]);
  const value = given[name];
  if (value === undefined) return `${name} is missing.`;
  const reason = expected[name] === undefined ? issue.message : `it must be ${expected[name]}`;
  return `${name}${SECRETS.has(name) ? '' : `=${value}`} is not usable: ${reason}.`;
}

function isInside(folder: string, parent: string): boolean {
  return `${resolve(folder)}/`.startsWith(`${resolve(parent)}/`);
}
