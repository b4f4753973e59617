import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { messageHead } from '#src/domain/exposures/readers/folder.ts';
import { shownName, type Source } from '#src/domain/exposures/readers/lines.ts';
import { CommandRefused } from './context.ts';
import { bytesOf, changedMeanwhile, fileSource, lookedAt } from './exposure-files.ts';

const MESSAGES_MAX = 1_000_000;

/** `name` stays the same when a mail program moves the message from new to cur, or marks it as read. */
type MessageFile = { name: string; path: string; isFile: boolean };

/**
 * A file of a mailing, or a folder of messages as one source, looked at before anything begins.
 *
 * @throws CommandRefused when it is missing or unreadable, or a folder of something else.
 */
export async function mailingSource(path: string): Promise<Source> {
  const found = await lookedAt(path);
  if (!found.isDirectory()) return fileSource(path);
  const messages = await messagesOf(path);
  return { name: `${basename(resolve(path))}/`, bytes: bytesOfFolder(path, messages) };
}

/** Sorted by name, so that the same folder is the same list with the same numbers of batches. */
async function messagesOf(path: string): Promise<MessageFile[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const parts = entries
    .filter((entry) => entry.isDirectory() && (entry.name === 'cur' || entry.name === 'new'))
    .map(({ name }) => join(path, name));
  const found = parts.length > 0 ? await Promise.all(parts.map(filesIn)) : [await filesIn(path)];
  const messages = found.flat();
  if (parts.length === 0) assertMessages(path, messages);
  assertFiles(path, messages);
  if (messages.length === 0) throw new CommandRefused(`${path} holds no message. Choose another folder.`);
  if (messages.length > MESSAGES_MAX) {
    throw new CommandRefused(
      `${path} holds more than ${MESSAGES_MAX} messages. Divide it, and name all parts in one command.`,
    );
  }
  return messages.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Hidden files are programs' own. */
async function filesIn(path: string): Promise<MessageFile[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter(({ name }) => !name.startsWith('.'))
    .map((entry) => ({
      name: entry.name.replace(/[:;!]2,[A-Za-z]*$/, ''),
      path: join(path, entry.name),
      isFile: entry.isFile(),
    }));
}

function assertMessages(path: string, files: readonly MessageFile[]): void {
  const other = files.find(({ name }) => !/\.eml$/i.test(name));
  if (other === undefined) return;
  throw new CommandRefused(
    `${path} is a folder, and neither a Maildir (with cur and new in it) nor of .eml files only: it holds ${shownName(other.name)}. Name its files one by one, or move the others out.`,
  );
}

/** A pipe would be waited for, for ever. */
function assertFiles(path: string, entries: readonly MessageFile[]): void {
  const other = entries.find(({ isFile }) => !isFile);
  if (other === undefined) return;
  throw new CommandRefused(
    `${path} holds something that is no file: ${shownName(other.name)}. Move it out of the folder; for a link, copy what it leads to.`,
  );
}

async function* bytesOfFolder(folder: string, messages: readonly MessageFile[]): AsyncGenerator<Uint8Array> {
  for (const { name, path } of messages) {
    const size = await sizeOf(folder, path);
    yield messageHead(name, size);
    let left = size;
    for await (const chunk of bytesOf(path)) {
      left -= chunk.length;
      if (left < 0) throw changedMeanwhile(folder);
      yield chunk;
    }
    if (left > 0) throw changedMeanwhile(folder);
  }
  const after = await messagesOf(folder);
  const same = after.length === messages.length && after.every(({ name }, at) => name === messages[at]?.name);
  if (!same) throw changedMeanwhile(folder);
}

/** A mail program renames a message when somebody reads it. */
async function sizeOf(folder: string, path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    throw changedMeanwhile(folder);
  }
}
