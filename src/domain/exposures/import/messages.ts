import type { MessagePort } from 'node:worker_threads';
import type { RejectInFull } from './reading/reading.ts';
import type { Segment } from './segments.ts';
import type { WrittenTable } from './settling/rows.ts';

// What the threads of an import, and the process that started them, say to each other.

/** Of the thread that reads. It has no keys. */
export type ReadingTask = {
  hasDelivery: boolean;
  batchSize: number | undefined;
  segments: readonly Segment[];
  /** To the thread that settles: it is asked to take a `Block`, and at the end nothing. */
  settling: MessagePort;
};

/** Of the thread that settles. Keys are raw bytes: they live in its memory and end with it. */
export type SettlingTask = {
  exposureKey: { version: number; bytes: Uint8Array };
  /** The addresses will be sealed with it, and so are kept until then. */
  dataKey: { version: number; bytes: Uint8Array } | undefined;
  /** For its scratch files. */
  folder: string;
  reading: MessagePort;
};

export type ReadingAsks =
  /** Answered with `Given`: bytes of the delivery file first, then of the sources. */
  | { ask: 'bytes' }
  | { ask: 'progress'; phase: 'reading'; lines: number }
  | { ask: 'rejects'; rejects: readonly RejectInFull[] };

/** A source begins, goes on, ends; then there is none any more. */
export type Given = { source: string } | { bytes: Uint8Array } | { end: 'source' | 'everything' };

export type SettlingAsks =
  | { ask: 'progress'; phase: 'counting' | 'writing'; part: number }
  /** Everything is counted. Answered with a `Decision`. */
  | { ask: 'decision' }
  /** Rows in COPY's text format. */
  | { ask: 'write'; table: WrittenTable; rows: Uint8Array<ArrayBuffer> };

/** A list to write, or nothing but figures. `segmentIds`: of its segments, in their order. */
export type Decision = {
  list: { id: string; keyVersion: number; segmentIds: readonly string[] } | undefined;
};

/** How a thread ends. `refused`: the input cannot be imported, and the message tells its owner why; else a fault of ours. */
export type Ended<Result> = { done: Result } | { failed: string; refused: boolean };
