import type { ImportReport, SegmentCount } from '#db/schema/index.ts';
import type { BatchFigures } from './settling/batches.ts';
import type { Segment } from './segments.ts';
import { UNMATCHED, type Reading } from './reading/reading.ts';
import type { PeopleFigures } from './settling/settle.ts';

type Figures = {
  reading: Reading;
  batches: BatchFigures;
  people: PeopleFigures;
  /** Lines of the delivery file that found nobody. */
  unmatched: number;
  sealed: boolean;
  segments: readonly Segment[];
};

export function segmentCounts(segments: readonly Segment[], people: PeopleFigures): SegmentCount[] {
  return segments.map(({ name }, index) => ({ name, addresses: people.segments[index] ?? 0 }));
}

/** What an import came to, in counts. A line is a line of the mailing that names somebody, or tries to. */
export function importReport({
  reading,
  batches,
  people,
  unmatched,
  sealed,
  segments,
}: Figures): ImportReport {
  return {
    lines: reading.listed + reading.rejectedLines,
    leakedBatches: batches.batches,
    stoppedBatches: batches.stopped,
    listed: reading.listed,
    distinctAddresses: people.addresses,
    exposedAddresses: people.exposed,
    queuedNotSent: people.addresses - people.exposed,
    bounced: batches.bounced,
    duplicates: reading.listed - batches.copies,
    rejected: unmatched === 0 ? reading.rejected : { ...reading.rejected, [UNMATCHED]: unmatched },
    smallestBatch: batches.smallest,
    medianBatch: batches.median,
    largestBatch: batches.largest,
    containsName: people.named,
    sealed: sealed ? people.exposed : 0,
    ...(segments.length > 0 && { segments: segmentCounts(segments, people) }),
  };
}
