import { openDatabase, type Store } from '#db/client.ts';
import { sql } from '#db/drizzle.ts';
import { addresses, customers, exposureLists, incidents, leakedBatches } from '#db/schema/index.ts';
import { addressPlace } from '#src/domain/accounts/queries.ts';
import { startCustomerSession } from '#src/domain/accounts/sessions.ts';
import { addressKey, sealAddress } from '#src/domain/addresses.ts';
import { exposureKey, exposureKeyName } from '#src/domain/exposures/address-key.ts';
import { NORM_VERSION, parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import { keyFingerprint } from '#src/trust/fingerprint.ts';
import { openKeyStore, type KeyStore } from '#src/trust/keys.ts';

const BATCH = 1000;
/** Rows in one statement: sorted by key, as an import writes them. */
const CHUNK = 1_000_000;

const INCIDENT = 'mailing';
const LIST = 'mailing-1';

/** `session`: the value of their cookie. */
export type BenchCustomer = { address: EmailAddress; exposed: boolean; session: string };

/**
 * A published data incident with a closed list of so many rows, and so many customers with sessions, every other of them
 * exposed. The rows of the exposed are keyed as an import keys them; the others are SHA-256 of numbers, straight into the table: to the
 * database all of them are 32 random bytes, and to import them would take longer than to measure.
 */
export async function makeMailing(
  place: { databaseUrl: string; keysDir: string },
  { rows, customers: count }: { rows: number; customers: number },
  now: Date,
): Promise<BenchCustomer[]> {
  const store = await openDatabase({ databaseUrl: place.databaseUrl, dataDir: '' });
  const keys = openKeyStore({ keysDir: place.keysDir, mayCreate: true });
  try {
    await tellOfIt(store, keys, rows, now);
    await fill(store, rows);
    const people = Array.from({ length: count }, (_, index) => ({
      address: addressOf(`mara.lindqvist${index}@mail${index % 97}.example.com`),
      exposed: index % 2 === 0,
    }));
    await expose(
      store,
      keys,
      people.filter(({ exposed }) => exposed),
    );
    const sessions = await signIn(store, keys, people, now);
    await store.session(({ db }) => db.execute(sql`vacuum analyze`));
    return people.map((person, index) => ({ ...person, session: sessions[index] ?? '' }));
  } finally {
    await store.close();
  }
}

export function addressOf(text: string): EmailAddress {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.address;
}

async function tellOfIt({ db }: Store, keys: KeyStore, rows: number, now: Date): Promise<void> {
  const key = keys.current(exposureKeyName(INCIDENT));
  const times = { startedAt: now, publishedAt: now, createdAt: now, updatedAt: now };
  await db.insert(incidents).values({
    id: INCIDENT,
    slug: INCIDENT,
    title: 'Addresses shown',
    nature: 'data',
    impact: 'major',
    ...times,
  });
  await db.insert(exposureLists).values({
    id: LIST,
    incidentId: INCIDENT,
    version: 1,
    state: 'closed',
    sourceName: 'leak.csv',
    report: reportOf(rows),
    keyVersion: key.version,
    keyFingerprint: keyFingerprint(key),
    normVersion: NORM_VERSION,
    importedAt: now,
    appliedAt: now,
    closedAt: now,
  });
  const batches = Math.ceil(rows / BATCH);
  await db.execute(sql`
    insert into ${leakedBatches} (list_id, batch_no, size, delivered, stopped, sent_at)
    select ${LIST}, number, ${BATCH}::int, ${BATCH}::int - 3, false, ${now.toISOString()}::timestamptz
    from generate_series(1, ${batches}::int) as number`);
}

function reportOf(rows: number) {
  const leakedBatches = Math.ceil(rows / BATCH);
  const sizes = { smallestBatch: BATCH, medianBatch: BATCH, largestBatch: BATCH };
  const none = { stoppedBatches: 0, queuedNotSent: 0, bounced: 0, duplicates: 0, rejected: {}, sealed: 0 };
  const all = { lines: rows, listed: rows, distinctAddresses: rows, exposedAddresses: rows };
  return { ...all, ...none, ...sizes, leakedBatches, containsName: Math.round(rows * 0.15) };
}

/** No time limit: on a session of its own. */
async function fill(store: Store, rows: number): Promise<void> {
  await store.session(async ({ db }) => {
    for (let from = 0; from < rows; from += CHUNK) {
      const to = Math.min(rows, from + CHUNK) - 1;
      await db.execute(sql`
        insert into exposures (list_id, address_key, batch_no, key_version, norm_version, flags)
        select ${LIST}, sha256(int8send(number)), 1 + number / ${BATCH}::int, 1, ${NORM_VERSION}, (number % 7 = 0)::int
        from generate_series(${from}::bigint, ${to}::bigint) as number order by 2`);
    }
  });
}

async function expose(
  { db }: Store,
  keys: KeyStore,
  people: readonly { address: EmailAddress }[],
): Promise<void> {
  const key = keys.current(exposureKeyName(INCIDENT));
  const hashes = people.map(({ address }) => Buffer.from(exposureKey(key, address)));
  await db.execute(sql`
    insert into exposures (list_id, address_key, batch_no, key_version, norm_version, flags)
    select ${LIST}, hash, 1, ${key.version}::int, ${NORM_VERSION}, 1 from unnest(${sql.param(hashes)}::bytea[]) as listed (hash)`);
}

async function signIn(
  { db }: Store,
  keys: KeyStore,
  people: readonly { address: EmailAddress }[],
  now: Date,
): Promise<string[]> {
  const key = keys.current('addresses');
  const sessions: string[] = [];
  for (const { address } of people) {
    const [customerId, id] = [newId(), newId()];
    await db.insert(customers).values({ id: customerId, createdAt: now });
    await db.insert(addresses).values({
      id,
      customerId,
      addressKey: addressKey(key, address),
      keyVersion: key.version,
      normVersion: NORM_VERSION,
      sealedAddress: sealAddress(keys, address, addressPlace(id)),
      provenAt: now,
    });
    sessions.push(await startCustomerSession(db, customerId, now));
  }
  return sessions;
}
