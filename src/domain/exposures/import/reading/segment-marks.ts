import type { BlockLine } from '../block.ts';
import { folded, type Segment } from '../segments.ts';

/** Texts of a column that are looked up as they are written; more than that each take a little longer. */
const WRITTEN_MAX = 1000;

/** What one column says of segments. `written`: the bits of values as they stand in a file. */
type Column = {
  segments: string[];
  bits: Map<string, number>;
  written: Map<string, number>;
  found: boolean;
};

/**
 * Turns the attributes of lines into marks, a bit for each segment, and takes their columns out of the measures: behind this
 * nobody knows what a line said.
 */
export class SegmentMarks {
  readonly #columns = new Map<string, Column>();
  /** By the name as a file writes it; undefined: a measure like any other. */
  readonly #named = new Map<string, Column | undefined>();

  constructor(segments: readonly Segment[]) {
    for (const [index, { name, column, value }] of segments.entries()) {
      const known: Column = this.#columns.get(folded(column)) ?? {
        segments: [],
        bits: new Map(),
        written: new Map(),
        found: false,
      };
      this.#columns.set(folded(column), known);
      known.segments.push(name);
      known.bits.set(folded(value), (known.bits.get(folded(value)) ?? 0) | (1 << index));
    }
  }

  mark(line: Pick<BlockLine, 'measures' | 'segments'>): void {
    let marks = 0;
    let dropped = false;
    const kept: [string, string][] = [];
    for (const name in line.measures) {
      const text = line.measures[name] as string;
      const column = this.#columnOf(name);
      if (column) {
        dropped = true;
        column.found = true;
        marks |= bitsOf(column, text);
      } else kept.push([name, text]);
    }
    if (!dropped) return;
    line.segments = marks;
    line.measures = kept.length === 0 ? {} : Object.fromEntries(kept);
  }

  /** Names of segments in whose column no line had anything. */
  withoutColumn(): string[] {
    return [...this.#columns.values()].flatMap(({ segments, found }) => (found ? [] : segments));
  }

  #columnOf(name: string): Column | undefined {
    // A file that is refused for its many measures has named no more than a few.
    if (!this.#named.has(name)) this.#named.set(name, this.#columns.get(folded(name)));
    return this.#named.get(name);
  }
}

function bitsOf({ bits, written }: Column, text: string): number {
  const known = written.get(text);
  if (known !== undefined) return known;
  const found = bits.get(folded(text)) ?? 0;
  if (written.size < WRITTEN_MAX) written.set(text, found);
  return found;
}
