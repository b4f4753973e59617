import { type EmailAddress, maskedAddress, parseEmailAddress } from '#src/text/email-address.ts';
import { batchCell, CELL_REFUSALS, deliveredCell, measureCells, sentAtCell } from './cells.ts';
import { csvRecords } from './csv-records.ts';
import { EMPTY_PROBLEM } from './opened.ts';
import {
  type Delivered,
  type DeliveryLine,
  type ListedLine,
  type RejectedLine,
  type Source,
  UnreadableSource,
} from './lines.ts';

const MEASURES_MAX = 20;
const COLUMN_NAME_CHARACTERS_MAX = 100;
const KNOWN_COLUMNS = ['address', 'batch', 'delivered', 'sent_at'] as const;

type KnownColumn = (typeof KNOWN_COLUMNS)[number];
type Columns = {
  known: Partial<Record<KnownColumn, number>>;
  measures: { name: string; index: number }[];
  count: number;
};
type Row = {
  batchNo: number | undefined;
  delivered: Delivered;
  sentAt?: Date;
  measures: Record<string, string>;
};

/** A list of addresses: `address`, and where there are such columns `batch` (1 unless told), `delivered`, `sent_at`, measures. */
export async function* listedInCsv(source: Source): AsyncGenerator<ListedLine | RejectedLine> {
  for await (const { line, row, address } of rows(source, ['address'])) {
    if (typeof row === 'string') yield rejected(line, row, address);
    else {
      const parsed = parseEmailAddress(address);
      const { batchNo = 1, ...rest } = row;
      if (parsed.ok) yield { kind: 'listed', batchNo, address: parsed.address, line, ...rest };
      else yield rejected(line, parsed.reason, address);
    }
  }
}

/** What became of copies: the same columns, of which a row may leave the address or the batch blank, not both. */
export async function* deliveriesInCsv(source: Source): AsyncGenerator<DeliveryLine | RejectedLine> {
  for await (const { line, row, address } of rows(source, ['address', 'batch'])) {
    if (typeof row === 'string') yield rejected(line, row, address);
    else {
      const { batchNo, ...rest } = row;
      const batch = batchNo === undefined ? {} : { batchNo };
      const named = address === '' ? undefined : parseEmailAddress(address);
      if (named?.ok === false) yield rejected(line, named.reason, address);
      else if (!named && batchNo === undefined) yield rejected(line, CELL_REFUSALS.nothingNamed, address);
      else {
        const mailbox: { address?: EmailAddress } = named?.ok ? { address: named.address } : {};
        yield { kind: 'delivery', line, ...batch, ...mailbox, ...rest };
      }
    }
  }
}

/** Each row read, or the reason why it cannot be. */
async function* rows(source: Source, anyOf: readonly KnownColumn[]) {
  let columns: Columns | undefined;
  let empty = true;
  for await (const { line, fields } of csvRecords(source)) {
    if (!columns) {
      columns = columnsOf(source.name, line, fields, anyOf);
      continue;
    }
    empty = false;
    const cell = (column: KnownColumn) => fields[columns?.known[column] ?? -1] ?? '';
    yield { line, address: cell('address'), row: rowOf(columns, fields, cell) };
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
  cell: (column: KnownColumn) => string,
): Row | string {
  if (fields.length > columns.count) return CELL_REFUSALS.tooManyFields;
  const batch = batchCell(cell('batch').trim());
  if (!batch.ok) return batch.reason;
  const delivered = deliveredCell(cell('delivered').trim());
  if (!delivered.ok) return delivered.reason;
  const sentAt = sentAtCell(cell('sent_at').trim());
  if (!sentAt.ok) return sentAt.reason;
  const measures = measureCells(columns.measures, fields);
  if (!measures.ok) return measures.reason;
  const moment = sentAt.value ? { sentAt: sentAt.value } : {};
  return { batchNo: batch.value, delivered: delivered.value, ...moment, measures: measures.value };
}

/** Which column stands where. Names of columns that this product knows are found in any case. */
function columnsOf(
  name: string,
  line: number,
  fields: readonly string[],
  anyOf: readonly KnownColumn[],
): Columns {
  const refuse = (problem: string) => new UnreadableSource(name, line, problem);
  // A comma at the end of every line makes a last column without a name.
  const names = fields.at(-1) === '' ? fields.slice(0, -1) : fields;
  const known: Columns['known'] = {};
  const measures: Columns['measures'] = [];
  const seen = new Set<string>();
  for (const [index, column] of names.entries()) {
    const lowered = column.toLowerCase();
    if (column === '') throw refuse(`column ${index + 1} has no name. Name every column in the first row.`);
    if (column.length > COLUMN_NAME_CHARACTERS_MAX)
      throw refuse(`the name of column ${index + 1} is too long. ${NAME_COLUMNS}`);
    if (column.includes('@'))
      throw refuse(`the first row holds an address instead of the names of the columns. ${NAME_COLUMNS}`);
    if (seen.has(lowered)) throw refuse(`two columns are named “${column}”. Give each its own name.`);
    seen.add(lowered);
    const knownColumn = KNOWN_COLUMNS.find((each) => each === lowered);
    if (knownColumn) known[knownColumn] = index;
    else measures.push({ name: column, index });
  }
  if (!anyOf.some((column) => known[column] !== undefined)) throw refuse(missingColumn(names, anyOf));
  if (measures.length > MEASURES_MAX) {
    throw refuse(
      `it has ${measures.length} columns of measures, and ${MEASURES_MAX} are allowed. Remove the others.`,
    );
  }
  return { known, measures, count: fields.length };
}

const NAME_COLUMNS = 'Put a first row before it that names them: address,batch,delivered,sent_at.';

function missingColumn(names: readonly string[], anyOf: readonly KnownColumn[]): string {
  const wanted = anyOf.map((column) => `“${column}”`).join(' or ');
  const found = names.map((column) => `“${column}”`).join(', ');
  const hint = names.length === 1 && /[;\t]/.test(names[0] ?? '') ? ' Separate the columns by commas.' : '';
  return `there is no column ${wanted}. The first row names ${found}.${hint || ' Rename the column that holds it.'}`;
}

function rejected(line: number, reason: string, address: string): RejectedLine {
  return { kind: 'rejected', line, reason, masked: maskedAddress(address), original: address };
}
