import { DomainError } from '../../errors.ts';
import { findKnownColumn } from '../readers/columns.ts';

/** A bit for each in one byte. */
export const SEGMENTS_MAX = 8;
const NAME_CHARACTERS_MAX = 60;
const COLUMN_CHARACTERS_MAX = 100;
const VALUE_CHARACTERS_MAX = 500;

/** Those of the exposed people in whose lines a column has this value. The column itself is kept nowhere. */
export type Segment = { name: string; column: string; value: string };

type Refused = { ok: false; reason: string };
type ReadSegment = { ok: true; segment: Segment } | Refused;
export type ReadSegments = { ok: true; segments: Segment[] } | Refused;

/** Letters, digits and what stands between words. */
const PLAIN_WORDS = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} '’().,&/+-]*$/u;

/** From `NAME: column=value`, as it is typed. The reason repeats nothing of it: somebody may have pasted an address. */
function parseSegment(text: string): ReadSegment {
  const [, name = '', column = '', value = ''] = /^([^:]*):([^=]*)=(.*)$/su.exec(text.normalize('NFC')) ?? [];
  const segment = { name: name.trim(), column: column.trim(), value: value.trim() };
  const reason = refusal(segment);
  return reason === undefined ? { ok: true, segment } : { ok: false, reason };
}

function refusal({ name, column, value }: Segment): string | undefined {
  if (name === '' || column === '' || value === '') {
    return 'A segment is written as NAME: column=value, for example “Reset by us: two factors=no”. A blank cell is no value: write it out in the file.';
  }
  if (name.length > NAME_CHARACTERS_MAX || !PLAIN_WORDS.test(name)) {
    return `Name a segment in plain words, of at most ${NAME_CHARACTERS_MAX} characters and without an address.`;
  }
  if (column.length > COLUMN_CHARACTERS_MAX || value.length > VALUE_CHARACTERS_MAX || column.includes('@')) {
    return 'The column of a segment, or its value, is no text that a file can have there. Write the column as the first row names it.';
  }
  const known = findKnownColumn(column);
  if (known !== undefined) {
    return `The column “${known}” is needed for the list itself, so that no segment can be made of it. Name another column.`;
  }
  return undefined;
}

/** All of an import, in the order of their bits. */
export function parseSegments(texts: readonly string[]): ReadSegments {
  const segments: Segment[] = [];
  for (const text of texts) {
    const read = parseSegment(text);
    if (!read.ok) return read;
    segments.push(read.segment);
  }
  const reason = refusedTogether(segments);
  return reason === undefined ? { ok: true, segments } : { ok: false, reason };
}

function refusedTogether(segments: readonly Segment[]): string | undefined {
  if (segments.length > SEGMENTS_MAX) return `At most ${SEGMENTS_MAX} segments can be made of one list.`;
  const names = new Set(segments.map(({ name }) => folded(name)));
  if (names.size < segments.length) return 'Two segments have the same name. Give each its own.';
  return undefined;
}

/** Of an attribute nothing but the sealed addresses of its segment remains, so that without them there is none. */
export const UNSEALED =
  'Segments are made of sealed addresses, and none are kept. Seal the addresses, or leave out the segments.';

/** @throws DomainError `invalid` before anything is read. */
export function assertSegments(segments: readonly Segment[], sealed: boolean): void {
  if (segments.length === 0) return;
  const reason = sealed ? (segments.map(refusal).find(Boolean) ?? refusedTogether(segments)) : UNSEALED;
  if (reason !== undefined) throw new DomainError('invalid', `${reason} Nothing was read.`);
}

/**
 * The message names the segment: columns are kept nowhere, and why an import was refused is.
 *
 * @throws DomainError `invalid` when there is nothing in the column of a segment: then it is misspelt.
 */
export function assertColumnsFound(withoutColumn: readonly string[]): void {
  if (withoutColumn.length === 0) return;
  const names = withoutColumn.map((name) => `“${name}”`).join(', ');
  throw new DomainError(
    'invalid',
    `No file has anything in the column that the segment ${names} is made of. Nothing was imported. Write the column as the first row of the file names it.`,
  );
}

/** Names of columns, and values, are the same in any case. */
export function folded(text: string): string {
  return text.trim().normalize('NFC').toLowerCase();
}
