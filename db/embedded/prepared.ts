import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `npm run build` leaves for first starts: a database with all tables and no rows. */
export const PREPARED = fileURLToPath(new URL('../../dist/first-database', import.meta.url));

const MARK = 'made-by';

/** Says that the prepared database is whole, and which engine made it. */
export function markPrepared(prepared = PREPARED): void {
  writeFileSync(join(prepared, MARK), engineVersion());
}

/**
 * Copies the prepared database, which takes a tenth of the time of making one. Its tables may be older than this code's: whoever
 * opens it brings them up to date, as with any other.
 *
 * @returns false when there is none, or another engine made it.
 */
export function copyPrepared(cluster: string, prepared = PREPARED): boolean {
  const mark = join(prepared, MARK);
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== engineVersion()) return false;
  cpSync(join(prepared, 'database'), cluster, { recursive: true });
  return true;
}

function engineVersion(): string {
  const file = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
