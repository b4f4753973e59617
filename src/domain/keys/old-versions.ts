import { setImmediate } from 'node:timers/promises';
import { and, asc, eq, gt, inArray, isNotNull, lt, or, sql } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { addresses, staff, subscriptions } from '#db/schema/index.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { mailboxTables, rewriteMailboxes, type MailboxTable } from './rewriting.ts';
import { renewedTotpSecret } from './second-factors.ts';
import { sealedVersion } from './sealed-version.ts';

/** Rows looked at in one step, some tens of milliseconds: the embedded database runs on the event loop. */
const STEP_ROWS = 500;
const STAFF_MAX = 1000;

const tables = { addresses, subscriptions, staff } as const;

/** What is left after a step; `done` until the next rotation. */
export type RewritingStep = { rewritten: number; done: boolean };

/**
 * Brings every mailbox under the version of the `addresses` key that is written with, some rows at each call: then nothing
 * rests on the older ones. Goes through the tables once for each version, and begins again where a process begins again.
 */
export function mailboxRewriting(db: Database, keys: KeyStore): () => Promise<RewritingStep> {
  let at = { version: 0, table: 0, afterId: '' };
  return async () => {
    const { version } = keys.current('addresses');
    if (keys.active('addresses').every((key) => key.version >= version)) return { rewritten: 0, done: true };
    if (at.version !== version) at = { version, table: 0, afterId: '' };
    const table = mailboxTables[at.table];
    if (!table) return { rewritten: 0, done: true };
    const { rewritten, lastId } = await rewriteSome(db, keys, table, at.afterId);
    if (lastId !== undefined) at = { ...at, afterId: lastId };
    else {
      at = { version, table: at.table + 1, afterId: '' };
      if (table === 'staff') await rewriteSecondFactors(db, keys);
    }
    return { rewritten, done: false };
  };
}

/** All of it at once, for the command line. */
export async function rewriteMailboxesNow(db: Database, keys: KeyStore): Promise<number> {
  const next = mailboxRewriting(db, keys);
  let rewritten = 0;
  for (let step = await next(); !step.done; step = await next()) {
    rewritten += step.rewritten;
    await setImmediate();
  }
  return rewritten;
}

async function rewriteSome(
  db: Database,
  keys: KeyStore,
  name: MailboxTable,
  afterId: string,
): Promise<{ rewritten: number; lastId: string | undefined }> {
  const table = tables[name];
  const { version } = keys.current('addresses');
  const sealed = sealedVersion(sql`${table.sealedAddress}`);
  const page = await db
    .select({ id: table.id, keyVersion: sql<number>`least(${table.keyVersion}, ${sealed})` })
    .from(table)
    .where(gt(table.id, afterId))
    .orderBy(asc(table.id))
    .limit(STEP_ROWS);
  const old = page.filter(({ keyVersion }) => keyVersion < version).map(({ id }) => id);
  const lastId = page.length === STEP_ROWS ? page.at(-1)?.id : undefined;
  if (old.length === 0) return { rewritten: 0, lastId };
  const rewritten = await db.transaction(async (tx) => {
    const rows = await tx
      .select({ id: table.id, sealedAddress: table.sealedAddress })
      .from(table)
      .where(and(inArray(table.id, old), or(lt(table.keyVersion, version), sql`${sealed} < ${version}`)))
      .orderBy(asc(table.id))
      .for('update');
    return rewriteMailboxes(tx, keys, name, rows);
  });
  return { rewritten, lastId };
}

async function rewriteSecondFactors(db: Database, keys: KeyStore): Promise<void> {
  const { version } = keys.current('addresses');
  await db.transaction(async (tx) => {
    const rows = await tx
      .select({ id: staff.id, sealed: staff.sealedTotpSecret })
      .from(staff)
      .where(
        and(
          isNotNull(staff.sealedTotpSecret),
          sql`${sealedVersion(sql`${staff.sealedTotpSecret}`)} between 1 and ${version - 1}`,
        ),
      )
      .orderBy(asc(staff.id))
      .limit(STAFF_MAX)
      .for('update');
    for (const { id, sealed } of rows) {
      const renewed = sealed && renewedTotpSecret(keys, sealed, id);
      if (renewed) await tx.update(staff).set({ sealedTotpSecret: renewed }).where(eq(staff.id, id));
    }
  });
}
