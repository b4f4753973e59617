import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from '#db/drizzle.ts';
import type { Database, Store } from '#db/client.ts';
import { addresses, customers, incidents } from '#db/schema/index.ts';
import type { Customer } from '#src/domain/accounts/people.ts';
import { operator, type Actor, type Role, type StaffMember } from '#src/domain/actors.ts';
import { addressKey, sealAddress } from '#src/domain/addresses.ts';
import { replaceExposureList } from '#src/domain/exposures/commands.ts';
import { compareWithListInForce } from '#src/domain/exposures/difference.ts';
import { importExposures, type ImportOutcome } from '#src/domain/exposures/import/import-exposures.ts';
import type { ImportRequest } from '#src/domain/exposures/import/request.ts';
import { openImportThreads } from '#src/domain/exposures/import/import-threads.ts';
import { openIncident } from '#src/domain/incidents/commands.ts';
import { NORM_VERSION, parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { now, until } from './moments.ts';
import { fileOf } from './readers-source.ts';

export { now, until };

export function emailAddress(text: string): EmailAddress {
  const parsed = parseEmailAddress(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.reason}`);
  return parsed.address;
}

export function staffMember(role: Role, id = `staff-${role}`): StaffMember {
  return { id, name: 'Ines Farrow', title: 'Communications', role };
}

/** A published data incident without a list. */
export async function dataIncident(db: Database, slug = newId()) {
  const { id } = await openIncident(
    db,
    operator,
    { slug, title: 'Addresses shown', nature: 'data', impact: 'major', startedAt: now },
    now,
  );
  await db.update(incidents).set({ publishedAt: now }).where(eq(incidents.id, id));
  return { id, slug, title: 'Addresses shown' };
}

/** A customer who has proven these mailboxes, and has taken them over from whoever had. */
export async function provenCustomer(db: Database, keys: KeyStore, ...texts: string[]): Promise<Customer> {
  const customer = { id: newId(), createdAt: now };
  await db.insert(customers).values(customer);
  const proven = texts.map((text) => ({ id: newId(), address: emailAddress(text), provenAt: now }));
  for (const { id, address } of proven) {
    const key = addressKey(keys.current('addresses'), address);
    await db.delete(addresses).where(eq(addresses.addressKey, key));
    await db.insert(addresses).values({
      id,
      customerId: customer.id,
      addressKey: key,
      keyVersion: 1,
      normVersion: NORM_VERSION,
      sealedAddress: sealAddress(keys, address, `addresses:${id}`),
      provenAt: now,
    });
  }
  return { id: customer.id, addresses: proven };
}

/** A folder of scratch files is made only when an import is large. */
export const importThreads = openImportThreads(join(tmpdir(), 'forthright-scratch'));

/** Imports these files, given as `name: content`. */
export async function importFiles(
  store: Store,
  keys: KeyStore,
  incidentSlug: string,
  files: Record<string, string | Uint8Array>,
  options: Partial<ImportRequest> & { deliveries?: string; as?: StaffMember } = {},
): Promise<ImportOutcome> {
  const { deliveries, as, ...request } = options;
  return importExposures(
    { store, keys, importThreads },
    as ?? operator,
    {
      sources: Object.entries(files).map(([name, content]) => fileOf(name, content)),
      ...(deliveries === undefined ? {} : { delivery: fileOf('delivery.csv', deliveries) }),
      incidentSlug,
      seal: { until },
      dryRun: false,
      ...request,
    },
    now,
  );
}

/** Puts a draft in the place of the list in force, after somebody has compared the two. */
export async function replaceList(store: Store, listId: string, actor: Actor = operator): Promise<void> {
  const { version } = await compareWithListInForce(store, actor, listId, now);
  const reason = 'Some batches had been counted twice.';
  await replaceExposureList(store.db, actor, { listId, version, reason }, now);
}

/** Every row of every table, as PostgreSQL writes it: what a thief of the database has. */
export async function dumpOf(store: Store): Promise<string> {
  const tables = await rowsOf<{ name: string }>(
    store,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const rows = await rowsOf<{ text: string }>(store, `select r::text as text from ${name} r order by 1`);
    parts.push(`${name}\n${rows.map(({ text }) => text).join('\n')}`);
  }
  return parts.join('\n');
}

export async function rowsOf<Row>(store: Store, statement: string): Promise<Row[]> {
  const { rows } = (await store.db.execute(sql.raw(statement))) as unknown as { rows: Row[] };
  return rows;
}
