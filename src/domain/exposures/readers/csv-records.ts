import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { type Source, UnreadableSource } from './lines.ts';
import { joined, NOT_UTF8_PROBLEM, NUL_PROBLEM, opened } from './opened.ts';

/** One record of the file and the line it begins on; a quoted field may hold line breaks. */
export type CsvRecord = { line: number; fields: string[] };

const RECORD_BYTES_MAX = 1_000_000;

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

const CSV_OPTIONS = {
  columns: false,
  max_record_size: RECORD_BYTES_MAX,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
  skip_empty_lines: false,
  trim: true,
};

/**
 * The records of a CSV file (RFC 4180: commas, double quotes, any line ending), blank ones left out. At most a chunk and a
 * megabyte are held.
 *
 * @throws UnreadableSource naming the line: not UTF-8, a quotation mark out of place or never closed, a record over 1 MB.
 */
export async function* csvRecords(source: Source): AsyncGenerator<CsvRecord> {
  for await (const block of wholeRecords(source)) {
    let line = block.line;
    for (const fields of parsedBlock(source.name, block)) {
      if (fields.some((field) => field !== '')) yield { line, fields };
      line += linesIn(fields);
    }
  }
}

type Block = { line: number; bytes: Uint8Array };

/** The file cut between records, so that each piece can be read alone and every line keeps its number. */
async function* wholeRecords(source: Source): AsyncGenerator<Block> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let line = 1;
  let blockLine = 1;
  let quoteLine: number | undefined;
  let afterCr = false;

  for await (const chunk of opened(source)) {
    let cutAt = 0;
    let cutLine = blockLine;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === QUOTE) quoteLine = quoteLine === undefined ? line : undefined;
      else if (byte === 0) throw new UnreadableSource(source.name, line, NUL_PROBLEM);
      else if (byte === CR || (byte === LF && !afterCr)) line += 1;
      // A CR at the very end waits for its LF.
      const ends = byte === LF || (byte === CR && at + 1 < chunk.length && chunk[at + 1] !== LF);
      if (ends && quoteLine === undefined) {
        cutAt = at + 1;
        cutLine = line;
      }
      afterCr = byte === CR;
    }
    if (cutAt > 0) {
      yield { line: blockLine, bytes: joined([...pending, chunk.subarray(0, cutAt)]) };
      [pending, pendingBytes, blockLine] = [[], 0, cutLine];
    }
    pending.push(chunk.slice(cutAt));
    pendingBytes += chunk.length - cutAt;
    if (pendingBytes > RECORD_BYTES_MAX) throw tooLong(source.name, blockLine, quoteLine);
  }
  if (quoteLine !== undefined) throw neverClosed(source.name, quoteLine);
  if (pendingBytes > 0) yield { line: blockLine, bytes: joined(pending) };
}

function parsedBlock(name: string, block: Block): string[][] {
  if (!isUtf8(block.bytes)) throw new UnreadableSource(name, firstLineNotUtf8(block), NOT_UTF8_PROBLEM);
  try {
    return parse(block.bytes, CSV_OPTIONS);
  } catch {
    // The parser's own message would repeat the field, which may be an address.
    throw new UnreadableSource(
      name,
      lineOfFailure(block),
      'a quotation mark stands inside a field, or the record is longer than 1 MB. Quote the whole field and double the marks in it.',
    );
  }
}

/** Read again, counting the lines of the records before the one that fails. */
function lineOfFailure(block: Block): number {
  let line = block.line;
  try {
    parse(block.bytes, {
      ...CSV_OPTIONS,
      on_record: (fields: string[]) => {
        line += linesIn(fields);
        return null;
      },
    });
  } catch {
    return line;
  }
  return block.line;
}

function firstLineNotUtf8(block: Block): number {
  let line = block.line;
  let from = 0;
  for (let at = block.bytes.indexOf(LF); at !== -1; at = block.bytes.indexOf(LF, from)) {
    if (!isUtf8(block.bytes.subarray(from, at))) break;
    line += 1;
    from = at + 1;
  }
  return line;
}

function linesIn(fields: readonly string[]): number {
  return fields.reduce((lines, field) => lines + (field.match(/\r\n|\r|\n/g)?.length ?? 0), 1);
}

function neverClosed(name: string, line: number): UnreadableSource {
  return new UnreadableSource(
    name,
    line,
    'the quotation mark that opens here is never closed. Close it, or double it if it is part of the text.',
  );
}

function tooLong(name: string, recordLine: number, quoteLine: number | undefined): UnreadableSource {
  if (quoteLine !== undefined) return neverClosed(name, quoteLine);
  return new UnreadableSource(
    name,
    recordLine,
    'this line is longer than 1 MB. Is it a CSV file with a record on each line?',
  );
}
