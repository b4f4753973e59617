import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { openDatabase } from '#db/client.ts';
import { suppress } from '#src/domain/subscribers/suppressions.ts';
import { openKeyStore } from '#src/trust/keys.ts';
import type { BenchOptions } from './run.ts';
import { median, percentile, round, say, table, type Row } from './support/figures.ts';
import { addressOf, makeMailing } from './support/mailing.ts';
import { freePort } from './support/ports.ts';
import { withPostgres } from './support/postgres.ts';
import { siteSettings, startSite, type BenchSite } from './support/site.ts';
import { inFolder } from './support/tools.ts';
import { makeWorld, newWorld } from './world.ts';

/** Five thousand at the usual ten seconds: of each kind of address so many requests for each form, one at a time. */
const ROUNDS_PER_SECOND = 500;
const WARM_UP_SHARE = 0.1;
/** A mailbox is asked for once in so many rounds: below the burst of its limit, but for the one that is asked for always. */
const MAILBOXES = 1_250;
const LISTED = 100_000;

/** Whose address is typed. `control` is unknown as well: what differs between those two is noise. */
const KINDS = ['unknown', 'control', 'exposed', 'not exposed', 'suppressed', 'throttled'] as const;
type Kind = (typeof KINDS)[number];

type Form = { name: string; path: string; fields: Record<string, string>; cookie?: string };

/** How long each form takes to answer for each kind of address, taken in turn in one run over HTTP. */
export async function measure({ seconds }: BenchOptions): Promise<void> {
  const rounds = Math.round(seconds * ROUNDS_PER_SECOND);
  const rows: Row[] = [];
  await inFolder(async (folder) => {
    await withPostgres(folder, async (databaseUrl) => {
      const settings: Record<string, string> = {
        ...siteSettings(folder, await freePort(), databaseUrl),
        // Each request comes from a network of its own, so that no limit but the mailbox's is met.
        TRUSTED_PROXIES: '127.0.0.1',
        // What the worker does between two requests would be counted to whichever comes next.
        WORKER: 'off',
      };
      const { addresses, session } = await makePeople(databaseUrl, settings['KEYS_DIR'] ?? '');
      const site = await startSite(settings);
      const forms: Form[] = [
        { name: 'sign in', path: '/sign-in?_action=accounts.requestSignIn', fields: {} },
        {
          name: 'subscribe',
          path: '/subscribe?_action=subscribers.subscribe',
          fields: { topics: 'statements' },
        },
        {
          name: 'add address',
          path: '/my/addresses?_action=accounts.requestAddress',
          fields: {},
          cookie: session,
        },
      ];
      try {
        for (const form of forms) rows.push(...(await measureForm(site, form, addresses, rounds)));
      } finally {
        await site.stop();
      }
    });
  });
  say(table(rows));
  say(
    '\nTo reach: medians that differ by 1 ms at most from that of an unknown address; the control shows what is noise.',
  );
}

type Addresses = Readonly<Record<Kind, (round: number) => string>>;

/** Known people of every kind, and the session of one more, who adds addresses. */
async function makePeople(
  databaseUrl: string,
  keysDir: string,
): Promise<{ addresses: Addresses; session: string }> {
  const now = new Date();
  await makeWorld({ databaseUrl, dataDir: '' }, newWorld, now);
  const people = await makeMailing(
    { databaseUrl, keysDir },
    { rows: LISTED, customers: 2 * MAILBOXES + 2 },
    now,
  );
  const suppressed = Array.from({ length: MAILBOXES }, (_, number) => `bounced${number}@mail.example.com`);
  const store = await openDatabase({ databaseUrl, dataDir: '' });
  const keys = openKeyStore({ keysDir, mayCreate: false });
  await suppress(
    store.db,
    keys,
    suppressed.map((address) => ({ address: addressOf(address), reason: 'bounced' as const })),
    now,
  );
  await store.close();
  const of = (exposed: boolean) =>
    people.filter((person) => person.exposed === exposed).map(({ address }) => address);
  const inTurn = (list: readonly string[]) => (round_: number) => list[round_ % MAILBOXES] ?? '';
  const [listed, notListed] = [of(true), of(false)];
  return {
    session: `forthright=${people.at(-1)?.session}`,
    addresses: {
      // As often as the others: each mailbox is new once, and known to the limits after that.
      unknown: (round_) => `nobody${round_ % MAILBOXES}@mail.example.com`,
      control: (round_) => `anybody${round_ % MAILBOXES}@mail.example.com`,
      exposed: inTurn(listed),
      'not exposed': inTurn(notListed),
      suppressed: inTurn(suppressed),
      throttled: () => 'often@mail.example.com',
    },
  };
}

async function measureForm(
  site: BenchSite,
  form: Form,
  addresses: Addresses,
  rounds: number,
): Promise<Row[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  const warmUp = Math.round(rounds * WARM_UP_SHARE);
  for (let number = -warmUp; number < rounds; number += 1) {
    // In another order each time: nobody always comes behind the same one.
    for (const kind of shuffled(KINDS)) {
      const address = addresses[kind](number + warmUp);
      const ms = await post(site, agent, form, address);
      if (number >= 0) times.get(kind)?.push(ms);
    }
  }
  agent.destroy();
  const unknown = median(times.get('unknown') ?? []);
  return KINDS.map((kind) => {
    const taken = times.get(kind) ?? [];
    return {
      form: form.name,
      address: kind,
      requests: taken.length,
      'median ms': round(median(taken), 3),
      'difference ms': round(median(taken) - unknown, 3),
      'p90 ms': round(percentile(taken, 0.9)),
      'to reach': kind === 'unknown' ? '' : '± 1',
    };
  });
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((each) => [Math.random(), each] as const)
    .sort(([one], [other]) => one - other)
    .map(([, each]) => each);
}

/** From the first byte sent to the last received. */
function post(site: BenchSite, agent: Agent, form: Form, address: string): Promise<number> {
  const body = new URLSearchParams({ ...form.fields, address }).toString();
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': Buffer.byteLength(body),
    'Sec-Fetch-Site': 'same-origin',
    'X-Forwarded-For': `2001:db8:${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}::1`,
    ...(form.cookie && { Cookie: form.cookie }),
  };
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    request(`${site.url}${form.path}`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        const ms = performance.now() - startedAt;
        const status = response.statusCode ?? 0;
        if (status === 200 || status === 303) resolve(ms);
        else reject(new Error(`${form.name} answered ${status}.`));
      });
    })
      .on('error', reject)
      .end(body);
  });
}
