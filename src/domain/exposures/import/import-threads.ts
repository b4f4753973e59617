import { MessageChannel } from 'node:worker_threads';
import type { Source } from '../readers/lines.ts';
import type { Decision, Given, ReadingAsks, ReadingTask, SettlingAsks, SettlingTask } from './messages.ts';
import type { Reading, RejectInFull } from './reading/reading.ts';
import { ImportCancelled, type ImportProgress } from './request.ts';
import type { Segment } from './segments.ts';
import type { WrittenTable } from './settling/rows.ts';
import type { Settled } from './settling/settle.ts';
import { openThreads } from './threads.ts';

/** For objects that have just been made: where there is little room, the thread that reads would collect half of the time. */
const YOUNG_MB = { reading: 32, settling: 24 };

/** What the threads are to read, and the keys that it is written under. */
export type Mailing = Pick<SettlingTask, 'exposureKey' | 'dataKey'> & {
  sources: Iterable<Source> | AsyncIterable<Source>;
  delivery: Source | undefined;
  batchSize: number | undefined;
  segments: readonly Segment[];
  signal?: AbortSignal | undefined;
};

/** Called by the threads; what throws here ends the import. */
export type ImportListener = {
  onProgress(progress: ImportProgress): void;
  onRejects(rejects: readonly RejectInFull[]): Promise<void>;
  /** Everything is read and counted: which list to write, if any. */
  decide(reading: Reading): Promise<Decision>;
  /** Rows in COPY's text format. */
  write(table: WrittenTable, rows: Uint8Array): Promise<void>;
};

/** Reads mailings in threads of their own, so that no page waits for one. */
export type ImportThreads = {
  /** @throws DomainError `invalid` when the files cannot be imported; whatever the listener throws; the signal's reason. */
  settle(mailing: Mailing, listener: ImportListener): Promise<{ reading: Reading; settled: Settled }>;
  /** Ends every import. */
  close(): Promise<void>;
};

/** `folder` is for encrypted scratch files; it is made when one is needed. */
export function openImportThreads(folder: string): ImportThreads {
  const running = new Set<() => void>();
  const readers = openThreads(new URL('./reading/reading-thread.ts', import.meta.url), YOUNG_MB.reading);
  const settlers = openThreads(new URL('./settling/settling-thread.ts', import.meta.url), YOUNG_MB.settling);
  return {
    async settle(mailing, listening) {
      const ended = Promise.withResolvers<never>();
      const end = () => ended.reject(new ImportCancelled('The process is ending; the import was given up.'));
      const { sources, delivery, batchSize, segments, signal, ...keys } = mailing;
      signal?.throwIfAborted();
      const cancel = () => ended.reject(signal?.reason);
      signal?.addEventListener('abort', cancel, { once: true });
      running.add(end);
      const { listener, closeListener } = closable(listening);
      const between = new MessageChannel();
      const given = givenOf(delivery, sources);
      const readingTask: ReadingTask = {
        hasDelivery: delivery !== undefined,
        batchSize,
        segments,
        settling: between.port1,
      };
      const reader = readers.begin<ReadingAsks, Reading>(
        readingTask,
        between.port1,
        readingAnswers(listener, given),
      );
      const settlingTask: SettlingTask = { ...keys, folder, reading: between.port2 };
      const settler = settlers.begin<SettlingAsks, Settled>(
        settlingTask,
        between.port2,
        settlingAnswers(listener, reader.result),
      );
      try {
        const both = Promise.all([reader.result, settler.result]);
        const [reading, settled] = await Promise.race([both, ended.promise]);
        return { reading, settled };
      } finally {
        running.delete(end);
        signal?.removeEventListener('abort', cancel);
        await Promise.all([reader.end(), settler.end(), closeListener()]);
        // A file that is not read to its end is closed. Not waited for: an upload may never send what it was asked for.
        given.return(undefined).catch(() => {});
      }
    },
    async close() {
      for (const end of running) end();
      await Promise.all([readers.close(), settlers.close()]);
    },
  };
}

/** What a thread asked for is done or was never begun when this has closed: who tidies up after it finds nothing new. */
function closable(listener: ImportListener) {
  const open = new Set<Promise<unknown>>();
  let closed = false;
  const counted = async <Answer>(begin: () => Promise<Answer>): Promise<Answer> => {
    if (closed) throw new ImportCancelled('The import is over.');
    const work = begin();
    open.add(work);
    return work.finally(() => open.delete(work));
  };
  return {
    listener: {
      onProgress(progress) {
        if (!closed) listener.onProgress(progress);
      },
      onRejects: (rejects) => counted(() => listener.onRejects(rejects)),
      decide: (reading) => counted(() => listener.decide(reading)),
      write: (table, rows) => counted(() => listener.write(table, rows)),
    } satisfies ImportListener,
    async closeListener(): Promise<void> {
      closed = true;
      await Promise.allSettled(open);
    },
  };
}

function readingAnswers(listener: ImportListener, given: AsyncGenerator<Given>) {
  let bytes = 0;
  let lines = 0;
  return async (asked: ReadingAsks): Promise<unknown> => {
    if (asked.ask === 'rejects') return listener.onRejects(asked.rejects);
    if (asked.ask === 'progress') lines = asked.lines;
    const next = asked.ask === 'bytes' ? ((await given.next()).value as Given) : undefined;
    if (next && 'bytes' in next) bytes += next.bytes.length;
    if (!next || 'bytes' in next) listener.onProgress({ phase: 'reading', lines, bytes });
    return next;
  };
}

function settlingAnswers(listener: ImportListener, reading: Promise<Reading>) {
  return async (asked: SettlingAsks): Promise<unknown> => {
    if (asked.ask === 'decision') return listener.decide(await reading);
    if (asked.ask === 'write') return listener.write(asked.table, asked.rows);
    return listener.onProgress({ phase: asked.phase, part: asked.part });
  };
}

async function* givenOf(
  delivery: Source | undefined,
  sources: Iterable<Source> | AsyncIterable<Source>,
): AsyncGenerator<Given> {
  if (delivery) yield* oneAfterTheOther(delivery);
  for await (const source of sources) yield* oneAfterTheOther(source);
  yield { end: 'everything' };
}

async function* oneAfterTheOther({ name, bytes }: Source): AsyncGenerator<Given> {
  yield { source: name };
  for await (const chunk of bytes) yield { bytes: chunk };
  yield { end: 'source' };
}
