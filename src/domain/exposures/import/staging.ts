import { sql, type SQL } from '#db/drizzle.ts';
import type { Store, StoreSession } from '#db/client.ts';
import { copyField, type CopyValue } from '#db/copy.ts';
import type { Delivered } from '../readers/lines.ts';
import type { Measures } from '../rules.ts';

/** What became of a copy, as it is staged: the higher, the less of it arrived. */
export const FATES: Readonly<Record<Delivered, number>> = { unknown: 0, yes: 1, bounced: 2, stopped: 3 };

/** Rows in one COPY: the embedded database runs on the event loop. */
export const COPY_ROWS = 2000;

/** An address in a leaked batch. What can be read of the address is sealed. */
export type StagedLine = {
  addressKey: Uint8Array;
  batchNo: number;
  containsName: boolean;
  delivered: Delivered;
  sentAt: Date | undefined;
  measures: Measures;
  original: { id: Uint8Array; sealedAddress: Uint8Array } | undefined;
};

/** What is told about copies apart from the mailing: of an address, of a batch, or of an address in a batch. */
export type StagedDelivery = {
  addressKey: Uint8Array | undefined;
  batchNo: number | undefined;
  delivered: Delivered;
  sentAt: Date | undefined;
  measures: Measures;
};

/** Temporary tables of one import on its own connection, gone with it. They hold keyed hashes and ciphertexts. */
export type Staging = {
  session: StoreSession;
  engine: Store['engine'];
  listId: string;
  lines: SQL;
  deliveries: SQL;
  batches: SQL;
  originals: SQL;
};

const TABLES = ['lines', 'deliveries', 'batches', 'originals'] as const;

export async function openStaging(
  engine: Store['engine'],
  session: StoreSession,
  listId: string,
): Promise<Staging> {
  const [lines, deliveries, batches, originals] = TABLES.map((table) =>
    sql.identifier(tableName(table, listId)),
  );
  const staging = { session, engine, listId, lines, deliveries, batches, originals } as unknown as Staging;
  // Before the session's first temporary table: on what it has by itself, an index in no order would spill at every row.
  if (engine === 'postgres') await session.db.execute(sql`set temp_buffers = '64MB'`);
  await session.db.execute(sql`
    create temporary table ${staging.lines} (
      address_key bytea not null, batch_no integer not null, contains_name boolean not null, fate smallint not null,
      sent_at timestamptz, measures jsonb, original_id bytea, sealed_address bytea
    )`);
  await session.db.execute(sql`
    create temporary table ${staging.deliveries} (
      address_key bytea, batch_no integer, fate smallint not null, sent_at timestamptz, measures jsonb
    )`);
  await session.db.execute(sql`
    create temporary table ${staging.batches} (
      batch_no integer primary key, size integer not null, delivered integer not null, bounced integer not null,
      stopped boolean not null, sent_at timestamptz
    )`);
  await session.db.execute(sql`
    create temporary table ${staging.originals} (id bytea primary key, sealed_address bytea not null)`);
  // Made after the rows it would be one long statement, for which the embedded database's event loop would stand still.
  if (engine === 'pglite') await createIndexes(staging);
  return staging;
}

/** Called when every row is there. */
export async function indexStaging(staging: Staging): Promise<void> {
  if (staging.engine === 'pglite') return;
  await staging.session.db.execute(sql`set maintenance_work_mem = '256MB'`);
  await createIndexes(staging);
  await staging.session.db.execute(sql`analyze ${staging.lines}`);
}

async function createIndexes({ session, lines, deliveries }: Staging): Promise<void> {
  await session.db.execute(sql`create index on ${lines} (address_key)`);
  await session.db.execute(sql`create index on ${deliveries} (address_key, batch_no)`);
}

export async function dropStaging(session: StoreSession, listId: string): Promise<void> {
  for (const table of TABLES) {
    await session.db.execute(sql`drop table if exists ${sql.identifier(tableName(table, listId))}`);
  }
}

export async function stageLines({ session, listId }: Staging, lines: readonly StagedLine[]): Promise<void> {
  const columns = [
    'address_key',
    'batch_no',
    'contains_name',
    'fate',
    'sent_at',
    'measures',
    'original_id',
    'sealed_address',
  ];
  const rows = lines.map((line) => [
    line.addressKey,
    line.batchNo,
    line.containsName,
    FATES[line.delivered],
    line.sentAt,
    json(line.measures),
    line.original?.id,
    line.original?.sealedAddress,
  ]);
  await session.copyIn(tableName('lines', listId), columns, copyText(rows));
}

export async function stageDeliveries(
  { session, listId }: Staging,
  told: readonly StagedDelivery[],
): Promise<void> {
  const columns = ['address_key', 'batch_no', 'fate', 'sent_at', 'measures'];
  const rows = told.map((delivery) => [
    delivery.addressKey,
    delivery.batchNo,
    FATES[delivery.delivered],
    delivery.sentAt,
    json(delivery.measures),
  ]);
  await session.copyIn(tableName('deliveries', listId), columns, copyText(rows));
}

function copyText(rows: readonly CopyValue[][]): string {
  return rows.map((row) => `${row.map(copyField).join('\t')}\n`).join('');
}

function json(measures: Measures): string | null {
  return Object.keys(measures).length === 0 ? null : JSON.stringify(measures);
}

const tableName = (table: (typeof TABLES)[number], listId: string) => `import_${table}_${listId}`;
