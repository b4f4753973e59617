import { batchCell, CELL_REFUSALS, deliveredCell, measureCells, sentAtCells } from './cells.ts';
import { findKnownColumn, type KnownColumn, MEASURES_MAX, refusedMeasureName } from './columns.ts';
import { type Source, UnreadableSource } from './lines.ts';
import { EMPTY_PROBLEM } from './opened.ts';
import type { ReadRow, Row } from './rows.ts';
import { textLines } from './text-lines.ts';

/**
 * The records of NDJSON, an object on each line with the fields that a table has as columns, many at a time. Numbers and
 * true or false stand for the same text; null and an absent field for a blank cell.
 *
 * @throws UnreadableSource
 */
export async function* jsonRows(source: Source): AsyncGenerator<ReadRow[]> {
  const reader = new JsonReader(source.name);
  for await (const { first, lines, cut } of textLines(source)) {
    const rows: ReadRow[] = [];
    for (const [index, text] of lines.entries()) {
      if (text.trim() === '') continue;
      rows.push(reader.read(text, first + index, cut && index === lines.length - 1));
    }
    if (rows.length > 0) yield rows;
  }
  if (!reader.begun) throw new UnreadableSource(source.name, undefined, EMPTY_PROBLEM);
}

type Cells = {
  known: Partial<Record<KnownColumn, string>>;
  names: { name: string; index: number }[];
  texts: string[];
};

class JsonReader {
  begun = false;
  readonly #name: string;
  /** Every name of a measure that occurred, by its lower case. */
  readonly #measureNames = new Map<string, string>();
  /** What every name of a field stands for, as it is written. */
  readonly #columns = new Map<string, { known: KnownColumn | undefined }>();
  readonly #sentAtCell = sentAtCells();

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws UnreadableSource */
  read(text: string, line: number, cut: boolean): ReadRow {
    const record = objectOf(text);
    if (!record && cut) {
      throw new UnreadableSource(
        this.#name,
        line,
        'the file ends in the middle of a record: it is cut off. Export it again and import the whole file.',
      );
    }
    if (!record && !this.begun) {
      throw new UnreadableSource(
        this.#name,
        line,
        'this is no NDJSON, which holds a JSON object such as {"address":"…","batch":1} on each line. Convert the file.',
      );
    }
    this.begun = true;
    if (!record) return { line, address: text, row: CELL_REFUSALS.notObject };
    const cells = this.#cellsOf(record, line);
    if (!cells) return { line, address: plainText(record['address']) ?? '', row: CELL_REFUSALS.notPlain };
    return { line, address: cells.known.address ?? '', row: this.#rowOf(cells) };
  }

  #cellsOf(record: object, line: number): Cells | undefined {
    const cells: Cells = { known: {}, names: [], texts: [] };
    for (const [name, value] of Object.entries(record)) {
      const text = plainText(value);
      if (text === undefined) return undefined;
      const known = this.#columnOf(name, line);
      if (known === undefined) {
        cells.names.push({ name, index: cells.texts.push(text.trim()) - 1 });
      } else if (cells.known[known] === undefined) cells.known[known] = text.trim();
      else
        throw new UnreadableSource(
          this.#name,
          line,
          `two fields are named “${known}”. Give each its own name.`,
        );
    }
    return cells;
  }

  #rowOf({ known, names, texts }: Cells): Row | string {
    const batch = batchCell(known.batch ?? '');
    if (!batch.ok) return batch.reason;
    const delivered = deliveredCell(known.delivered ?? '');
    if (!delivered.ok) return delivered.reason;
    const sentAt = this.#sentAtCell(known.sent_at ?? '');
    if (!sentAt.ok) return sentAt.reason;
    const measures = measureCells(names, texts);
    if (!measures.ok) return measures.reason;
    return {
      batchNo: batch.value,
      delivered: delivered.value,
      sentAt: sentAt.value,
      measures: measures.value,
    };
  }

  #columnOf(name: string, line: number): KnownColumn | undefined {
    const seen = this.#columns.get(name);
    if (seen !== undefined) return seen.known;
    const known = findKnownColumn(name);
    if (known === undefined) this.#addMeasure(name, line);
    this.#columns.set(name, { known });
    return known;
  }

  #addMeasure(name: string, line: number): void {
    const lowered = name.toLowerCase();
    const seen = this.#measureNames.get(lowered);
    const refuse = (problem: string) => new UnreadableSource(this.#name, line, problem);
    const refused = refusedMeasureName(name);
    if (refused) throw refuse(refused);
    if (seen !== undefined)
      throw refuse(`a field is named “${name}” here and “${seen}” before. Name it alike.`);
    this.#measureNames.set(lowered, name);
    if (this.#measureNames.size > MEASURES_MAX)
      throw refuse(`with this line there are more than ${MEASURES_MAX} measures. Remove the others.`);
  }
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // The parser's own message would repeat the text, which may be an address.
    return undefined;
  }
}

function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
