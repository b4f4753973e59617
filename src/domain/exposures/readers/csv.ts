import { batchCell, CELL_REFUSALS, deliveredCell, measureCells, sentAtCells } from './cells.ts';
import { type Columns, columnsOf, type KnownColumn } from './columns.ts';
import { type CsvRecord, csvRecords, type Delimiter } from './csv-records.ts';
import { type Source, UnreadableSource } from './lines.ts';
import { EMPTY_PROBLEM } from './opened.ts';
import type { ReadRow, Row } from './rows.ts';

/**
 * The rows of a table under its first, many at a time: columns `address`, `batch`, `delivered`, `sent_at`, of which one of
 * `anyOf` is there, and measures.
 *
 * @throws UnreadableSource
 */
export async function* csvRows(
  source: Source,
  delimiter: Delimiter,
  anyOf: readonly KnownColumn[],
): AsyncGenerator<ReadRow[]> {
  let columns: Columns | undefined;
  let empty = true;
  const sentAtCell = sentAtCells();
  for await (const records of csvRecords(source, delimiter)) {
    let from = 0;
    const [first] = records;
    if (!columns && first) {
      columns = columnsOf(
        source.name,
        first.line,
        first.fields,
        anyOf,
        delimiter === '\t' ? 'tabs' : 'commas',
      );
      from = 1;
    }
    if (!columns || records.length === from) continue;
    empty = false;
    const rows: ReadRow[] = [];
    for (let index = from; index < records.length; index += 1) {
      const record = records[index] as CsvRecord;
      const address = cell(columns, record.fields, 'address');
      rows.push({ line: record.line, address, row: rowOf(columns, record.fields, sentAtCell) });
    }
    yield rows;
  }
  if (!columns) throw new UnreadableSource(source.name, undefined, EMPTY_PROBLEM);
  if (empty)
    throw new UnreadableSource(
      source.name,
      undefined,
      'the file names its columns and nothing else. Choose another file.',
    );
}

function rowOf(
  columns: Columns,
  fields: readonly string[],
  sentAtCell: ReturnType<typeof sentAtCells>,
): Row | string {
  if (fields.length > columns.count) return CELL_REFUSALS.tooManyFields;
  const batch = batchCell(cell(columns, fields, 'batch').trim());
  if (!batch.ok) return batch.reason;
  const delivered = deliveredCell(cell(columns, fields, 'delivered').trim());
  if (!delivered.ok) return delivered.reason;
  const sentAt = sentAtCell(cell(columns, fields, 'sent_at').trim());
  if (!sentAt.ok) return sentAt.reason;
  const measures = measureCells(columns.measures, fields);
  if (!measures.ok) return measures.reason;
  return {
    batchNo: batch.value,
    delivered: delivered.value,
    sentAt: sentAt.value,
    measures: measures.value,
  };
}

function cell(columns: Columns, fields: readonly string[], column: KnownColumn): string {
  const index = columns.known[column];
  return index === undefined ? '' : (fields[index] ?? '');
}
