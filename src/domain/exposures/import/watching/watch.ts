import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '#db/client.ts';
import type { ImportFile } from '#db/schema/index.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import type { StaffMember } from '../../../actors.ts';
import { shownName, type Source } from '../../readers/lines.ts';
import { importExposures, type ImportOutcome } from '../import-exposures.ts';
import type { ImportThreads } from '../import-threads.ts';
import { importMeter } from '../progress.ts';
import type { Reject } from '../reading/reading.ts';
import { ImportCancelled, type ImportRequest } from '../request.ts';
import { touchRow, type Ending } from './row.ts';

const TOUCH_MS = 1000;
const ASKED_TO_END = 'Nothing was imported, and nothing of it is left.';
const BROKE_OFF =
  'The upload ended before everything had arrived: the page was left, or the connection broke. Nothing was imported. Start it again, and choose the files again.';

type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** What imports that are watched work with, as long as the process lives. */
export type Place = {
  store: Store;
  keys: KeyStore;
  importThreads: ImportThreads;
  log: Readonly<Record<'info' | 'error', (event: string, fields: LogFields) => void>>;
  /** What may be said of an error in a log. */
  errorFields(error: unknown): LogFields;
  now(): Date;
};

export type WantedImport = Omit<ImportRequest, 'listId' | 'onProgress' | 'onReject' | 'signal'> & {
  /** Chosen before the upload began, by the page that watches it. One that is taken is not used. */
  id?: string | undefined;
  incidentTitle: string;
  /** Of the whole upload, where it is announced. */
  bytesTotal?: number | undefined;
};

type Watched = {
  /** Everything has arrived, or it is over before. */
  received: Promise<void>;
  /** Never rejects. */
  result: Promise<{ ending: Ending; rejects?: readonly Reject[] }>;
};

/** Runs an import, says in its row every second how far it is, and ends it when that row asks for it. */
export function watch(
  place: Place,
  staff: StaffMember,
  { id, wanted, controller }: { id: string; wanted: WantedImport; controller: AbortController },
): Watched {
  const meter = importMeter(wanted.bytesTotal);
  const received = Promise.withResolvers<void>();
  const arriving = arrival(() => received.resolve());
  const over = new AbortController();
  const { id: _id, incidentTitle: _title, bytesTotal: _bytes, sources, delivery, ...request } = wanted;

  async function keepTouching(): Promise<void> {
    while (!over.signal.aborted) {
      await delay(TOUCH_MS, undefined, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted) return;
      const standing = { figures: meter.figures() ?? null, files: arriving.files };
      const state = arriving.all ? 'working' : 'receiving';
      try {
        const asked = await touchRow(place.store.db, id, { state, ...standing }, place.now());
        if (asked) controller.abort(new ImportCancelled(ASKED_TO_END));
      } catch (error) {
        place.log.error('import_not_touched', { importId: id, ...place.errorFields(error) });
      }
    }
  }

  async function work(): Watched['result'] {
    const touching = keepTouching();
    try {
      const outcome = await importExposures(
        place,
        staff,
        {
          ...request,
          listId: id,
          delivery: delivery && arriving.source(delivery),
          sources: arriving.sources(sources),
          onProgress: (progress) => meter.take(progress, performance.now()),
          signal: controller.signal,
        },
        place.now(),
      );
      return { ending: doneAs(outcome), rejects: outcome.rejects };
    } catch (error) {
      return { ending: endingOf(error) };
    } finally {
      over.abort();
      await touching;
      received.resolve();
    }
  }

  function doneAs({ outcome, list, report }: ImportOutcome): Ending {
    const { files } = arriving;
    return { state: 'done', outcome, listId: list?.id ?? null, report, files, message: null };
  }

  function endingOf(error: unknown): Ending {
    const { files } = arriving;
    if (error instanceof ImportCancelled) return { state: 'cancelled', message: error.message, files };
    if (error !== undefined && error === arriving.brokeOff) {
      return { state: 'cancelled', message: BROKE_OFF, files };
    }
    if (error instanceof Error && error.name === 'DomainError') {
      return { state: 'refused', message: error.message, files };
    }
    place.log.error('import_failed', { importId: id, ...place.errorFields(error) });
    const message = `Something failed on our side, and nothing was imported. Try again in a minute. Reference: ${id}`;
    return { state: 'failed', message, files };
  }

  return { received: received.promise, result: work() };
}

/** Counts what arrives, knows when that is everything, and tells a sender who is gone from a file that is bad. */
function arrival(onAll: () => void) {
  const files: ImportFile[] = [];
  const found = { files, all: false, brokeOff: undefined as unknown };
  async function* bytesOf(source: Source, file: ImportFile): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source.bytes) {
        file.bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      found.brokeOff = error;
      throw error;
    }
  }
  const source = (given: Source): Source => {
    const file = { name: shownName(given.name), bytes: 0 };
    files.push(file);
    return { ...given, bytes: bytesOf(given, file) };
  };
  return Object.assign(found, {
    source,
    async *sources(given: WantedImport['sources']): AsyncGenerator<Source> {
      try {
        for await (const one of given) yield source(one);
      } catch (error) {
        found.brokeOff = error;
        throw error;
      }
      found.all = true;
      onAll();
    },
  });
}
