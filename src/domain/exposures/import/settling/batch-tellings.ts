import type { Measures } from '../../rules.ts';
import type { Batches } from './batches.ts';
import { FATES, joinedFate } from '../fates.ts';
import type { Line } from './record.ts';

/** Every one is held in memory. */
const TELLINGS_MAX = 1_000_000;

type Telling = Pick<Line, 'batchNo' | 'fate' | 'sentAt' | 'measures' | 'segments'>;

export type BatchTelling = {
  lines: number;
  /** What its lines say together, or 0 where none says anything. */
  said: number;
  /** Milliseconds; NaN where nothing is said. */
  sentAt: number;
  measures: Measures[];
  segments: number;
};

/** What a delivery file tells of whole batches. */
export class BatchTellings {
  readonly #of = new Map<number, BatchTelling>();
  #lines = 0;

  /** @throws RangeError when there are more than memory is meant for. */
  tell({ batchNo, fate, sentAt, measures, segments }: Telling): void {
    this.#lines += 1;
    if (this.#lines > TELLINGS_MAX) {
      throw new RangeError(
        'The delivery file tells of whole batches in more than a million lines. Give it a line for each address, or leave out what is the same.',
      );
    }
    const telling = this.#of.get(batchNo) ?? {
      lines: 0,
      said: 0,
      sentAt: Number.NaN,
      measures: [],
      segments: 0,
    };
    this.#of.set(batchNo, telling);
    telling.lines += 1;
    telling.segments |= segments;
    if (fate !== FATES.unknown) {
      telling.said |= fate;
      telling.sentAt = earlier(telling.sentAt, sentAt);
    }
    if (measures !== undefined) telling.measures.push(JSON.parse(measures) as Measures);
  }

  of(batchNo: number): BatchTelling | undefined {
    return this.#of.get(batchNo);
  }

  /** How many lines tell of a batch that is not there. */
  unmatched(batches: Batches): number {
    let lines = 0;
    for (const [batchNo, telling] of this.#of) if (!batches.has(batchNo)) lines += telling.lines;
    return lines;
  }
}

/** What is told as a fate, or 0 where nothing is. */
export function toldFate(said: number): number {
  return said === 0 ? 0 : joinedFate(said);
}

/** Of two moments in milliseconds; NaN is none. */
export function earlier(one: number, other: number): number {
  if (Number.isNaN(one)) return other;
  return other < one ? other : one;
}
