import { parse } from 'csv-parse/sync';
import { type Source, UnreadableSource } from './lines.ts';
import { opened } from './opened.ts';
import { LINE_BYTES_MAX, LINE_ENDING, PlainText } from './plain-text.ts';
import { RecordCutter } from './record-cutter.ts';

/** One record of the file and the line it begins on; a quoted field may hold line breaks. */
export type CsvRecord = { line: number; fields: string[] };
export type Delimiter = ',' | '\t';

const CSV_OPTIONS = {
  columns: false,
  max_record_size: LINE_BYTES_MAX,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
  skip_empty_lines: false,
  trim: true,
};

/**
 * The records of a CSV file (RFC 4180: commas or tabs, double quotes, any line ending), blank ones left out, many at a time.
 * At most a chunk and a megabyte are held.
 *
 * @throws UnreadableSource naming the line: not UTF-8, a quotation mark out of place or never closed, a record over 1 MB.
 */
export async function* csvRecords(source: Source, delimiter: Delimiter): AsyncGenerator<CsvRecord[]> {
  const text = new PlainText(source.name);
  const cutter = new RecordCutter(source.name);
  const read = (bytes: Uint8Array): CsvRecord[] => {
    const { line } = cutter;
    const quoted = bytes.includes(QUOTE);
    const { read: records, nextLine } = recordsOf({
      name: source.name,
      line,
      text: text.read(bytes, line),
      delimiter,
      quoted,
    });
    cutter.line = nextLine;
    return records;
  };
  for await (const chunk of opened(source)) {
    const whole = cutter.push(chunk);
    if (whole) yield read(whole);
    cutter.assertBounded();
  }
  const rest = cutter.end();
  if (rest) yield read(rest);
}

const QUOTE = 0x22;

/** Only within quotation marks a record goes on over lines. */
type Block = { name: string; line: number; text: string; delimiter: Delimiter; quoted: boolean };

function recordsOf(block: Block): { read: CsvRecord[]; nextLine: number } {
  const read: CsvRecord[] = [];
  let line = block.line;
  for (const fields of parsed(block)) {
    if (fields.some((field) => field !== '')) read.push({ line, fields });
    line += block.quoted ? linesIn(fields) : 1;
  }
  return { read, nextLine: line };
}

function parsed({ name, line, text, delimiter }: Block): string[][] {
  try {
    return parse(text, { ...CSV_OPTIONS, delimiter });
  } catch {
    // The parser's own message would repeat the field, which may be an address.
    throw notParsed(name, lineOfFailure(text, line, delimiter));
  }
}

function notParsed(name: string, line: number): UnreadableSource {
  return new UnreadableSource(
    name,
    line,
    'a quotation mark stands inside a field, or the record is longer than 1 MB. Quote the whole field and double the marks in it.',
  );
}

/** Read again, counting the lines of the records before the one that fails. */
function lineOfFailure(text: string, first: number, delimiter: Delimiter): number {
  let line = first;
  try {
    parse(text, {
      ...CSV_OPTIONS,
      delimiter,
      on_record: (fields: string[]) => {
        line += linesIn(fields);
        return null;
      },
    });
  } catch {
    return line;
  }
  return first;
}

function linesIn(fields: readonly string[]): number {
  let lines = 1;
  for (const field of fields) lines += field.match(LINE_ENDING)?.length ?? 0;
  return lines;
}
