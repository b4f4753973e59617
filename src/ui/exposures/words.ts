import type { ImportReport, ListDifference } from '#db/schema/index.ts';
import { containsNameShare, type BatchSizes, type ExportedFigures } from '#src/domain/exposures/figures.ts';
import type { CsvCell } from '#src/text/csv.ts';

export type FigureRow = { label: string; count: number; part?: true };

const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** The figures of an import, in the order in which somebody checks them. */
export function figureRows(report: ImportReport): FigureRow[] {
  const { exposedAddresses, containsName } = report;
  const share = containsNameShare(report);
  const refused = Object.entries(report.rejected);
  const segments = report.segments ?? [];
  return [
    { label: 'Messages', count: report.leakedBatches },
    { label: 'stopped before they left', count: report.stoppedBatches, part: true },
    { label: 'addresses in the smallest', count: report.smallestBatch, part: true },
    { label: 'addresses in the median one', count: report.medianBatch, part: true },
    { label: 'addresses in the largest', count: report.largestBatch, part: true },
    { label: 'Distinct addresses', count: report.distinctAddresses },
    { label: 'exposed', count: exposedAddresses, part: true },
    { label: `exposed and containing a name (${percent.format(share)})`, count: containsName, part: true },
    { label: 'queued, not sent', count: report.queuedNotSent, part: true },
    { label: 'Copies that bounced', count: report.bounced },
    { label: 'Addresses kept sealed', count: report.sealed },
    ...segments.map(({ name, addresses }) => ({
      label: `segment: ${name}`,
      count: addresses,
      part: true as const,
    })),
    { label: 'Lines read', count: report.lines },
    { label: 'repeated within a message', count: report.duplicates, part: true },
    ...refused.map(([reason, count]) => ({ label: `refused: ${reason}`, count, part: true as const })),
  ];
}

/** One bar: its part of the whole is as long as its count. */
export type Bar = { label: string; count: number; note?: string | undefined };

/** How many messages had how many addresses. */
export function batchSizeBars(sizes: readonly BatchSizes[]): Bar[] {
  return sizes.map(({ messages, stopped, ...range }) => ({
    label: rangeLabel(range),
    count: messages,
    note: stopped > 0 ? `stopped before they left: ${stopped.toLocaleString('en')}` : undefined,
  }));
}

/** How many of the exposed addresses tell a name. */
export function nameBars({ exposedAddresses, containsName }: ImportReport): Bar[] {
  return [
    { label: 'Contain a name', count: containsName },
    { label: 'Do not', count: exposedAddresses - containsName },
  ];
}

/** Why lines were refused, the most frequent reason first. */
export function rejectBars({ rejected }: ImportReport): Bar[] {
  return Object.entries(rejected)
    .map(([label, count]) => ({ label, count }))
    .sort((a, b) => b.count - a.count);
}

function rangeLabel({ from, to }: { from: number; to: number }): string {
  const figure = (count: number) => count.toLocaleString('en');
  return from === to ? figure(from) : `${figure(from)} to ${figure(to)}`;
}

/** All figures as rows of a table: what is counted, and how many. */
export function exportedRows({
  incident,
  version,
  state,
  figures,
  batchSizes,
  ...list
}: ExportedFigures): CsvCell[][] {
  const { rejected, segments = [], ...counts } = figures;
  return [
    ['figure', 'value'],
    ['incident', incident.title],
    ['version', version],
    ['state', state],
    ['imported at', list.importedAt.toISOString()],
    ['SHA-256 of what was read', list.sourceHash ?? ''],
    ...Object.entries(counts).map(([name, count]): CsvCell[] => [spaced(name), count]),
    ...segments.map(({ name, addresses }): CsvCell[] => [`segment: ${name}`, addresses]),
    ...Object.entries(rejected).map(([reason, count]): CsvCell[] => [`refused: ${reason}`, count]),
    ...batchSizes.flatMap(({ messages, stopped, from, to }): CsvCell[][] => [
      [`messages with ${from} to ${to} addresses`, messages],
      [`of these stopped, with ${from} to ${to} addresses`, stopped],
    ]),
  ];
}

/** leakedBatches: leaked batches. */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** For whom the answer changes, those first who learn the worst. Every address of either list is in one row. */
export function differenceRows(counts: NonNullable<ListDifference['counts']>): FigureRow[] {
  return [
    { label: 'Newly exposed', count: counts.newlyExposed },
    { label: 'No longer exposed', count: counts.nowQueued + counts.gone },
    { label: 'now queued, not sent', count: counts.nowQueued, part: true },
    { label: 'gone from the list', count: counts.gone, part: true },
    { label: 'Changed answer', count: counts.otherMessages + counts.otherFigures },
    { label: 'other messages', count: counts.otherMessages, part: true },
    { label: 'other figures or measures', count: counts.otherFigures, part: true },
    { label: 'Newly queued, not sent', count: counts.newlyQueued },
    { label: 'No longer queued, gone from the list', count: counts.queuedGone },
    { label: 'Unchanged', count: counts.unchanged },
  ];
}

/** What each state means for the people in the list and out of it. */
export const stateHints = {
  loading: 'It is being read.',
  draft: 'It answers nobody yet.',
  applied: 'People in it are told so. All others are told that we do not know yet.',
  closed: 'People in it are told so. All others are told that they were not exposed.',
  superseded: 'A newer version has taken its place.',
} as const;
