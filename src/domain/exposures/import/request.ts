import { createHash } from 'node:crypto';
import { StoreError, type Database } from '#db/client.ts';
import { NORM_VERSION } from '#src/text/email-address.ts';
import { newId } from '#src/text/ids.ts';
import { isSlug } from '#src/text/slug.ts';
import { DomainError } from '../../errors.ts';
import { findIncidentBySlug } from '../../incidents/queries.ts';
import type { Source } from '../readers/lines.ts';
import type { TargetIncident } from './list-row.ts';
import type { Reading, RejectInFull } from './reading/reading.ts';
import { folded, type Segment } from './segments.ts';

/** A year, and a day to be sure. */
export const SEAL_DAYS_MAX = 366;
/** `bytes`: of the files, as many as have been handed out to be read. `part` goes from 0 to 1. */
export type ImportProgress =
  { phase: 'reading'; lines: number; bytes: number } | { phase: 'counting' | 'writing'; part: number };

const DAY_MS = 86_400_000;
const SOURCE_NAME_MAX = 200;

export type ImportRequest = {
  /** Read one after the other, each once. */
  sources: Iterable<Source> | AsyncIterable<Source>;
  /** What a mailbox cannot say: who bounced, what was stopped, measures. Read before the sources. */
  delivery?: Source | undefined;
  incidentSlug: string;
  /** How many addresses of a list of bare ones make a leaked batch, where no blank line ends it before. */
  batchSize?: number | undefined;
  /** Opens the incident as an unpublished draft when there is none of this slug. */
  newTitle?: string | undefined;
  /** Keep the exposed people's addresses sealed until then, so that they can be told; or keep nothing but answers. */
  seal: { until: Date } | 'answer_only';
  /** At most eight: sealed once more for a mail to them alone. The columns they are made of are dropped. */
  segments?: readonly Segment[] | undefined;
  /** Reads and counts everything, and stores nothing. */
  dryRun: boolean;
  onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** Aborted, the import ends at once with the signal's reason, and nothing of it remains. */
  signal?: AbortSignal | undefined;
  /** Of the list, when there will be one. */
  listId?: string | undefined;
  /** Every refused line with what stands in it, for a file that is sealed to the operator. */
  onReject?: ((reject: RejectInFull) => void | Promise<void>) | undefined;
};

/** Somebody, or the end of the process, has ended an import before its end. */
export class ImportCancelled extends Error {
  override readonly name = 'ImportCancelled';
}

export async function targetIncident(db: Database, request: ImportRequest): Promise<TargetIncident> {
  const { incidentSlug: slug, newTitle } = request;
  const incident = await findIncidentBySlug(db, slug);
  if (incident && incident.nature !== 'data') {
    throw new DomainError(
      'conflict',
      `"${slug}" is a service incident, and a list of exposed addresses belongs to a data incident. Open one for the leak.`,
    );
  }
  if (incident) return { id: incident.id, slug };
  if (newTitle === undefined) {
    throw new DomainError(
      'not_found',
      `There is no incident "${slug}". Check the spelling, or use --new "Title" to open it as an unpublished draft.`,
    );
  }
  if (!isSlug(slug)) {
    throw new DomainError(
      'invalid',
      `"${slug}" cannot stand in an address of a page. Use a-z, 0-9 and single hyphens.`,
    );
  }
  return { id: newId(), slug, newTitle };
}

export function assertSealDate({ seal }: ImportRequest, now: Date): void {
  if (seal === 'answer_only') return;
  const days = (seal.until.getTime() - now.getTime()) / DAY_MS;
  if (days > 0 && days <= SEAL_DAYS_MAX) return;
  throw new DomainError(
    'invalid',
    `Sealed addresses can be kept until a date in the future, at most a year ahead. Choose another date, or keep answers only.`,
  );
}

/** SHA-256 (hex) over what decides the result: the files in their order, and the options that change it. */
export function sourceHash(
  reading: Reading,
  { delivery, seal, batchSize, segments = [] }: ImportRequest,
): string {
  const asked = segments.map(({ name, column, value }) => [name, folded(column), folded(value)]);
  const options = [
    seal !== 'answer_only',
    delivery !== undefined,
    ...(batchSize ? [batchSize] : []),
    ...(asked.length > 0 ? [asked] : []),
  ];
  const decisive = ['exposures/v1', NORM_VERSION, ...options, ...reading.files];
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex');
}

export function namesNobody(reading: Reading): DomainError {
  const reasons = Object.entries(reading.rejected).map(([reason, lines]) => `${lines} × ${reason}`);
  const refused = reasons.length === 0 ? '' : ` Refused lines: ${reasons.join('; ')}.`;
  return new DomainError(
    'invalid',
    `No address was found in ${sourceName(reading.names) || 'what was given'}; nothing was imported.${refused} Choose the file that lists the recipients.`,
  );
}

/** File names as they are shown; an address in one is left out. */
export function sourceName(names: readonly string[]): string {
  const shown = names.join(', ').replace(/[^\s,]*@[^\s,]*/g, '(address)');
  return shown.length > SOURCE_NAME_MAX ? `${shown.slice(0, SOURCE_NAME_MAX)}…` : shown;
}

export function refusalOf(error: unknown): unknown {
  if (error instanceof StoreError && error.code === 'unreachable') {
    return new DomainError(
      'unavailable',
      'The database stopped answering, and the import was given up. The list in force stays in force. Start the import again when the database is back; what is left of this one is cleared away then.',
    );
  }
  if (error instanceof StoreError && error.code === 'full') {
    return new DomainError(
      'unavailable',
      `${error.message} Nothing of this import remains; it can be done again.`,
    );
  }
  return error;
}
