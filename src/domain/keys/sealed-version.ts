import { sql, type SQL } from '#db/drizzle.ts';

/** In the database: which version of its key a sealed value needs (`trust/seal.ts`); 0 when it is none. */
export function sealedVersion(column: SQL): SQL<number> {
  const byte = (index: number) => sql`get_byte(${column}, ${sql.raw(String(index))})`;
  return sql<number>`(case when length(${column}) > 5 and ${byte(0)} = 1 and ${byte(1)} < 128
    then ${byte(1)} * 16777216 + ${byte(2)} * 65536 + ${byte(3)} * 256 + ${byte(4)} else 0 end)`;
}
