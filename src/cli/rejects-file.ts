import { open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RejectInFull } from '#src/domain/exposures/import/reading/reading.ts';
import { encryptedTo } from '#src/trust/sealing.ts';
import { CommandRefused } from './context.ts';

/** A file with every refused line as it was, readable only for whoever holds the private half of the operator's key. */
export type RejectsFile = {
  write(reject: RejectInFull): Promise<void>;
  close(): Promise<void>;
  /** The import failed: the file goes. */
  discard(): Promise<void>;
};

/** @throws CommandRefused when the file exists or cannot be written; RangeError when the recipient is none. */
export async function openRejectsFile(path: string, recipient: string): Promise<RejectsFile> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const encrypted = await encryptedTo(recipient, readable);
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new CommandRefused(
      error.code === 'EEXIST'
        ? `${path} exists already. Give --rejects another name.`
        : `${path} cannot be written (${error.code ?? 'unknown error'}). Give --rejects another place.`,
    );
  });
  const written = pipeline(Readable.fromWeb(encrypted as never), file.createWriteStream());
  // Heard here, so that a full disk is told by close() and not by the process.
  written.catch(() => {});
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  const row = (cells: readonly string[]) => writer.write(encoder.encode(`${cells.map(quoted).join(',')}\n`));
  await row(['file', 'line', 'reason', 'original']);
  return {
    write: ({ source, line, reason, original }) => row([source, String(line), reason, original]),
    async close() {
      await writer.close();
      await written;
    },
    async discard() {
      await writer.abort().catch(() => {});
      await written.catch(() => {});
      await rm(path, { force: true });
    },
  };
}

/** A spreadsheet takes a cell that begins with one of these for a formula; the apostrophe says that it is text. */
function quoted(cell: string): string {
  return `"${cell.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
}
