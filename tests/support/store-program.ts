import { writeSync } from 'node:fs';
import { sql } from '#db/drizzle.ts';
import { migrate, openDatabase, StoreError, type Database } from '#db/client.ts';

/** A process that uses a store, for tests that need more than one or that kill it. */
const [task, place = ''] = process.argv.slice(2);

try {
  if (task === 'write') await write();
  else if (task === 'migrate') await bringUpToDate();
} catch (error) {
  say(error instanceof StoreError ? `${error.code}: ${error.message}` : String(error));
}

/** Says each number once its commit is acknowledged. */
async function write(): Promise<void> {
  const store = await openDatabase({ dataDir: place });
  try {
    await writeNumbers(store.db);
  } finally {
    await store.close();
  }
}

async function writeNumbers(db: Database): Promise<void> {
  await db.execute(sql`create table if not exists acknowledged (number integer primary key)`);
  const { rows } = (await db.execute(sql`select coalesce(max(number), 0) as last from acknowledged`)) as {
    rows: { last: number }[];
  };
  for (let number = (rows[0]?.last ?? 0) + 1; ; number += 1) {
    await db.transaction(async (tx) => {
      await tx.execute(sql`insert into acknowledged values (${number})`);
      // The log fills, the table does not.
      await tx.execute(sql`select pg_logical_emit_message(true, 'filling', repeat('x', 20000))`);
    });
    say(String(number));
  }
}

async function bringUpToDate(): Promise<void> {
  const store = await openDatabase({ databaseUrl: place, dataDir: '' });
  say(`applied ${(await migrate(store)).applied}`);
  await store.close();
}

/** Gone from this process when it returns. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
