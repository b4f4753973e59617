import { askOver, workFor, type Ask } from '../asking.ts';
import { blockOf, type Block, type BlockLine } from '../block.ts';
import type { Given, ReadingAsks, ReadingTask } from '../messages.ts';
import type { Source } from '../../readers/lines.ts';
import { readSources, type Reading } from './reading.ts';

// This thread reads the files of an import and hands what they list to the thread that settles it: one import after the other.

/** Blocks that the other thread may have before it: what waits there is held in memory. */
const BLOCKS_AHEAD = 4;

workFor<ReadingTask, Reading>(async (task, port) => {
  const ask = askOver<ReadingAsks>(port);
  const settle = askOver<Block | undefined>(task.settling);
  const given = givenSources(ask);
  const delivery = task.hasDelivery ? ((await given.next()).value as Source) : undefined;
  const ahead: Promise<void>[] = [];
  const hand = async (kind: Block['kind'], lines: readonly BlockLine[]): Promise<void> => {
    if (ahead.length >= BLOCKS_AHEAD) await ahead.shift();
    ahead.push(settle(blockOf(kind, lines)));
  };
  const reading = await readSources(
    { sources: given, delivery, batchSize: task.batchSize, segments: task.segments },
    {
      onListed: (lines) => hand('listed', lines),
      onTold: (lines) => hand('told', lines),
      onRejects: (rejects) => ask({ ask: 'rejects', rejects }),
      onLines: (lines) => void ask({ ask: 'progress', phase: 'reading', lines }),
    },
  );
  await Promise.all(ahead);
  await settle(undefined);
  task.settling.close();
  return reading;
});

async function* givenSources(ask: Ask<ReadingAsks>): AsyncGenerator<Source> {
  // One question ahead: the next bytes are on their way while these are read.
  let next = ask<Given>({ ask: 'bytes' });
  const more = async (): Promise<Given> => {
    const given = await next;
    if (!('end' in given) || given.end !== 'everything') next = ask<Given>({ ask: 'bytes' });
    return given;
  };
  for (;;) {
    const begun = await more();
    if (!('source' in begun)) return;
    yield { name: begun.source, bytes: bytesOf(more) };
  }
}

async function* bytesOf(more: () => Promise<Given>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const given = await more();
    if (!('bytes' in given)) return;
    yield given.bytes;
  }
}
