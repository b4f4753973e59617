import { csvRows } from './csv.ts';
import type { KnownColumn } from './columns.ts';
import { formatOf, tableFormatOf } from './formats.ts';
import { gunzipped } from './gunzip.ts';
import type { DeliveryLine, ListedLine, RejectedLine, Source } from './lines.ts';
import { listedInFolder, listedInMail } from './mail.ts';
import { jsonRows } from './ndjson.ts';
import { deliveryLine, listedLine, type ReadRow } from './rows.ts';
import { listedInText } from './txt.ts';

export { isBareList, keepsItsNumbers } from './formats.ts';

export type ReadingOptions = {
  /** In a list of bare addresses: how many make a leaked batch, where no blank line ends it before. */
  batchSize?: number | undefined;
};

/**
 * Everybody a leaked mailing listed, in the order of the file and many at a time, read as it arrives: neither the file nor a
 * body is ever held. The ending of the name says how: `.mbox`, `.eml` and a folder of messages (every message is a leaked
 * batch, counted from 1), `.csv`, `.tsv`, `.ndjson`, `.txt`, each also behind `.gz`. A file that fails in the middle has
 * already given lines: what was made of them must be undone.
 *
 * @throws UnreadableSource when the whole file is refused.
 */
export function readLeakedMailing(
  source: Source,
  options: ReadingOptions = {},
): AsyncIterable<readonly (ListedLine | RejectedLine)[]> {
  const { format, gzipped } = formatOf(source.name);
  const plain = gzipped ? gunzipped(source) : source;
  if (format === 'folder') return listedInFolder(plain);
  if (format === 'mbox' || format === 'eml') return listedInMail(plain, { singleMessage: format === 'eml' });
  if (format === 'txt') return listedInText(plain, options.batchSize);
  return each(rowsOf(plain, format, ['address']), listedLine);
}

/** What a mailbox cannot say, from a table beside it. @throws UnreadableSource when the whole file is refused. */
export function readDeliveries(source: Source): AsyncIterable<readonly (DeliveryLine | RejectedLine)[]> {
  const { format, gzipped } = tableFormatOf(source.name);
  const plain = gzipped ? gunzipped(source) : source;
  return each(rowsOf(plain, format, ['address', 'batch']), deliveryLine);
}

function rowsOf(
  source: Source,
  format: 'csv' | 'tsv' | 'ndjson',
  anyOf: readonly KnownColumn[],
): AsyncIterable<ReadRow[]> {
  return format === 'ndjson' ? jsonRows(source) : csvRows(source, format === 'tsv' ? '\t' : ',', anyOf);
}

async function* each<Line>(
  blocks: AsyncIterable<ReadRow[]>,
  lineOf: (row: ReadRow) => Line,
): AsyncGenerator<Line[]> {
  for await (const rows of blocks) yield rows.map(lineOf);
}
