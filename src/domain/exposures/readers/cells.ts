import type { Delivered } from './lines.ts';

/** A cell that says nothing is undefined; one that cannot be read is a reason. */
type Cell<T> = { ok: true; value: T } | { ok: false; reason: string };

const MEASURE_CHARACTERS_MAX = 500;

export const CELL_REFUSALS = {
  batch: 'its batch is not a whole number from 1 to 999999999',
  delivered: 'its delivered is none of yes, no, true, false, sent, bounced, stopped or blank',
  sentAt: 'its sent_at is not a date and time with a zone, such as 2019-11-01T06:00:00Z',
  measure: `one of its measures is longer than ${MEASURE_CHARACTERS_MAX} characters`,
  tooManyFields: 'it has more fields than the header row names',
  nothingNamed: 'it names neither an address nor a batch',
  notObject: 'it is not a JSON object',
  notPlain: 'one of its fields holds a list or an object instead of plain text',
} as const;

/** A copy that was sent and not taken in still showed the others: `no` and `false` mean bounced, only `stopped` means not sent. */
const DELIVERED = new Map<string, Delivered>([
  ['', 'unknown'],
  ['yes', 'yes'],
  ['true', 'yes'],
  ['sent', 'yes'],
  ['no', 'bounced'],
  ['false', 'bounced'],
  ['bounced', 'bounced'],
  ['stopped', 'stopped'],
]);

const UNKNOWN: Cell<Delivered> = { ok: true, value: 'unknown' };
const NO_BATCH: Cell<number | undefined> = { ok: true, value: undefined };

export function deliveredCell(text: string): Cell<Delivered> {
  if (text === '') return UNKNOWN;
  const value = DELIVERED.get(text.toLowerCase());
  return value ? { ok: true, value } : refused('delivered');
}

export function batchCell(text: string): Cell<number | undefined> {
  if (text === '') return NO_BATCH;
  return /^[1-9]\d{0,8}$/.test(text) ? { ok: true, value: Number(text) } : refused('batch');
}

const MOMENT_WITH_ZONE =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}:?\d{2})$/i;

export function sentAtCell(text: string): Cell<Date | undefined> {
  if (text === '') return { ok: true, value: undefined };
  const [, day = '', time = '', zone = ''] = MOMENT_WITH_ZONE.exec(text) ?? [];
  const offset = zone.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const moment = new Date(`${day}T${time}${offset}`);
  return exists(day) && !Number.isNaN(moment.getTime()) ? { ok: true, value: moment } : refused('sentAt');
}

/** The same for cell after cell: a mailing's lines say few moments, each many times. */
export function sentAtCells(): (text: string) => Cell<Date | undefined> {
  let last = '';
  let read = sentAtCell(last);
  return (text) => {
    if (text !== last) {
      last = text;
      read = sentAtCell(text);
    }
    return read;
  };
}

/** 31 February would otherwise become 3 March. */
function exists(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

/** Blank cells are left out. */
export function measureCells(
  columns: readonly { name: string; index: number }[],
  fields: readonly string[],
): Cell<Record<string, string>> {
  if (columns.length === 0) return { ok: true, value: {} };
  const measures: [string, string][] = [];
  for (const { name, index } of columns) {
    const text = fields[index] ?? '';
    if (text.length > MEASURE_CHARACTERS_MAX) return refused('measure');
    if (text !== '') measures.push([name, text]);
  }
  return { ok: true, value: Object.fromEntries(measures) };
}

function refused(refusal: keyof typeof CELL_REFUSALS): { ok: false; reason: string } {
  return { ok: false, reason: CELL_REFUSALS[refusal] };
}
