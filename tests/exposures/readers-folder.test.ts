import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { mailingSource } from '#src/cli/exposure-folders.ts';
import { fileSource } from '#src/cli/exposure-files.ts';
import type { Source } from '#src/domain/exposures/readers/lines.ts';
import { readLeakedMailing } from '#src/domain/exposures/readers/read-mailing.ts';
import { RECIPIENT_REFUSALS } from '#src/domain/exposures/readers/recipients.ts';
import { allOf, fileOf, refusalOf } from './readers-source.ts';

const root = mkdtempSync(join(tmpdir(), 'forthright-folder-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
function folder(files: Record<string, string>): string {
  const path = join(root, String((folders += 1)), 'Leak');
  mkdirSync(path, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(join(path, name), content);
  }
  return path;
}

const to = (...addresses: string[]) =>
  `Subject: Index update\nTo: ${addresses.join(',\n ')}\n\nDear customer,\n`;
const maildir = () =>
  folder({
    'cur/1572588001.M1P1.host:2,S': to('a@example.com', 'b@example.com'),
    'cur/1572588003.M3P1.host:2,': to('e@example.com'),
    'new/1572588002.M2P1.host': to('c@example.com', 'd@example.com'),
    'tmp/1572588009.M9P1.host': to('unfinished@example.com'),
    'dovecot-uidlist': '3 V1',
    '.Sent/cur/1572588000.M0P1.host': to('another@example.com'),
  });

async function read(path: string): Promise<string[]> {
  const lines = await allOf(readLeakedMailing(await mailingSource(path)));
  return lines.map((line) =>
    line.kind === 'listed'
      ? `${line.batchNo} ${line.line} ${line.address}`
      : `rejected ${line.file} ${line.line}: ${line.reason}`,
  );
}

async function hashOf({ bytes }: Source): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}

/** What the command says; the bytes that came before are let go. */
async function refusal(path: string, meanwhile: () => void = () => {}): Promise<string> {
  try {
    const { bytes } = await mailingSource(path);
    let begun = false;
    for await (const _chunk of bytes) {
      if (!begun) meanwhile();
      begun = true;
    }
  } catch (error) {
    return error instanceof Error ? error.message : 'failed';
  }
  return 'it was read';
}

const all = [
  '1 2 a@example.com',
  '1 3 b@example.com',
  '2 2 c@example.com',
  '2 3 d@example.com',
  '3 2 e@example.com',
];

describe('A folder is one mailing', () => {
  test('as a Maildir: what is in cur and new, in the order of the names, counted through', async () => {
    expect(await read(maildir())).toEqual(all);
    expect((await mailingSource(`${maildir()}/`)).name).toBe('Leak/');
  });

  test('as .eml files, some of which may hold a mailbox', async () => {
    const from = 'From mail@example.com Fri Nov  1 06:00:00 2019\n';
    const path = folder({
      '2.eml': `${from}${to('c@example.com')}\n${from}${to('d@example.com')}`,
      '1.eml': `\ufeff${to('a@example.com', 'b@example.com')}`,
      '3.EML': to('e@example.com'),
      '.DS_Store': 'Bud1',
    });
    expect(await read(path)).toEqual([
      '1 2 a@example.com',
      '1 3 b@example.com',
      '2 3 c@example.com',
      '3 9 d@example.com',
      '4 2 e@example.com',
    ]);
  });

  test('that is the same when somebody has read a message, and another when one is changed', async () => {
    const path = maildir();
    const before = await hashOf(await mailingSource(path));
    renameSync(join(path, 'new/1572588002.M2P1.host'), join(path, 'cur/1572588002.M2P1.host:2,RS'));
    expect(await hashOf(await mailingSource(path))).toBe(before);
    expect(await read(path)).toEqual(all);
    appendFileSync(join(path, 'cur/1572588003.M3P1.host:2,'), 'PS');
    expect(await hashOf(await mailingSource(path))).not.toBe(before);
  });

  test('however its bytes arrive', async () => {
    const source = await mailingSource(maildir());
    const parts: Uint8Array[] = [];
    for await (const chunk of source.bytes) parts.push(Buffer.from(chunk));
    for (const pieceBytes of [1, 2, 7, 100, 100_000]) {
      const lines = await allOf(readLeakedMailing(fileOf('Leak/', Buffer.concat(parts), pieceBytes)));
      expect(lines).toHaveLength(5);
    }
  });

  test('whose refused lines and messages are named by their file, without an address', async () => {
    const nobody = folder({ '1.eml': to('a@example.com'), '2 to mara@example.com.eml': 'Subject: x\n\n' });
    expect(await read(nobody)).toEqual([
      '1 2 a@example.com',
      `rejected 2 to (address) 1: ${RECIPIENT_REFUSALS.nobody}`,
    ]);
    const torn = folder({ '1.eml': to('a@example.com'), 'to mara@example.com': '' });
    renameSync(join(torn, 'to mara@example.com'), join(torn, 'x mara@example.com .eml'));
    const source = await mailingSource(torn);
    expect(await refusalOf(() => readLeakedMailing(source))).toBe(
      'Leak/x (address) .eml: the file is empty. Choose another file.',
    );
  });

  test.each([
    ['holds nothing', {}, 'holds no message'],
    ['is an empty Maildir', { 'cur/': '', 'new/': '' }, 'holds no message'],
    ['holds other files', { '1.eml': '', 'notes.txt': '' }, 'it holds notes.txt'],
    ['holds other folders', { '1.eml': '', 'more/2.eml': '' }, 'it holds more.'],
  ])('and refused when it %s', async (_, files, message) => {
    expect(await refusal(folder(files))).toContain(message);
  });

  test('and is no upload', async () => {
    for (const content of ['', 'a@example.com\n', '5 "x"\nabc', '5 "\\x"\nabcde', 'x'.repeat(5000)]) {
      expect(await refusalOf(() => readLeakedMailing(fileOf('Leak/', content)))).toBe(
        'Leak/: a folder can be imported on the command line only.',
      );
    }
  });

  test('and is nothing that a file can be which stands beside a mailbox', async () => {
    await expect(fileSource(maildir())).rejects.toThrow('is a folder. Name the file in it.');
  });
});

describe('What changes while it is read is refused', () => {
  const changed = 'changed while it was read. Nothing was imported.';
  const big = to('a@example.com').padEnd(600_000, 'x');

  test('a file that grows, shrinks, or is written over', async () => {
    const path = join(folder({ 'leak.mbox': big }), 'leak.mbox');
    expect(await refusal(path)).toBe('it was read');
    expect(await refusal(path, () => appendFileSync(path, 'more'))).toContain(`leak.mbox ${changed}`);
    expect(await refusal(path, () => writeFileSync(path, 'less'))).toContain(changed);
    writeFileSync(path, big);
    expect(await refusal(path, () => utimesSync(path, new Date(0), new Date(0)))).toContain(changed);
  });

  test('a folder in which a message appears, goes, or changes', async () => {
    const path = folder({ '1.eml': big, '2.eml': big });
    expect(await refusal(path)).toBe('it was read');
    expect(await refusal(path, () => writeFileSync(join(path, '3.eml'), big))).toContain(`Leak ${changed}`);
    expect(await refusal(path, () => rmSync(join(path, '3.eml')))).toContain(changed);
    expect(await refusal(path, () => rmSync(join(path, '2.eml')))).toContain(changed);
    expect(await refusal(path, () => appendFileSync(join(path, '1.eml'), 'more'))).toContain(changed);
  });
});
