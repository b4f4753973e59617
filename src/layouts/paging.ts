import { pageNumber } from '#src/domain/search/rules.ts';

const ROWS = 100;

type Range = { limit: number; offset: number };

/** A page of a long list, and where the pages beside it are. */
export type PageOfList<Row> = { rows: Row[]; newer: string | undefined; older: string | undefined };

/** The hundred rows that `?page=` asks for, the first without it; undefined where there is no such page. */
export async function pageOfList<Row>(
  { pathname, searchParams }: URL,
  list: (range: Range) => Promise<Row[]>,
): Promise<PageOfList<Row> | undefined> {
  const page = pageNumber(searchParams.get('page'));
  if (page === undefined) return undefined;
  // One more than is shown says whether there is an older page.
  const rows = await list({ limit: ROWS + 1, offset: (page - 1) * ROWS });
  if (page > 1 && rows.length === 0) return undefined;
  const at = (number: number) => (number === 1 ? pathname : `${pathname}?page=${number}`);
  return {
    rows: rows.slice(0, ROWS),
    newer: page > 1 ? at(page - 1) : undefined,
    older: rows.length > ROWS ? at(page + 1) : undefined,
  };
}
