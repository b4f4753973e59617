/** Rows in one COPY on the embedded database, which runs on the event loop. */
export const COPY_ROWS_MAX = 2_000;

export type CopyValue = string | number | bigint | boolean | Date | Uint8Array | null | undefined;

const NEWLINE = 0x0a;

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One field of a row of COPY's text format. Fields are joined by tabs, rows end with a newline. */
export function copyField(value: CopyValue): string {
  if (value === null || value === undefined) return '\\N';
  if (value instanceof Uint8Array) return `\\\\x${Buffer.from(value).toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  return String(value).replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}

export function copyStatement(table: string, columns: readonly string[], source: string): string {
  return `copy ${quoted(table)} (${columns.map(quoted).join(', ')}) from ${source}`;
}

/** The rows in pieces of at most `rowsMax`. */
export function* piecesOf(rows: Uint8Array, rowsMax: number): Generator<Uint8Array> {
  let start = 0;
  while (start < rows.length) {
    let end = start;
    for (let row = 0; row < rowsMax && end < rows.length; row += 1) {
      const newline = rows.indexOf(NEWLINE, end);
      end = newline === -1 ? rows.length : newline + 1;
    }
    yield rows.subarray(start, end);
    start = end;
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
