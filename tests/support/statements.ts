import { PgPreparedQuery } from '#db/drizzle-tables.ts';

/** Every statement the work runs, with placeholders, in order. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const queries = PgPreparedQuery.prototype as unknown as {
    queryWithCache(text: string, values: unknown[], query: () => Promise<unknown>): Promise<unknown>;
  };
  const run = queries.queryWithCache;
  queries.queryWithCache = function (text, values, query) {
    seen.push(text);
    return run.call(this, text, values, query);
  };
  try {
    await work();
  } finally {
    queries.queryWithCache = run;
  }
  return seen;
}
