import type { Source } from '#src/domain/exposures/readers/lines.ts';
import { UnreadableSource } from '#src/domain/exposures/readers/lines.ts';

/** A file in memory, handed out in pieces of that many bytes. */
export function fileOf(name: string, content: string | Uint8Array, pieceBytes = 65_536): Source {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.slice(at, at + pieceBytes);
  }
  return { name, bytes: pieces() };
}

export async function allOf<Line>(blocks: AsyncIterable<readonly Line[]>): Promise<Line[]> {
  const all: Line[] = [];
  for await (const lines of blocks) all.push(...lines);
  return all;
}

/** The message with which a file is refused as a whole. */
export async function refusalOf(read: () => AsyncIterable<readonly unknown[]>): Promise<string> {
  try {
    await allOf(read());
  } catch (error) {
    if (error instanceof UnreadableSource) return error.message;
    throw error;
  }
  return 'it was read';
}
