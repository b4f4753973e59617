import { UnreadableSource } from './lines.ts';

export type Format = 'mbox' | 'eml' | 'csv' | 'tsv' | 'ndjson' | 'txt' | 'folder';

const FORMATS = new Map<string, Format>([
  ['mbox', 'mbox'],
  ['eml', 'eml'],
  ['csv', 'csv'],
  ['tsv', 'tsv'],
  ['ndjson', 'ndjson'],
  ['jsonl', 'ndjson'],
  ['txt', 'txt'],
]);

/** What a file picker offers. */
export const FILE_ENDINGS = [...[...FORMATS.keys()].map((ending) => `.${ending}`), '.gz'] as const;

/**
 * What a name says of the bytes. `.eml` may hold a mailbox, which is seen in its first line; a mailbox is often a file
 * without an ending, named `mbox`.
 *
 * @throws UnreadableSource for an ending that says something else, and for `.gz` in `.gz`.
 */
export function formatOf(name: string): { format: Format; gzipped: boolean } {
  const found = findFormat(name);
  if (found.format !== undefined) return { format: found.format, gzipped: found.gzipped };
  throw new UnreadableSource(
    name,
    undefined,
    found.ending === 'gz'
      ? 'it is compressed twice. Unpack it once and import what comes out.'
      : 'only .mbox, .eml, .csv, .tsv, .ndjson and .txt can be read, each also as .gz. Convert the file, or give it its right ending.',
  );
}

/** The same, of a file that tells about deliveries: a table whatever it is called. */
export function tableFormatOf(name: string): { format: 'csv' | 'tsv' | 'ndjson'; gzipped: boolean } {
  const { format, gzipped } = findFormat(name);
  return { format: format === 'tsv' || format === 'ndjson' ? format : 'csv', gzipped };
}

/** Whether each line says its own leaked batch. In the other formats batches are counted, on from one file to the next. */
export function keepsItsNumbers(name: string): boolean {
  const { format } = findFormat(name);
  return format === 'csv' || format === 'tsv' || format === 'ndjson';
}

/** Whether the name is one of a list of bare addresses, which alone can be cut into batches of a size. */
export function isBareList(name: string): boolean {
  return findFormat(name).format === 'txt';
}

function findFormat(name: string): { format: Format | undefined; ending: string; gzipped: boolean } {
  if (name.endsWith('/')) return { format: 'folder', ending: '', gzipped: false };
  const gzipped = /\.gz$/i.test(name);
  const unpacked = gzipped ? name.slice(0, -'.gz'.length) : name;
  const ending = /\.([A-Za-z0-9]{1,10})$/.exec(unpacked)?.[1]?.toLowerCase() ?? 'mbox';
  return { format: FORMATS.get(ending), ending, gzipped };
}
