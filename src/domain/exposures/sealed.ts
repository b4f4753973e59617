import { and, asc, eq, gt, inArray, isNotNull, isNull, lte } from '#db/drizzle.ts';
import type { Database } from '#db/client.ts';
import { exposureLists, sealedOriginals } from '#db/schema/index.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { openDataKey } from '#src/trust/sealing.ts';
import { DomainError } from '../errors.ts';
import { appendEvidence } from '../evidence/commands.ts';
import { BLOCK_ADDRESSES, openOriginals } from './sealed-block.ts';

const DELETE_ROWS = 2000;
const LISTS_PER_ROUND = 20;

/** An exposed person's address, opened. `id` is that of the block it was sealed in: hexadecimal, random, the same for up to a hundred. */
export type OpenedOriginal = { id: string; address: EmailAddress };

/**
 * The addresses of exposed people in the order of their blocks' random ids, whole blocks at a time: at least `limit` addresses
 * after `afterId` (null: from the start), unless there are no more; with `segmentId` those of one segment. Only for the worker that prepares a broadcast to them.
 *
 * @throws DomainError `conflict` when none were kept or they are destroyed; KeyStoreError when the private half of the
 * sealing key is not in the key folder; SealBroken when a row was moved or changed.
 */
export async function listSealedOriginals(
  db: Database,
  keys: KeyStore,
  listId: string,
  afterId: string | null,
  limit: number,
  segmentId: string | null = null,
): Promise<OpenedOriginal[]> {
  const [list] = await db
    .select({ sealedKey: exposureLists.sealedKey })
    .from(exposureLists)
    .where(eq(exposureLists.id, listId));
  if (!list?.sealedKey) {
    throw new DomainError(
      'conflict',
      'No addresses of this list can be written to: none were sealed at the import, or their date has passed and they are destroyed.',
    );
  }
  const dataKey = await openDataKey(keys, list.sealedKey);
  const ofSegment =
    segmentId === null ? isNull(sealedOriginals.segmentId) : eq(sealedOriginals.segmentId, segmentId);
  const opened: OpenedOriginal[] = [];
  let after: Uint8Array = afterId === null ? new Uint8Array(0) : Buffer.from(afterId, 'hex');
  while (opened.length < limit) {
    const blocks = await db
      .select({ id: sealedOriginals.id, sealed: sealedOriginals.sealedAddresses })
      .from(sealedOriginals)
      .where(and(eq(sealedOriginals.listId, listId), ofSegment, gt(sealedOriginals.id, after)))
      .orderBy(asc(sealedOriginals.id))
      .limit(Math.ceil((limit - opened.length) / BLOCK_ADDRESSES));
    for (const { id, sealed } of blocks) {
      const place = Buffer.from(id).toString('hex');
      for (const address of openOriginals(dataKey, id, sealed, segmentId))
        opened.push({ id: place, address });
      after = id;
    }
    if (blocks.length === 0) break;
  }
  return opened;
}

/**
 * Destroys the sealed addresses whose date has passed: rows first, then their key and the evidence, so that a death in
 * between leaves only work to do again. Returns of how many lists. May be repeated.
 */
export async function destroySealedOriginals(db: Database, now: Date): Promise<number> {
  const due = await db
    .select({ id: exposureLists.id, incidentId: exposureLists.incidentId, report: exposureLists.report })
    .from(exposureLists)
    .where(and(isNotNull(exposureLists.sealedKey), lte(exposureLists.sealedUntil, now)))
    .orderBy(asc(exposureLists.sealedUntil))
    .limit(LISTS_PER_ROUND);
  for (const list of due) {
    while ((await deleteSome(db, list.id)) === DELETE_ROWS);
    await db.transaction(async (tx) => {
      const destroyed = await tx
        .update(exposureLists)
        .set({ sealedKey: null })
        .where(and(eq(exposureLists.id, list.id), isNotNull(exposureLists.sealedKey)))
        .returning({ id: exposureLists.id });
      if (destroyed.length === 0) return;
      const details = { incident: list.incidentId, addresses: list.report?.sealed ?? 0 };
      const subject = `exposure_list:${list.id}`;
      await appendEvidence(
        tx,
        { kind: 'sealed_originals_destroyed', subject, actor: 'worker', details },
        now,
      );
    });
  }
  return due.length;
}

/** Few rows at a time: the embedded database runs on the event loop. */
async function deleteSome(db: Database, listId: string): Promise<number> {
  const some = db
    .select({ id: sealedOriginals.id })
    .from(sealedOriginals)
    .where(eq(sealedOriginals.listId, listId))
    .limit(DELETE_ROWS);
  const deleted = await db
    .delete(sealedOriginals)
    .where(and(eq(sealedOriginals.listId, listId), inArray(sealedOriginals.id, some)))
    .returning({ id: sealedOriginals.id });
  return deleted.length;
}
