import { Readable, pipeline } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { type Source, UnreadableSource } from './lines.ts';
import { beginsWith, EMPTY_PROBLEM } from './opened.ts';

/** Lists and mailings come to 3 to 30; DEFLATE cannot go over about 1,000. */
const RATIO_MAX = 100;
/** So little is unpacked whatever the ratio: a short list of one domain is packed very tightly. */
const UNPACKED_BYTES_FREE = 10_000_000;
const CHUNK_BYTES = 256 * 1024;

const COPY_AGAIN = 'Copy or download it again.';

/**
 * The same source unpacked as it arrives, RFC 1952, of one member or several. Source and name stay: what is refused in it is
 * named by the lines of what was packed.
 */
export function gunzipped(source: Source): Source {
  return { name: source.name, bytes: unpacked(source) };
}

async function* unpacked(source: Source): AsyncGenerator<Uint8Array> {
  const refuse = (problem: string) => new UnreadableSource(source.name, undefined, problem);
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // Whatever ends one ends the other; what failed is thrown by the loop below.
  pipeline(Readable.from(checked(source), { objectMode: true, highWaterMark: 1 }), gunzip, () => {});
  let unpackedBytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      unpackedBytes += chunk.length;
      if (isBomb(gunzip, unpackedBytes)) {
        throw refuse(
          `it unpacks to more than ${RATIO_MAX} times its size, as no mailing does. If it is right, unpack it and import what comes out.`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'Z_BUF_ERROR') throw refuse(`the compressed file is cut off. ${COPY_AGAIN}`);
    if (code.startsWith('Z_')) throw refuse(`the compressed file is damaged. ${COPY_AGAIN}`);
    throw error;
  }
}

function isBomb(gunzip: Gunzip, unpackedBytes: number): boolean {
  return unpackedBytes > UNPACKED_BYTES_FREE && unpackedBytes > RATIO_MAX * gunzip.bytesWritten;
}

/** The packed bytes, if they begin as such. */
async function* checked(source: Source): AsyncGenerator<Uint8Array> {
  let head = new Uint8Array();
  for await (const chunk of source.bytes) {
    if (head.length < 2) {
      head = new Uint8Array([...head, ...chunk.subarray(0, 2)]);
      if (head.length >= 2 && !beginsWith(head, [0x1f, 0x8b])) {
        throw new UnreadableSource(
          source.name,
          undefined,
          'its name ends in .gz, and it is not compressed with gzip. Give it its right ending.',
        );
      }
    }
    yield chunk;
  }
  if (head.length === 0) throw new UnreadableSource(source.name, undefined, EMPTY_PROBLEM);
}
