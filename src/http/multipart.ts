import Busboy from '@fastify/busboy';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** A form with files that is read as it arrives and kept nowhere. */
export type Multipart = {
  /** The fields that came before the first file. */
  fields: ReadonlyMap<string, string>;
  /** The files, one after the other, each read once and before the next. A field without a file is left out. */
  files: AsyncIterable<MultipartFile>;
  /**
   * Throws away what has not been read, to the end: a browser shows the answer only when it has sent everything. Always
   * called in the end, whatever happened.
   */
  drain(): Promise<void>;
};

export type MultipartFile = { field: string; name: string; bytes: AsyncIterable<Uint8Array> };

/** The form cannot be read: it is none, has too many parts, or broke off. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError';
}

const BROKEN = 'The upload broke off or is damaged. Send it again.';
const LIMITS = { fields: 20, fieldSize: 10_000, files: 50, parts: 70, headerPairs: 50 };

/** Reads up to the first file. @throws MultipartError */
export async function readMultipart(request: Request): Promise<Multipart> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!request.body || !/^multipart\/form-data;/i.test(contentType)) {
    throw new MultipartError('This form was sent in a way that cannot carry files. Send it from its page.');
  }
  const parts = partsOf(request.body, contentType);
  const fields = new Map<string, string>();
  let first: MultipartFile | undefined;
  for (;;) {
    const part = await parts.next();
    if (part === undefined) break;
    if ('bytes' in part) {
      first = part;
      break;
    }
    fields.set(part.field, part.value);
  }
  async function* files(): AsyncGenerator<MultipartFile> {
    for (let part: Part | undefined = first; part !== undefined; part = await parts.next()) {
      if ('bytes' in part) yield part;
    }
  }
  return { fields, files: files(), drain: parts.drain };
}

type Part = { field: string; value: string } | MultipartFile;

/** The parts in their order. One file at a time is open, and the sender waits while nobody reads it. */
function partsOf(body: ReadableStream<Uint8Array>, contentType: string) {
  const busboy = new Busboy({ headers: { 'content-type': contentType }, limits: LIMITS });
  const waiting: Part[] = [];
  let open: Readable | undefined;
  let wake = () => {};
  let discarding = false;
  const discarded = Promise.withResolvers<void>();
  let failure: Error | undefined;
  let ended = false;

  function fail(error: Error): void {
    failure ??= error;
    open?.destroy(failure);
    discarded.resolve();
    wake();
  }
  busboy.on('field', (field, value) => {
    waiting.push({ field, value });
    wake();
  });
  busboy.on('file', (field, stream, filename) => {
    stream.on('error', () => {});
    if (!filename) return void stream.resume();
    open = stream;
    waiting.push({ field, name: filename, bytes: bytesOf(stream) });
    wake();
  });
  for (const limit of ['fieldsLimit', 'filesLimit', 'partsLimit'] as const) {
    busboy.on(limit, () =>
      fail(new MultipartError('The form has too many parts. Send fewer files at a time.')),
    );
  }
  busboy.on('error', () => fail(new MultipartError(BROKEN)));
  busboy.on('finish', () => {
    ended = true;
    wake();
  });

  async function pump(): Promise<void> {
    try {
      for await (const chunk of body) {
        if (discarding || failure) continue;
        if (!busboy.write(chunk)) await Promise.race([once(busboy, 'drain'), discarded.promise]);
      }
      if (!discarding && !failure) busboy.end();
    } catch {
      fail(new MultipartError(BROKEN));
    }
  }
  async function* bytesOf(stream: Readable): AsyncGenerator<Uint8Array> {
    try {
      yield* stream;
    } catch {
      throw failure ?? new MultipartError(BROKEN);
    }
  }
  const pumped = pump();

  return {
    async next(): Promise<Part | undefined> {
      for (;;) {
        const part = waiting.shift();
        if (part) return part;
        if (failure) throw failure;
        if (ended) return undefined;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    async drain(): Promise<void> {
      discarding = true;
      discarded.resolve();
      await pumped;
    },
  };
}
