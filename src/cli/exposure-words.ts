import type { ImportReport, ListDifference } from '#db/schema/index.ts';
import type { ExposureList } from '#src/domain/exposures/queries.ts';
import { formatMoment } from '#src/text/dates.ts';

const figure = new Intl.NumberFormat('en');
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

const signed = new Intl.NumberFormat('en', { signDisplay: 'exceptZero' });
const NAMED = '    that contain a name';

/** The figures of an import, a line each. */
export function reportLines(report: ImportReport): string[] {
  const line = (label: string, count: number, note = '') =>
    `${label.padEnd(36)}${figure.format(count).padStart(12)}${note && `  ${note}`}`;
  const share = report.exposedAddresses === 0 ? 0 : report.containsName / report.exposedAddresses;
  return figuresOf(report).map(([label, count]) =>
    line(label, count, label === NAMED ? `(${percent.format(share)})` : ''),
  );
}

/** The same figures of the list in force and of a draft, side by side, with what the draft would change. */
export function diffLines(inForce: ImportReport, draft: ImportReport): string[] {
  const reasons = [...new Set([...Object.keys(inForce.rejected), ...Object.keys(draft.rejected)])];
  const segments = [
    ...new Set([inForce, draft].flatMap((report) => (report.segments ?? []).map(({ name }) => name))),
  ];
  const before = figuresOf(withRows(inForce, reasons, segments));
  const row = (label: string, cells: readonly string[]) =>
    label.padEnd(36) + cells.map((cell) => cell.padStart(12)).join('');
  return [
    row('', ['in force', 'draft', 'difference']),
    ...figuresOf(withRows(draft, reasons, segments)).map(([label, count], index) => {
      const old = before[index]?.[1] ?? 0;
      return row(label, [figure.format(old), figure.format(count), signed.format(count - old)]);
    }),
  ];
}

/** For how many addresses a draft changes the answer. Every address of either list is in one of these lines. */
export function changeLines({ counts, version }: ListDifference): string[] {
  if (!counts) {
    return [
      `The draft rests on another key than version ${version}, so nobody can tell which address of one is which of the other: hold the figures of the two against each other, and think of everybody’s answer as changed.`,
    ];
  }
  const line = (label: string, count: number) => label.padEnd(36) + figure.format(count).padStart(12);
  return [
    line('newly exposed', counts.newlyExposed),
    line('no longer exposed', counts.nowQueued + counts.gone),
    line('  now queued, not sent', counts.nowQueued),
    line('  gone from the list', counts.gone),
    line('changed answer', counts.otherMessages + counts.otherFigures),
    line('  other messages', counts.otherMessages),
    line('  other figures or measures', counts.otherFigures),
    line('newly queued, not sent', counts.newlyQueued),
    line('no longer queued, gone from the list', counts.queuedGone),
    line('unchanged', counts.unchanged),
  ];
}

/** The same reasons and segments in both, so that their figures stand in the same lines. */
function withRows(
  report: ImportReport,
  reasons: readonly string[],
  segments: readonly string[],
): ImportReport {
  const counted = new Map(report.segments?.map(({ name, addresses }) => [name, addresses]));
  return {
    ...report,
    rejected: Object.fromEntries(reasons.map((reason) => [reason, report.rejected[reason] ?? 0])),
    segments: segments.map((name) => ({ name, addresses: counted.get(name) ?? 0 })),
  };
}

function figuresOf(report: ImportReport): [label: string, count: number][] {
  const rejected = Object.entries(report.rejected);
  const line = (label: string, count: number): [string, number] => [label, count];
  return [
    line('messages', report.leakedBatches),
    line('  stopped before they left', report.stoppedBatches),
    line('  addresses in the smallest', report.smallestBatch),
    line('  in the median one', report.medianBatch),
    line('  in the largest', report.largestBatch),
    line('lines read', report.lines),
    line('  that gave an address', report.listed),
    line('  repeated within a message', report.duplicates),
    line(
      '  refused',
      rejected.reduce((total, [, lines]) => total + lines, 0),
    ),
    ...rejected.map(([reason, lines]) => line(`    ${reason}`, lines)),
    line('distinct addresses', report.distinctAddresses),
    line('  exposed', report.exposedAddresses),
    line(NAMED, report.containsName),
    line('  queued, not sent', report.queuedNotSent),
    line('copies that bounced', report.bounced),
    line('addresses kept sealed', report.sealed),
    ...(report.segments ?? []).map(({ name, addresses }) => line(`  segment: ${name}`, addresses)),
  ];
}

/** Which list, in the middle of a sentence. */
export function listTitle({ incident, version, id }: ExposureList): string {
  return `version ${version} of the list of "${incident.slug}" (${id})`;
}

/** In UTC, as the terminal knows no site. */
export function momentOf(date: Date): string {
  return formatMoment(date, 'UTC').text;
}
